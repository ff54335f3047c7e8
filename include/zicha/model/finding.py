"""A finding: one fault of one lasting thing, from its opening to its closing by a measurement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from zicha.model.verdict import Severity


class State(StrEnum):
    """What the measurements say; what people say of a finding (acknowledged, …) stands beside."""

    OPEN = "open"
    CLOSED_PASSED = "closed-passed"
    CLOSED_GONE = "closed-gone"


class Change(StrEnum):
    """What happened to a finding in a run."""

    OPENED = "opened"
    REOPENED = "reopened"
    PASSED = "passed"
    GONE = "gone"
    SEVERITY = "severity"
    OWNER = "owner"
    MEASURED = "measured"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault and its life.

    Args:
        id: drawn from entity, account, subject, expectation and sub-key; permanent.
        opened_at: the latest opening; `first_opened_at` is the first.
        last_measured_at: the latest moment at which its subject was really measured.
        last_run: the run of that measurement.
        due: until when it must be rectified; None when its severity has no term.
        run: the run that opened it last.
    """

    id: str
    entity: str
    suite: str
    expectation: str
    subject: tuple[str, ...]
    source: str
    account: str
    region: str
    subject_type: str
    severity: Severity
    state: State
    run: str
    opened_at: datetime
    first_opened_at: datetime
    last_measured_at: datetime
    last_run: str
    due: date | None = None
    closed_at: datetime | None = None
    times_opened: int = 1
    sub_key: str = ""
    controls: tuple[str, ...] = ()
    observed: str = ""
    evidence_digest: str = ""
    owner: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""
        return self.state is State.OPEN

    @property
    def subject_id(self) -> str:
        """The subject's provider id: its last name."""
        return self.subject[-1]

    def unmeasured_since(self, run: str) -> datetime | None:
        """The moment since which it was not measured again, if this run did not; else None."""
        return self.last_measured_at if self.is_open and self.last_run != run else None


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of one finding: how it stands now, and what it was before (None: it is new)."""

    change: Change
    finding: Finding
    run: str
    at: datetime
    before: State | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """How one place was listed for one suite: completely or not, and what it holds.

    `account` and `region` are empty where the table's places have no such column; `listed_at` is
    the moment of the listing, None when it is the run's own. A narrow one asked for the subjects
    in `only` and says nothing of any other.
    """

    suite: str
    source: str
    account: str
    region: str
    is_complete: bool
    subjects: frozenset[tuple[str, ...]] = field(default_factory=frozenset)
    listed_at: datetime | None = None
    only: frozenset[tuple[str, ...]] | None = None

    def speaks_of(self, subject: tuple[str, ...]) -> bool:
        """Whether it would hold this subject if it were there."""
        return self.only is None or subject in self.only


class Listings:
    """Every listing of a run, asked whether something is no longer there."""

    def __init__(self, listings: Iterable[Listing]) -> None:
        """Index the listings by suite, source and account."""
        self._at: dict[tuple[str, str, str], list[Listing]] = defaultdict(list)
        for listing in listings:
            self._at[listing.suite, listing.source, listing.account].append(listing)

    @property
    def suites(self) -> set[str]:
        """The suites that were judged over these listings."""
        return {suite for suite, _, _ in self._at}

    def complete(
        self, suite: str, source: str, account: str, region: str, subject: tuple[str, ...]
    ) -> list[Listing]:
        """The listings that speak of this subject there, if any and each one reached its end."""
        at = self._at.get((suite, source, account), [])
        here = [listing for listing in at if not region or listing.region in ("", region)]
        here = [listing for listing in here if listing.speaks_of(subject)]
        return here if all(listing.is_complete for listing in here) else []

    def lacking(self, finding: Finding) -> list[Listing]:
        """The complete listings of the finding's place, if its subject is in none of them."""
        place = (finding.suite, finding.source, finding.account, finding.region)
        here = self.complete(*place, finding.subject)
        held = any(finding.subject in listing.subjects for listing in here)
        return [] if held else here
