"""The text of a host's answer, or why there is none: shared by the collectors beside it."""

from __future__ import annotations

from datetime import UTC, datetime

from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Cell, Gap, Reply, Unread
from zicha.model.verdict import Reason


def text_of(said: Reply) -> str | Unread | None:
    """The text; None for an absent file or command; unread for a gap, a cut, another shape."""
    if isinstance(said, Gap):
        return Unread(said.reason, said.remedy, said.permission)
    if said.cut:
        return Unread(said.cut, said.remedy, said.permission)
    return _text(said)


def listed_text(listing: Answer) -> str | None:
    """The text of a listing; without one the whole listing is malformed."""
    text = _text(listing)
    if isinstance(text, Unread):
        raise MalformedAnswerError(text.remedy)
    return text


def _text(said: Answer) -> str | Unread | None:
    if said.body is None:
        return None
    text = said.body.get("text")
    if not isinstance(text, str):
        return Unread(Reason.MALFORMED, f"{said.call} {said.about}: the answer holds no text")
    return text


def newest(text: str | Unread | None) -> Cell:
    """The latest moment that `find -printf '%T@ …'` names; None where it names none."""
    if text is None or isinstance(text, Unread):
        return text
    seconds = [line.split(maxsplit=1)[0] for line in text.splitlines() if line]
    try:
        found = [datetime.fromtimestamp(int(float(each)), UTC) for each in seconds]
    except (ValueError, OverflowError, OSError):
        return Unread(Reason.MALFORMED, "find printed no moments")
    return max(found, default=None)
