"""When each account last logged in, from what `lastlog` prints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from zicha.collectors.linux.texts import text_of
from zicha.model.evidence import Cell, Reply, Unread
from zicha.model.verdict import Reason

CALL = "lastlog"
HEADER = "Username"
LINE = re.compile(
    r"(\S+)\s.*?(?:\w{3} (\w{3} +\d+ \d\d:\d\d:\d\d [+-]\d{4} \d{4})|\*\*Never logged in\*\*)\s*"
)
FORM = "%b %d %H:%M:%S %z %Y"
ABSENT = "lastlog is not there: install it (login or shadow-utils; lastlog2 is not read yet)"


def only_moments(text: str) -> str:
    """Name and moment of each account; from where it came is dropped."""
    lines = text.splitlines()
    if not lines or not lines[0].startswith(HEADER):
        return "?\n"
    return f"{HEADER}\n" + "".join(f"{_kept(line)}\n" for line in lines[1:])


def _kept(line: str) -> str:
    found = LINE.fullmatch(line)
    if found is None:
        return "?"
    return f"{found[1]} Day {found[2]}" if found[2] else f"{found[1]} **Never logged in**"


def last_logins(said: Reply) -> Mapping[str, datetime | None] | Unread:
    """The moment by account; None for an account that never logged in."""
    text = text_of(said)
    if text is None:
        return Unread(Reason.NOT_COLLECTED, ABSENT)
    if isinstance(text, Unread):
        return text
    found: dict[str, datetime | None] = {}
    for line in text.splitlines()[1:]:
        parts = LINE.fullmatch(line)
        if parts is None:
            return Unread(Reason.MALFORMED, "lastlog printed a line without a moment")
        try:
            moment = datetime.strptime(parts[2], FORM).astimezone(UTC) if parts[2] else None
        except ValueError:
            return Unread(Reason.MALFORMED, "lastlog printed a moment of another form")
        found[parts[1]] = moment
    return found


def last_used(name: str, logins: Mapping[str, datetime | None] | Unread, changed: Cell) -> Cell:
    """The last login; for an account without one, the day its password was set."""
    if isinstance(logins, Unread):
        return logins
    return logins.get(name) or changed
