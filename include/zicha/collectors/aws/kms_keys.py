"""KMS keys: which are the customer's own, their state and rotation, and whom their policy lets in.

Of keys that AWS manages nothing more is asked than whose they are: their policies are AWS's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.conditions import is_bounded, named_by
from zicha.collectors.aws.iam_statements import Statement, principals, statements
from zicha.collectors.aws.members import Wanted, sought_in
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, cell
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FIELDS = (
    "Arn",
    "CreationDate",
    "DeletionDate",
    "Enabled",
    "KeyId",
    "KeyManager",
    "KeySpec",
    "KeyState",
    "KeyUsage",
    "MultiRegion",
    "Origin",
)
# Whom the condition names bounds a policy that names everyone.
ACCOUNT_KEYS = ("kms:calleraccount", "aws:principalaccount", "aws:principalarn")
BOUNDING = (*ACCOUNT_KEYS, "aws:principalorgid")
READY = ("Enabled",)


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """A region's keys and their names; what each is; of the customer's own, rotation and policy."""
    from zicha.sources.aws import members

    for region, sought in sought_in(account, wanted, "key_id"):
        kms = account.client("kms", region)
        listing = kms.ask("list_keys", expects="Keys")
        yield listing
        yield kms.ask("list_aliases", expects="Aliases")
        for key in [member["KeyId"] for member in members(listing, "Keys", "KeyId", sought)]:
            described = kms.ask("describe_key", about=key, expects="KeyMetadata", KeyId=key)
            yield _kept(described)
            if read(described, _can_rotate) is True:
                # Of others AWS says no, or that the question does not suit the key.
                yield kms.ask(
                    "get_key_rotation_status",
                    about=key,
                    expects="KeyRotationEnabled",
                    KeyId=key,
                )
            if _is_own(described) is True:
                yield kms.ask(
                    "get_key_policy",
                    about=key,
                    expects="Policy",
                    KeyId=key,
                    PolicyName="default",
                )


def _kept(said: Reply) -> Reply:
    if not isinstance(said, Answer) or not said.body:
        return said
    told = said.body.get("KeyMetadata")
    if not isinstance(told, Mapping):
        return said
    return replace(said, body={"KeyMetadata": {n: told[n] for n in FIELDS if n in told}})


def _is_own(described: Reply) -> Any:
    return read(described, lambda body: body["KeyMetadata"]["KeyManager"] == "CUSTOMER")


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per key."""
    called = _aliases(replies.about("", "list_aliases"))
    for listing in replies.to("list_keys"):
        account, region = listing.place
        for listed in listing.each("Keys"):
            key = listed["KeyId"]
            described = replies.about(key, "describe_key")
            is_own = _is_own(described)
            turns = read(described, _can_rotate)
            policy = _own(is_own, replies.about(key, "get_key_policy"))
            lent_to = _judged(policy, partial(_lent_to, account=account))
            yield {
                "account": account,
                "region": region,
                "key_id": key,
                "alias": called(key),
                "is_own": is_own,
                "state": cell(described, "KeyMetadata", "KeyState"),
                "made_at": cell(described, "KeyMetadata", "CreationDate"),
                "is_leaving": read(described, _is_leaving),
                "can_rotate": turns,
                "rotates": _rotates(turns, replies.about(key, "get_key_rotation_status")),
                "is_open_to_anyone": _judged(policy, _opens_to_anyone),
                "lent_to": lent_to,
                "is_lent": lent_to if isinstance(lent_to, Unread | None) else bool(lent_to),
            }


def _aliases(said: Reply) -> Callable[[str], Any]:
    """What people call each key; None where nobody gave it a name."""

    def lay(body: Mapping[str, Any]) -> dict[str, str]:
        return {one["TargetKeyId"]: one["AliasName"] for one in body["Aliases"] if _leads(one)}

    found = read(said, lay)
    return (lambda _: found) if isinstance(found, Unread) else found.get


def _leads(alias: Mapping[str, Any]) -> bool:
    return "TargetKeyId" in alias


def _is_leaving(body: Mapping[str, Any]) -> bool:
    return body["KeyMetadata"]["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion")


def _can_rotate(body: Mapping[str, Any]) -> bool:
    """Only symmetric keys in use, with material of KMS's own, are rotated by KMS."""
    told = body["KeyMetadata"]
    return (
        told["KeyManager"] == "CUSTOMER"
        and told["KeySpec"] == "SYMMETRIC_DEFAULT"
        and told["Origin"] == "AWS_KMS"
        and told["KeyState"] in READY
    )


def _rotates(turns: Any, said: Reply) -> Any:
    if turns is not True:
        return turns if isinstance(turns, Unread) else None
    return cell(said, "KeyRotationEnabled")


def _own(is_own: Any, policy: Reply) -> Reply | Unread | None:
    """The policy of the customer's own key; None of another's; unread where nobody knows."""
    if is_own is not True:
        return is_own if isinstance(is_own, Unread) else None
    return policy


def _judged(policy: Reply | Unread | None, judge: Any) -> Any:
    if policy is None or isinstance(policy, Unread):
        return policy
    return read(policy, lambda body: judge(_allowing(body["Policy"])))


def _allowing(document: str) -> list[Statement]:
    return [one for one in statements(document) if one["Effect"] == "Allow"]


def _opens_to_anyone(found: Sequence[Statement]) -> bool:
    return any("*" in principals(one) and not is_bounded(one, BOUNDING) for one in found)


def _lent_to(found: Sequence[Statement], account: str) -> str:
    """The numbers of the other accounts that the policy names, or lets through by a condition."""
    named = [name for one in found for name in principals(one) if name != "*"]
    named += [n for one in found if "*" in principals(one) for n in named_by(one, ACCOUNT_KEYS)]
    numbers = {name.split(":")[4] if name.startswith("arn:") else name for name in named}
    return " ".join(sorted(number for number in numbers - {account} if number.isdigit()))


COLLECTOR = Collector(
    id="aws/kms_keys",
    title=Text(zh="KMS 密钥", en="KMS keys"),
    max_age=timedelta(hours=26),
    permissions=(
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListAliases",
        "kms:ListKeys",
    ),
    lists="list_keys",
    places=("account", "region"),
    subject=("account", "region", "key_id"),
    subject_type="AWS::KMS::Key",
    columns={
        "account": str,
        "region": str,
        "key_id": str,
        "alias": str,
        "is_own": bool,
        "state": str,
        "made_at": datetime,
        "is_leaving": bool,
        "can_rotate": bool,
        "rotates": bool,
        "is_open_to_anyone": bool,
        "lent_to": str,
        "is_lent": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
