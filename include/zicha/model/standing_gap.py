"""A gap that stands until its source answers: one per source, reason and permission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from zicha.model.verdict import Reason


@dataclass(frozen=True, slots=True)
class StandingGap:
    """What cannot be read, since when, and what to do about it.

    Args:
        since: when it was first met; it stays through every run that meets it again.
        last_seen_at: the latest moment at which it was met.
        affects: how many outcomes were unknown because of it, at that moment.
        touches: the expectations (`suite#expectation`) it kept from being judged.
        max_age: the shortest `max_age` of the tables it touches; None when unknown.
        closed_at: when the source answered; None while it stands.
    """

    source: str
    reason: Reason
    permission: str
    since: datetime
    last_seen_at: datetime
    run: str
    remedy: str = ""
    affects: int = 0
    touches: tuple[str, ...] = ()
    owner: str = ""
    max_age: timedelta | None = None
    closed_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it one gap and not two."""
        return self.source, self.reason.value, self.permission

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""
        return self.closed_at is None

    def age(self, as_of: datetime) -> timedelta:
        """How long it has stood."""
        return (self.closed_at or as_of) - self.since

    def escalates(self, as_of: datetime) -> bool:
        """Whether it has outlived what its tables allow, and counts like a high finding."""
        return self.is_open and self.max_age is not None and self.age(as_of) > self.max_age
