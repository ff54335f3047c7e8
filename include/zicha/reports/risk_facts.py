"""The facts of a periodic risk report, as plain values: what the renderers are given, complete.

Days are evidence days in the organisation's zone. `None` is what was not measured, never a nought.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from zicha.catalog.risk_levels import LEVELS, RiskLevel
from zicha.model.period import Period
from zicha.model.text import Text
from zicha.reports.facts import NOTHING, GapLine

Depth = Literal["team", "management", "regulator"]
DEPTHS: tuple[Depth, ...] = ("team", "management", "regulator")
Why = Literal["no-run", "not-judged"]


@dataclass(frozen=True, slots=True)
class RiskItem:
    """One finding in one opening of it, with its level and the reasons for the level.

    Args:
        because: why the level is what it is: severity, exposure, system.
        title: what should hold and does not.
        fault: why it is a fault.
        control: the id of the control whose title that is; empty when there is none.
        times: how many times it was opened by then.
        overdue_days: whole days since its last day in time, as of the report; 0 when not overdue.
        last_measured: the newest day that measured it, where later days did not; None otherwise.
        closed: the day of the closing; None while it is open.
        how: `passed` or `gone`; empty while it is open.
        in_time: whether it was closed in time; None while open and where nothing was due.
    """

    id: str
    level: RiskLevel
    because: tuple[Text, ...]
    severity: str
    exposure: str
    title: Text
    fault: Text
    remedy: Text
    control: str
    subject: str
    subject_type: str
    source: str
    account: str
    region: str
    observed: str
    systems: tuple[Text, ...]
    opened: date
    due: date | None = None
    owner: Text = NOTHING
    times: int = 1
    overdue_days: int = 0
    last_measured: date | None = None
    evidence_digest: str = ""
    closed: date | None = None
    how: str = ""
    in_time: bool | None = None

    @property
    def is_overdue(self) -> bool:
        """Whether its last day in time has passed, and it is open."""
        return self.overdue_days > 0


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """How one stretch of days stood at its end and what happened in it; None: not measured.

    Args:
        days: how many days it has, up to the day of the report.
        measured: on how many of them a run was judged.
        open: the open risks at its end, by level.
        due: how many were to be rectified in it; `in_time` how many of them were.
        undetermined: the share of outcomes that are unknown, in percent, at its last run.
        coverage: the share of applicable items that conform, in percent, at its last run.
        by_todays_rules: whether both were reckoned by the scope and catalogue of today, because
            the run kept neither.
    """

    label: Text
    days: int
    measured: int
    open: dict[RiskLevel, int] | None = None
    new: int | None = None
    closed: int | None = None
    due: int | None = None
    in_time: int | None = None
    undetermined: float | None = None
    coverage: float | None = None
    by_todays_rules: bool = False

    @property
    def rectified(self) -> float | None:
        """The rectification rate in percent; None where nothing was due or nothing is known."""
        return None if not self.due or self.in_time is None else 100 * self.in_time / self.due


@dataclass(frozen=True, slots=True)
class UnmeasuredDays:
    """Days in a row without a judged run, and whether one was collected."""

    first: date
    last: date
    why: Why

    @property
    def count(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class SourceDays:
    """On how many of the measured days a source answered, and how often it was not asked."""

    id: str
    name: Text
    answered: int
    unread: int
    not_asked: int

    @property
    def is_whole(self) -> bool:
        """Whether it answered on every measured day."""
        return not self.unread and not self.not_asked


@dataclass(frozen=True, slots=True)
class GapInPeriod:
    """A gap that stood in the period; `closed` is the day on which the source answered again."""

    line: GapLine
    closed: date | None = None


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """Something that makes this period hard to compare with the one before."""

    day: date
    kind: Literal["source", "system", "object", "threshold", "catalogue", "rule", "program", "file"]
    name: Text
    before: Text
    after: Text


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """An obligation that is still owed; `due` is None where no number is given."""

    title: Text
    of: Text
    due: datetime | None
    state: str
    owner: Text = NOTHING
    is_late: bool = False
    provisional: bool = False
    disputed: bool = False
    grade: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A finding beyond a line that nobody has decided about: report it, or not."""

    finding: str
    title: Text
    duty: Text
    because: Text
    decide_by: datetime
    is_overdue: bool
    grade: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RiskWaiver:
    """A waiver as it stood on the last day; what it covers stays as it was measured.

    Args:
        titles: the controls that it bears not being met.
        scope: what it covers, in the ids that its author gave.
        state: `in-force`, `expired`, or `void`: declared, and it does not count.
        failing: how many open findings it covers.
    """

    id: str
    titles: tuple[Text, ...]
    scope: str
    systems: tuple[Text, ...]
    because: Text
    requester: str
    approver: str
    expires: date
    state: str
    failing: int


ReviewState = Literal["reviewed", "taken-up", "closed"]


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A review of an act that nothing can undo; what was measured stays as it was.

    Args:
        item: the finding of the act.
        state: `reviewed`: it stands; `taken-up`: somebody was assigned since; `closed` since.
    """

    item: RiskItem
    day: date
    actor: str
    because: str
    state: ReviewState


@dataclass(frozen=True, slots=True)
class RuleLine:
    """Something that judged, by name and version or digest."""

    name: Text
    version: str


@dataclass(frozen=True, slots=True)
class ExposureLine:
    """How far resources can be reached, by what that is known, and how many open risks that is."""

    title: Text
    because: Text
    count: int


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """Everything that a periodic risk report says, whatever its depth.

    Args:
        last_day: the last day of the period that is told of: its end, or the day of the report.
        run: the newest judged run by then; `run_day` its day, `run_at` its moment.
        is_over: whether the whole period has passed.
        has_baseline: whether a run before the period was judged, so that changes can be told.
        declared: whether the runs say what the scope declared; earlier versions did not.
        lacking: what the catalogue does not hold for a system's level.
        reviews: which acts people looked into, and why.
        waivers: what is borne or was borne, with the raw verdict beside it.
    """

    organisation: Text
    of: str
    system: Text | None
    period: Period
    made_at: datetime
    last_day: date
    run: str
    run_day: date
    is_over: bool
    zone: str
    demo: bool
    tool_version: str
    days_measured: int
    days_total: int
    runs: int
    open_at_start: int
    open_at_end: int
    reopened: int
    due: int
    in_time: int
    open: tuple[RiskItem, ...] = ()
    new: tuple[RiskItem, ...] = ()
    closed: tuple[RiskItem, ...] = ()
    exposures: tuple[ExposureLine, ...] = ()
    steps: tuple[TrendPoint, ...] = ()
    periods: tuple[TrendPoint, ...] = ()
    unmeasured: tuple[UnmeasuredDays, ...] = ()
    sources: tuple[SourceDays, ...] = ()
    gaps: tuple[GapInPeriod, ...] = ()
    changes: tuple[ChangeLine, ...] = ()
    has_baseline: bool = False
    declared: bool = True
    rules: tuple[RuleLine, ...] = ()
    thresholds: tuple[RuleLine, ...] = ()
    deadlines: tuple[DeadlineLine, ...] = ()
    decisions: tuple[DecisionLine, ...] = ()
    unclaimed: int = 0
    lacking: tuple[Text, ...] = ()
    waivers: tuple[RiskWaiver, ...] = ()
    reviews: tuple[ReviewLine, ...] = ()
    ledger_root: str = ""

    @property
    def overdue(self) -> tuple[RiskItem, ...]:
        """The open ones whose last day in time has passed."""
        return tuple(item for item in self.open if item.is_overdue)

    @property
    def not_remeasured(self) -> tuple[RiskItem, ...]:
        """The open ones that the newest measured day did not reach."""
        return tuple(item for item in self.open if item.last_measured is not None)

    @property
    def gone(self) -> int:
        """How many of the closed were no longer there."""
        return sum(item.how == "gone" for item in self.closed)

    @property
    def rectified(self) -> float | None:
        """The rectification rate in percent: closed in time, of those due; None: nothing due."""
        return 100 * self.in_time / self.due if self.due else None

    def by_level(self) -> dict[RiskLevel, int]:
        """How many open risks of each level; each level is there."""
        return {level: sum(item.level == level for item in self.open) for level in LEVELS}
