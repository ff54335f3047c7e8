"""How the risks stood at the end of each stretch of days; what was not measured stays empty."""

from __future__ import annotations

from zicha.catalog.risk_levels import LEVELS
from zicha.evaluation.coverage import cover
from zicha.findings.spells import movement, open_on
from zicha.model.coverage import Conformity
from zicha.model.errors import EvidenceError
from zicha.model.period import PeriodKind, Span
from zicha.model.verdict import Status
from zicha.pipeline.covering import framework, frameworks_of, known_of, standing_outcomes
from zicha.pipeline.risk_history import History, day_of
from zicha.pipeline.risk_items import Grader
from zicha.pipeline.workplace import Workplace
from zicha.reports.risk_facts import TrendPoint
from zicha.storage import runs

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
    shares = _shares(place, judged[-1], history.system) if place else (None, None)
    return TrendPoint(
        label=span.label,
        days=days,
        measured=len(history.measured_days(span)),
        open={level: levels.count(level) for level in LEVELS},
        new=len(moved.opened) + len(moved.reopened),
        closed=len(moved.closed),
        due=len(moved.due),
        in_time=moved.in_time,
        undetermined=shares[0],
        coverage=shares[1],
    )


def _shares(place: Workplace, run: runs.Run, system: str) -> tuple[float | None, float | None]:
    """What a run left undetermined, and the items that conform, in percent of what applies.

    Sealed outcomes are held against the scope and the catalogue in force now.
    """
    try:
        outcomes = standing_outcomes(place, run)
    except EvidenceError:
        return None, None  # they were deleted when their time was over: not known any more
    known = known_of(place, outcomes, run.started_at)
    if system:
        mine = {object_.id for object_ in place.scope.objects_in(system)}
        claimed = known.claims.of.items()
        outcomes = [o for (object_, _, _), found in claimed if object_ in mine for o in found]
    statuses = [o.verdict.status for o in outcomes]
    applicable = len(statuses) - statuses.count(Status.NOT_APPLICABLE)
    undetermined = _percent(statuses.count(Status.UNKNOWN), applicable)
    said = [
        item.status
        for each in place.scope.systems
        if system in {"", each.id}
        for item in cover(framework(frameworks_of(each)[0]), each, known).items
    ]
    asked = len(said) - said.count(Conformity.NOT_APPLICABLE)
    return undetermined, _percent(said.count(Conformity.CONFORMING), asked)


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
