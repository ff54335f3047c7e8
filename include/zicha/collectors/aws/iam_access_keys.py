"""IAM access keys, from the credential report: one row per key, told by its user and number.

The report numbers a user's keys and never shows their ids, which nothing here needs. IAM itself
lists them without these numbers, so a key cannot be looked at alone under the same name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from zicha.collectors.aws.credential_report import (
    KEYS,
    NEVER,
    ROOT,
    Line,
    asked_report,
    lines_of,
    moment,
    rotated_at,
    truth,
)
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread, derived
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """The report, made and read."""
    yield from asked_report(account)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per key that exists; of a key switched off the report still says when it was made."""
    for report in replies.to("get_credential_report"):
        for line in lines_of(report):
            for number in KEYS:
                row = _row(report.place[0], line, number)
                if row["is_active"] is not False or row["rotated_at"] is not None:
                    yield row


def _row(account: str, line: Line, number: str) -> Row:
    is_active = truth(line, f"access_key_{number}_active")
    rotated = rotated_at(line, number)
    used = moment(line, f"access_key_{number}_last_used_date")
    return {
        "account": account,
        "key": f"{line['user']}#{number}",
        "user": line["user"],
        "is_of_root": line["user"] == ROOT,
        "is_active": is_active,
        "rotated_at": rotated,
        "last_used_at": used,
        "last_used_region": _word(line, f"access_key_{number}_last_used_region"),
        "last_used_service": _word(line, f"access_key_{number}_last_used_service"),
        "waits_for_use_since": _waits_since(is_active, rotated, used),
    }


def _word(line: Line, column: str) -> str | None:
    said = line.get(column)
    return None if said is None or said in NEVER else said


def _waits_since(
    is_active: bool | Unread, rotated: datetime | Unread | None, used: datetime | Unread | None
) -> datetime | Unread | None:
    """Since when an active key has waited for its first use; None once it was used."""
    return derived(used, is_active) or (rotated if is_active and used is None else None)


COLLECTOR = Collector(
    id="aws/iam_access_keys",
    title=Text(zh="IAM 访问密钥", en="IAM access keys"),
    max_age=timedelta(hours=26),
    permissions=("iam:GenerateCredentialReport", "iam:GetCredentialReport"),
    lists="get_credential_report",
    made_at="GeneratedTime",
    places=("account",),
    subject=("account", "key"),
    subject_type="AWS::IAM::AccessKey",
    columns={
        "account": str,
        "key": str,
        "user": str,
        "is_of_root": bool,
        "is_active": bool,
        "rotated_at": datetime,
        "last_used_at": datetime,
        "last_used_region": str,
        "last_used_service": str,
        "waits_for_use_since": datetime,
    },
    volatile=("last_used_at", "last_used_region", "last_used_service"),
    fetch=fetch,
    tabulate=tabulate,
)
