"""The credential report: one document holds the password and the keys of every user."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING

from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Gap, Reply, Unread
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

ROOT = "<root_account>"
# What the report says where there is no moment.
NEVER = ("", "N/A", "no_information", "not_supported")
KEYS = ("1", "2")
Line = Mapping[str, str | None]


def asked_report(account: AwsAccount) -> Iterator[Reply]:
    """Have the report made, wait for it within bounds, and read it."""
    iam = account.client("iam")
    made = iam.ask_until("generate_credential_report", "State", "COMPLETE")
    yield made
    report = iam.ask("get_credential_report", expects="Content")
    if isinstance(report, Gap) and isinstance(made, Gap):
        # Without the making there is often no report: the first refusal is the one to mend.
        report = replace(report, reason=made.reason, remedy=made.remedy, permission=made.permission)
    yield report


def lines_of(report: Answer) -> Iterator[Line]:
    """The lines of the report; without its header nothing in it can be trusted."""
    lines = csv.DictReader(StringIO((report.body or {})["Content"]), strict=True)
    try:
        if not {"user", "arn", "mfa_active"} <= set(lines.fieldnames or ()):
            raise MalformedAnswerError("get_credential_report: the report has no header")
        yield from lines
    except csv.Error as error:
        raise MalformedAnswerError(f"get_credential_report: no whole CSV ({error})") from error


def truth(line: Line, column: str) -> bool | Unread:
    """What the report says in a column of yes and no."""
    said = line.get(column)
    if said in ("true", "TRUE"):
        return True
    if said in ("false", "FALSE"):
        return False
    return Unread(Reason.MALFORMED, f"the credential report says {said} for {column}")


def moment(line: Line, column: str) -> datetime | Unread | None:
    """The moment in a column, in UTC; None where there was none."""
    said = line.get(column)
    if said in NEVER:
        return None
    try:
        said_at = datetime.fromisoformat(str(said))
    except ValueError:
        return Unread(Reason.MALFORMED, f"the credential report says {said} for {column}")
    return said_at.astimezone(UTC) if said_at.tzinfo else said_at.replace(tzinfo=UTC)


def rotated_at(line: Line, key: str) -> datetime | Unread | None:
    """When a key was made or last rotated; an active one that does not say is unread, not new."""
    said = moment(line, f"access_key_{key}_last_rotated")
    if said is None and truth(line, f"access_key_{key}_active") is True:
        return Unread(Reason.MALFORMED, f"the credential report dates no active key {key}")
    return said
