"""Moments as sources write them: read once, the same way, wherever the machine stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from zicha.model.evidence import Unread, derived
from zicha.model.verdict import Reason


def moment(said: Any) -> datetime | Unread:
    """An ISO moment in UTC; one that names no zone is malformed, as is a null."""
    if isinstance(said, Unread):
        return said
    try:
        found = datetime.fromisoformat(said)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    return Unread(Reason.MALFORMED, f"{str(said)[:40]!r} is no moment with its zone")


def moment_if_any(said: Any) -> datetime | Unread | None:
    """The same; None where the source writes a null or an empty text for "never"."""
    return moment(said) if said else None


def latest(*moments: Any) -> Any:
    """The last of the moments that happened; unread if any cannot be read."""
    return derived(*moments) or max((m for m in moments if m), default=None)


def earliest(*moments: Any) -> Any:
    """The first of the moments that happened; unread if any cannot be read."""
    return derived(*moments) or min((m for m in moments if m), default=None)
