"""A fault that verification found: what, where, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Args:
        kind: what is wrong, as a word of a closed list (docs say which there are).
        where: the object, entry, row, key or checkpoint.
        since: from when on it cannot be relied upon: a day, or a moment.
        detail: a sentence for people.
    """

    kind: str
    where: str
    since: str
    detail: str

    def shown(self) -> dict[str, str]:
        """As the command prints it."""
        return {
            "kind": self.kind,
            "where": self.where,
            "since": self.since,
            "detail": self.detail,
        }


def moment(at: datetime | None) -> str:
    """A moment as text."""
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="seconds")
