"""The door of an AWS account: opened as the scope declares it, and held against what is behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from zicha.model.errors import ConfigError, SourceError
from zicha.model.evidence import Answer, Gap
from zicha.sources.aws import AwsAccount
from zicha.sources.aws_wire import Limits


class AwsSource(Protocol):
    """What the scope says of an account."""

    @property
    def id(self) -> str:
        """The source's id in the scope."""

    @property
    def account(self) -> str | None:
        """The account's number."""

    @property
    def partition(self) -> str | None:
        """`aws` or `aws-cn`."""

    @property
    def regions(self) -> Sequence[str]:
        """The regions in scope; the first one answers for what is global."""

    @property
    def role_arn(self) -> str | None:
        """The role to assume, if any."""

    @property
    def external_id(self) -> str | None:
        """The external id that the role's owner asks for."""


def open_account(
    source: AwsSource,
    session: Any,
    session_name: str = "zicha",
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    pause: Callable[[float], None] = time.sleep,
) -> AwsAccount:
    """Open the account that the scope declares, through its role if it has one.

    A door that does not open is no crash: each question then gets a gap that says why. Another
    account behind the door than the declared one is a ConfigError.
    """
    if not source.account:
        raise ConfigError(f"source {source.id} names no account: add its number to sources.yaml")
    partition = source.partition or "aws"
    regions = tuple(source.regions)
    outside = [r for r in regions if r.startswith("cn-") != (partition == "aws-cn")]
    if outside:
        raise ConfigError(
            f"source {source.id}: {', '.join(outside)} is not in partition {partition}: "
            "correct `partition` or `regions` in sources.yaml"
        )
    account = AwsAccount(
        session, source.account, regions, partition,
        source=source.id, limits=limits, pause=pause,
    )  # fmt: skip
    arn = ""
    if source.role_arn:
        account, arn = _through_role(account, source, session_name)
    _recognise(account, source, arn)
    return account


def _through_role(
    outer: AwsAccount, source: AwsSource, session_name: str
) -> tuple[AwsAccount, str]:
    """The account behind the role, and who one is there, as the answer that lends it says."""
    import boto3

    asked: dict[str, Any] = {"RoleArn": source.role_arn, "RoleSessionName": session_name}
    if source.external_id:
        asked["ExternalId"] = source.external_id
    # The answer holds a secret: it is used here and never becomes evidence.
    said = outer.client("sts").ask("assume_role", expects="Credentials", **asked)
    session: Any = None
    arn = ""
    if isinstance(said, Answer) and said.body:
        lent, user = said.body["Credentials"], said.body.get("AssumedRoleUser")
        arn = str(user.get("Arn") or "") if isinstance(user, Mapping) else ""
        session = boto3.Session(
            lent["AccessKeyId"],
            lent["SecretAccessKey"],
            lent["SessionToken"],
            region_name=outer.regions[0],
        )
    inner = AwsAccount(
        session, outer.id, outer.regions, outer.partition,
        source=outer.source, limits=outer.limits, pause=outer.pause,
    )  # fmt: skip
    if isinstance(said, Gap):
        inner.refusal = _again(said)
    inner.calls = outer.calls
    return inner, arn


def _recognise(account: AwsAccount, source: AwsSource, arn: str) -> None:
    """Hold who one is against the scope; asked only where the lender of a role did not say."""
    number, partition = _home(arn)
    if not number:
        said = account.client("sts").ask("get_caller_identity", expects="Account")
        if isinstance(said, Gap):
            account.refusal = account.refusal or _again(said)
            return
        body = said.body or {}
        number, partition = body["Account"], _home(str(body.get("Arn", "")))[1]
    if number != account.id:
        raise ConfigError(
            f"source {source.id} declares account {account.id}, but its credential opens "
            f"{number}: correct `account` in sources.yaml or use another credential"
        )
    if partition and partition != account.partition:
        raise ConfigError(
            f"source {source.id} declares partition {account.partition}, but the account is in "
            f"{partition}: correct `partition` in sources.yaml"
        )


def _home(arn: str) -> tuple[str, str]:
    """The account and the partition that a name of AWS lies in; empty where it has none."""
    _, partition, _, _, number, *_ = [*arn.split(":"), *[""] * 5]
    return number, partition


def _again(gap: Gap) -> SourceError:
    """The error behind a gap, to be told to every later question."""
    error = SourceError(f"the account could not be opened: {gap.remedy}", gap.permission)
    error.reason = gap.reason
    return error
