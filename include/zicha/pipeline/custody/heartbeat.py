"""Days of the ledger: which left evidence, which a heartbeat only, and which nothing at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from zicha.custody.entry import Entry, Kind

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The whole days since the ledger began, today left out.

    Args:
        without_evidence: a run or a heartbeat says that the day passed, and nothing was sealed.
        silent: nothing at all; nobody can prove any more what happened then.
    """

    first: str = ""
    last: str = ""
    without_evidence: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()

    def shown(self) -> dict[str, object]:
        """As verification prints it."""
        return {
            "from": self.first,
            "until": self.last,
            "without_evidence": list(self.without_evidence),
            "silent": list(self.silent),
        }


@dataclass(slots=True)
class _Seen:
    first: date | None = None
    evidence: set[date] = field(default_factory=set)
    alive: set[date] = field(default_factory=set)


def days_of(entries: Iterable[Entry], today: str, zone: ZoneInfo) -> Days:
    """What the entries say of every day from the first one on.

    A day is witnessed by an entry that was made on it, or, for a run that went past midnight, on
    the day after; one that was written later about an earlier day is no witness. What was imported
    speaks of no day: the ledger began afterwards.
    """
    seen = _Seen()
    for entry in entries:
        if entry.kind is not Kind.IMPORTED:
            _note(seen, entry, entry.at.astimezone(zone))
    end = date.fromisoformat(today)
    if seen.first is None or seen.first >= end:
        return Days()
    every = [seen.first + n * A_DAY for n in range((end - seen.first).days)]
    quiet = [day for day in every if day not in seen.evidence]
    return Days(
        every[0].isoformat(),
        every[-1].isoformat(),
        tuple(day.isoformat() for day in quiet if day in seen.alive),
        tuple(day.isoformat() for day in quiet if day not in seen.alive),
    )


def _note(seen: _Seen, entry: Entry, at: datetime) -> None:
    made = at.date()
    seen.first = min(seen.first or made, made)
    if entry.kind is Kind.EVIDENCE:
        seen.evidence.add(made)
    elif entry.kind is Kind.HEARTBEAT:
        about = date.fromisoformat(str(entry.about["day"]))
        is_of_a_run = "run" in entry.about
        if made == about or (is_of_a_run and made == about + A_DAY):
            seen.alive.add(about)
