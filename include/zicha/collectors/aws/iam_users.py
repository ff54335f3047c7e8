"""IAM users and their credentials, from the credential report: one row per user, root included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

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
from zicha.collectors.moments import earliest, latest
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread, derived
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """The report, made and read."""
    yield from asked_report(account)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per line of the report."""
    for report in replies.to("get_credential_report"):
        for line in lines_of(report):
            yield _row(report.place[0], line)


def _row(account: str, line: Line) -> Row:
    is_root = line["user"] == ROOT
    has_password = _has_password(line, is_root)
    changed, used = moment(line, "password_last_changed"), moment(line, "password_last_used")
    created = moment(line, "user_creation_time")
    active = {key: truth(line, f"access_key_{key}_active") for key in KEYS}
    rotated = {key: rotated_at(line, key) for key in KEYS}
    key_used = {key: moment(line, f"access_key_{key}_last_used_date") for key in KEYS}
    unread = derived(*active.values())
    live = [key for key in KEYS if active[key] is True]
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
        "active_keys": unread or len(live),
        "has_active_key": unread or bool(live),
        "oldest_key_rotated_at": unread or earliest(*(rotated[key] for key in live)),
        "idlest_key_active_at": unread
        or earliest(*(latest(key_used[key], rotated[key]) for key in live)),
        "mixes_password_and_key": _mixes(has_password, unread or bool(live)),
    }


def _has_password(line: Line, is_root: bool) -> bool | Unread:
    # Older reports do not say it of the root user, who then always has one.
    if is_root and line.get("password_enabled") == "not_supported":
        return True
    return truth(line, "password_enabled")


def _mixes(has_password: bool | Unread, has_key: bool | Unread) -> bool | Unread:
    return derived(has_password, has_key) or (has_password is True and has_key is True)


COLLECTOR = Collector(
    id="aws/iam_users",
    title=Text(zh="IAM 用户及其凭证", en="IAM users and their credentials"),
    max_age=timedelta(hours=26),
    permissions=("iam:GenerateCredentialReport", "iam:GetCredentialReport"),
    lists="get_credential_report",
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
)
