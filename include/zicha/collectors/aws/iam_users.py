"""IAM users and their credentials, from the credential report: one row per user, root included."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Gap, Replies, Reply, Row, Unread, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

ROOT = "<root_account>"
# What the report says where there is no moment.
NEVER = ("", "N/A", "no_information", "not_supported")
KEYS = ("1", "2")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """Have the report made, wait for it within bounds, and read it."""
    iam = account.client("iam")
    made = iam.ask_until("generate_credential_report", "State", "COMPLETE")
    yield made
    report = iam.ask("get_credential_report", expects="Content")
    if isinstance(report, Gap) and isinstance(made, Gap):
        # Without the making there is often no report: the first refusal is the one to mend.
        report = replace(report, reason=made.reason, remedy=made.remedy, permission=made.permission)
    yield report


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per line of the report."""
    for report in replies.to("get_credential_report"):
        text = (report.body or {})["Content"]
        lines = csv.DictReader(StringIO(text), strict=True)
        if not {"user", "arn", "mfa_active"} <= set(lines.fieldnames or ()):
            raise MalformedAnswerError("get_credential_report: the report has no header")
        for line in lines:
            yield _row(report.place[0], line)


def _row(account: str, line: Mapping[str, str | None]) -> Row:
    is_root = line["user"] == ROOT
    has_password = _has_password(line, is_root)
    changed, used = _moment(line, "password_last_changed"), _moment(line, "password_last_used")
    created = _moment(line, "user_creation_time")
    active = {key: _truth(line, f"access_key_{key}_active") for key in KEYS}
    rotated = {key: _moment(line, f"access_key_{key}_last_rotated") for key in KEYS}
    key_used = {key: _moment(line, f"access_key_{key}_last_used_date") for key in KEYS}
    unread = derived(*active.values())
    live = [key for key in KEYS if active[key] is True]
    return {
        "account": account,
        "user": line["user"],
        "arn": line["arn"],
        "is_root": is_root,
        "created_at": created,
        "has_password": has_password,
        "has_second_factor": _truth(line, "mfa_active"),
        "password_changed_at": _latest(changed, created),
        "password_last_active_at": _latest(used, changed, created),
        "active_keys": unread or len(live),
        "has_active_key": unread or bool(live),
        "oldest_key_rotated_at": unread or _earliest(*(rotated[key] for key in live)),
        "idlest_key_active_at": unread
        or _earliest(*(_latest(key_used[key], rotated[key]) for key in live)),
        "mixes_password_and_key": _mixes(has_password, unread or bool(live)),
    }


def _has_password(line: Mapping[str, str | None], is_root: bool) -> bool | Unread:
    # Older reports do not say it of the root user, who then always has one.
    if is_root and line.get("password_enabled") == "not_supported":
        return True
    return _truth(line, "password_enabled")


def _mixes(has_password: bool | Unread, has_key: bool | Unread) -> bool | Unread:
    return derived(has_password, has_key) or (has_password is True and has_key is True)


def _truth(line: Mapping[str, str | None], column: str) -> bool | Unread:
    said = line.get(column)
    if said in ("true", "TRUE"):
        return True
    if said in ("false", "FALSE"):
        return False
    return Unread(Reason.MALFORMED, f"the credential report says {said} for {column}")


def _moment(line: Mapping[str, str | None], column: str) -> datetime | Unread | None:
    said = line.get(column)
    if said in NEVER:
        return None
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return Unread(Reason.MALFORMED, f"the credential report says {said} for {column}")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _latest(*moments: Any) -> Any:
    """The last of the moments that happened; unread if any cannot be read."""
    return derived(*moments) or max((m for m in moments if m), default=None)


def _earliest(*moments: Any) -> Any:
    return derived(*moments) or min((m for m in moments if m), default=None)


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
