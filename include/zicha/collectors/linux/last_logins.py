"""When each account last logged in, from what `lastlog` prints, or `lastlog2` where it is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zicha.collectors.linux.texts import text_of
from zicha.model.evidence import Cell, Replies, Reply, Unread
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.host import Host

CALL, NEWER = PROGRAMS = ("lastlog", "lastlog2")
HEADER = "Username"
LINE = re.compile(
    r"(\S+)\s.*?(?:\w{3} (\w{3} +\d+ \d\d:\d\d:\d\d [+-]\d{4} \d{4})|\*\*Never logged in\*\*)\s*"
)
FORM = "%b %d %H:%M:%S %z %Y"
ABSENT = "neither lastlog nor lastlog2 is there: install one (login, shadow-utils or lastlog2)"


def ask(host: Host) -> Iterator[Reply]:
    """Ask lastlog; Debian 13 and others have lastlog2 in its place, in the same form.

    lastlog2 names those who logged in and nobody else; a list of nobody has no header, and counts
    as no answer: pam_lastlog2 may be missing.
    """
    said = host.run(CALL, [CALL], expects=HEADER, may_be_absent=True, keep=only_moments)
    yield said
    if text_of(said) is None:
        yield host.run(NEWER, [NEWER], expects=HEADER, may_be_absent=True, keep=only_moments)


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


def last_logins(replies: Replies) -> Mapping[str, datetime | None] | Unread:
    """The moment by account; None for an account that never logged in."""
    text = text_of(replies.about("", CALL))
    if text is None:
        text = text_of(replies.about("", NEWER))
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
