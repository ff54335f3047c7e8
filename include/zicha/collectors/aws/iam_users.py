"""IAM users and their credentials: one row per user, root included, from the credential report.

After a change one user is asked about alone, as the report may be four hours old. What only the
report tells is unread then, and waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.credential_report import (
    KEYS,
    ROOT,
    Line,
    asked_report,
    lines_of,
    moment,
    rotated_at,
    truth,
)
from zicha.collectors.aws.members import Wanted, certain, found_in, kept, only
from zicha.collectors.moments import earliest, latest
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Gap, Replies, Reply, Row, Unread, cell, derived
from zicha.model.logic import both, read
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

STATUSES = {"Active": True, "Inactive": False}
IN_THE_REPORT_ONLY = Unread(
    Reason.NOT_COLLECTED, "only the credential report tells this: the daily run reads it"
)


@dataclass(frozen=True, slots=True)
class _Key:
    is_active: bool | Unread
    rotated_at: Any
    used_at: Any


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """The report, made and read."""
    yield from asked_report(account)


def narrow(account: AwsAccount, wanted: Wanted) -> Iterator[Reply]:
    """Each user that was named, with its second factors, its password and its active keys."""
    iam = account.client("iam")
    for name in sorted({one["user"] for one in wanted}):
        user = iam.ask("get_user", about=name, expects="User", UserName=name)
        yield only(user, "User", ("Arn", "CreateDate", "UserName"))
        if isinstance(user, Gap) or user.body is None:
            continue
        factors = iam.ask("list_mfa_devices", about=name, expects="MFADevices", UserName=name)
        yield kept(factors, "MFADevices", ("UserName",))
        password = iam.ask("get_login_profile", about=name, expects="LoginProfile", UserName=name)
        yield only(password, "LoginProfile", ("CreateDate",))
        keys = iam.ask("list_access_keys", about=name, expects="AccessKeyMetadata", UserName=name)
        # A key's id is needed to ask, and by nobody afterwards.
        yield kept(keys, "AccessKeyMetadata", ("CreateDate", "Status"))
        for number, key in _active(keys):
            used = iam.ask(
                "get_access_key_last_used",
                about=f"{name}#{number}",
                expects="AccessKeyLastUsed",
                AccessKeyId=key,
            )
            yield only(used, "AccessKeyLastUsed", ("LastUsedDate",))


def _active(keys: Reply) -> list[tuple[int, str]]:
    """The active keys that can be asked about, each with its number in the listing."""
    listed = keys.body.get("AccessKeyMetadata") if isinstance(keys, Answer) and keys.body else None
    return [
        (number, key["AccessKeyId"])
        for number, key in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(key, Mapping)
        and key.get("Status") == "Active"
        and isinstance(key.get("AccessKeyId"), str)
    ]


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per line of the report, or per user that was asked about alone."""
    for report in replies.to("get_credential_report"):
        for line in lines_of(report):
            yield _reported(report.place[0], line)
    for user in replies.to("get_user"):
        if user.body is not None:
            yield _alone(user, replies)


def _reported(account: str, line: Line) -> Row:
    is_root = line["user"] == ROOT
    changed, used = moment(line, "password_last_changed"), moment(line, "password_last_used")
    created = moment(line, "user_creation_time")
    keys = [
        _Key(
            truth(line, f"access_key_{number}_active"),
            rotated_at(line, number),
            moment(line, f"access_key_{number}_last_used_date"),
        )
        for number in KEYS
    ]
    has_password = _has_password(line, is_root)
    return {
        "account": account,
        "user": line["user"],
        "arn": line["arn"],
        "is_root": is_root,
        "created_at": created,
        "has_password": has_password,
        "has_second_factor": truth(line, "mfa_active"),
        "password_changed_at": latest(changed, created),
        "password_last_active_at": latest(used, changed, created),
        **_held(derived(*(key.is_active for key in keys)) or keys, has_password),
    }


def _has_password(line: Line, is_root: bool) -> bool | Unread:
    # Older reports do not say it of the root user, who then always has one.
    if is_root and line.get("password_enabled") == "not_supported":
        return True
    return truth(line, "password_enabled")


def _alone(said: Answer, replies: Replies) -> Row:
    name, user = said.about, cell(said, "User")
    password = replies.about(name, "get_login_profile")
    has_password = read(
        password, lambda body: bool(body["LoginProfile"]["CreateDate"]), absent=False
    )
    has_factor = found_in(replies.about(name, "list_mfa_devices"), "MFADevices", _owner)
    listed = replies.about(name, "list_access_keys")
    return {
        "account": said.place[0],
        "user": user["UserName"],
        "arn": user["Arn"],
        "is_root": False,
        "created_at": cell(user, "CreateDate"),
        "has_password": has_password,
        "has_second_factor": has_factor(name),
        "password_changed_at": IN_THE_REPORT_ONLY,
        "password_last_active_at": IN_THE_REPORT_ONLY,
        **_held(certain(listed, lambda body: _keys(body, name, replies)), has_password),
    }


def _owner(device: Mapping[str, Any]) -> tuple[str]:
    return (device["UserName"],)


def _keys(body: Mapping[str, Any], name: str, replies: Replies) -> list[_Key]:
    found = []
    for number, key in enumerate(body["AccessKeyMetadata"]):
        is_active, made = STATUSES[key["Status"]], key["CreateDate"]
        if not isinstance(made, datetime):
            raise TypeError("a key does not say when it was made")
        used = replies.about(f"{name}#{number}", "get_access_key_last_used")
        found.append(_Key(is_active, made, read(used, _used_at) if is_active else None))
    return found


def _used_at(body: Mapping[str, Any]) -> datetime | None:
    """The moment of the last use; a key never used has none."""
    said = body["AccessKeyLastUsed"].get("LastUsedDate")
    if said is not None and not isinstance(said, datetime):
        raise TypeError("the last use is no moment")
    return said


def _held(keys: Any, has_password: bool | Unread) -> dict[str, Any]:
    """What the row says of the keys, all of it unread where they are."""
    if isinstance(keys, Unread):
        columns = ("active_keys", "has_active_key", "oldest_key_rotated_at", "idlest_key_active_at")
        return dict.fromkeys(columns, keys) | {"mixes_password_and_key": both(has_password, keys)}
    live = [key for key in keys if key.is_active]
    return {
        "active_keys": len(live),
        "has_active_key": bool(live),
        "oldest_key_rotated_at": earliest(*(key.rotated_at for key in live)),
        "idlest_key_active_at": earliest(*(latest(key.used_at, key.rotated_at) for key in live)),
        "mixes_password_and_key": both(has_password, bool(live)),
    }


COLLECTOR = Collector(
    id="aws/iam_users",
    title=Text(zh="IAM 用户及其凭证", en="IAM users and their credentials"),
    max_age=timedelta(hours=26),
    permissions=(
        "iam:GenerateCredentialReport",
        "iam:GetAccessKeyLastUsed",
        "iam:GetCredentialReport",
        "iam:GetLoginProfile",
        "iam:GetUser",
        "iam:ListAccessKeys",
        "iam:ListMFADevices",
    ),
    lists="get_credential_report",
    lists_alone="get_user",
    made_at="GeneratedTime",
    places=("account",),
    subject=("account", "user"),
    subject_type="AWS::IAM::User",
    columns={
        "account": str,
        "user": str,
        "arn": str,
        "is_root": bool,
        "created_at": datetime,
        "has_password": bool,
        "has_second_factor": bool,
        "password_changed_at": datetime,
        "password_last_active_at": datetime,
        "active_keys": int,
        "has_active_key": bool,
        "oldest_key_rotated_at": datetime,
        "idlest_key_active_at": datetime,
        "mixes_password_and_key": bool,
    },
    volatile=("password_last_active_at", "idlest_key_active_at"),
    fetch=fetch,
    tabulate=tabulate,
    narrow=narrow,
    narrow_lacks=("password_changed_at", "password_last_active_at"),
)
