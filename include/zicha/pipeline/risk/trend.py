"""How the risks stood at the end of each stretch of days; what was not measured stays empty."""

from __future__ import annotations

from dataclasses import dataclass

from zicha.catalog.risk_levels import LEVELS
from zicha.findings.spells import movement, open_on
from zicha.model.errors import EvidenceError
from zicha.model.period import PeriodKind, Span
from zicha.pipeline.risk.history import History, day_of
from zicha.pipeline.risk.items import Grader
from zicha.pipeline.runs.conformity import conformity_of, kept_conformity
from zicha.pipeline.runs.covering import outcomes_of
from zicha.pipeline.workplace import Workplace
from zicha.reports.risk_facts import TrendPoint
from zicha.storage import runs


@dataclass(frozen=True, slots=True)
class Shares:
    """In percent, what is undetermined and what conforms; None: not known."""

    undetermined: float | None = None
    conforming: float | None = None
    by_todays_rules: bool = False


SHOWN: dict[PeriodKind, int] = {"week": 8, "month": 12, "quarter": 8, "year": 5}
"""How many periods a trend shows, this one included."""


def steps_of(history: History, grader: Grader) -> tuple[TrendPoint, ...]:
    """The parts of the period, up to the day of the report."""
    parts = [part for part in history.period.steps() if part.first <= history.last]
    return tuple(_point(history, grader, part) for part in parts)


def periods_of(place: Workplace, history: History, grader: Grader) -> tuple[TrendPoint, ...]:
    """This period and those before it, from the first in which a run was judged."""
    begun = day_of(history.judged[0])
    spans = history.period.back(SHOWN[history.period.kind])
    shown = [span for span in spans if span.last >= begun]
    return tuple(_point(history, grader, span, place) for span in shown)


def _point(
    history: History, grader: Grader, span: Span, place: Workplace | None = None
) -> TrendPoint:
    last = min(span.last, history.last)
    days = (last - span.first).days + 1
    judged = history.within(span)
    if not judged:
        return TrendPoint(span.label, days, 0)
    moved = movement(history.spells, span.first, last, history.passed)
    levels = [grader.graded(s, last).level for s in open_on(history.spells, last)]
    shares = _shares(place, judged[-1], history.system) if place else Shares()
    return TrendPoint(
        label=span.label,
        days=days,
        measured=len(history.measured_days(span)),
        open={level: levels.count(level) for level in LEVELS},
        new=len(moved.opened) + len(moved.reopened),
        closed=len(moved.closed),
        due=len(moved.due),
        in_time=moved.in_time,
        undetermined=shares.undetermined,
        coverage=shares.conforming,
        by_todays_rules=shares.by_todays_rules,
    )


def _shares(place: Workplace, run: runs.Run, system: str) -> Shares:
    """What a run left undetermined, and the items that conform, as they were kept then.

    A run of an earlier version kept neither: its sealed outcomes are held against the scope and
    the catalogue in force now, and the report says so.
    """
    kept = kept_conformity(place, run.id)
    if kept is not None:
        return Shares(kept.undetermined(system), kept.conforming(system))
    try:
        now = conformity_of(place, run, outcomes_of(place, run.id))
    except EvidenceError:
        return Shares()  # they were deleted when their time was over: not known any more
    return Shares(now.undetermined(system), now.conforming(system), by_todays_rules=True)
