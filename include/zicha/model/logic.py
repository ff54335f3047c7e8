"""Truth over cells that may be unread: a known answer wins, else the first unread one says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zicha.model.evidence import Gap, Reply, Unread
from zicha.model.verdict import Reason

Truth = bool | Unread


def truth(value: Any) -> Truth:
    """A cell as a truth; anything but a boolean or an unread cell is malformed."""
    if isinstance(value, bool | Unread):
        return value
    return Unread(Reason.MALFORMED, f"a truth was expected, not {type(value).__name__}")


def either(*cells: Any) -> Truth:
    """True if any cell is true, else unread if any is unread, else false."""
    known = [truth(cell) for cell in cells]
    if any(cell is True for cell in known):
        return True
    return next((cell for cell in known if isinstance(cell, Unread)), False)


def both(*cells: Any) -> Truth:
    """False if any cell is false, else unread if any is unread, else true."""
    known = [truth(cell) for cell in cells]
    if any(cell is False for cell in known):
        return False
    return next((cell for cell in known if isinstance(cell, Unread)), True)


def negated(cell: Any) -> Truth:
    """The contrary of a cell; what is unread stays unread."""
    known = truth(cell)
    return known if isinstance(known, Unread) else not known


def read(said: Reply, lay: Callable[[Mapping[str, Any]], Any], absent: Any = None) -> Any:
    """A cell computed from one answer: unread for a gap, `absent` for "not configured".

    Whatever `lay` stumbles over costs this cell only: the answer is malformed.
    """
    if isinstance(said, Gap):
        return Unread(said.reason, said.remedy, said.permission)
    if said.body is None:
        return absent
    try:
        return lay(said.body)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return Unread(Reason.MALFORMED, f"{said.call}: {type(error).__name__} {error}")
