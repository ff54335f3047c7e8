"""What a period did not measure: days without a run, sources that did not answer, gaps."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from zicha.catalog.owners import owner_text
from zicha.catalog.scope import Scope
from zicha.model.period import Period
from zicha.model.standing_gap import StandingGap
from zicha.model.text import Text
from zicha.pipeline.risk.history import History, day_of
from zicha.pipeline.runs.claimed import claimed_sources
from zicha.pipeline.workplace import Workplace
from zicha.reports.facts import GapLine
from zicha.reports.risk_facts import GapInPeriod, SourceDays, UnmeasuredDays, Why
from zicha.storage import evidence, gaps, runs
from zicha.storage.runs import EVENT

DAY = timedelta(days=1)


def unmeasured_days(history: History) -> tuple[UnmeasuredDays, ...]:
    """The days of the period without a judged run, in rows, up to the day of the report."""
    measured = history.measured_days(history.period)
    collected = {day_of(run) for run in history.runs if run.trigger != EVENT}
    found: list[UnmeasuredDays] = []
    for day in history.period.days():
        if day > history.last or day in measured:
            continue
        why: Why = "not-judged" if day in collected else "no-run"
        before = found[-1] if found else None
        if before is not None and before.last == day - DAY and before.why == why:
            found[-1] = UnmeasuredDays(before.first, day, why)
        else:
            found.append(UnmeasuredDays(day, day, why))
    return tuple(found)


def source_days(place: Workplace, history: History) -> tuple[SourceDays, ...]:
    """For each source, on how many measured days it answered, was silent, or was not asked."""
    asked: dict[str, set[date]] = defaultdict(set)
    answered: dict[str, set[date]] = defaultdict(set)
    with place.database.read() as connection:
        for run in history.within(history.period):
            for batch in runs.batches_of(connection, run.id):
                asked[batch.source].add(day_of(run))
            for entry in evidence.of_run(connection, run.id):
                asked[entry.source].add(day_of(run))
                if entry.row_count or not entry.gap_count:
                    answered[entry.source].add(day_of(run))
    measured = history.measured_days(history.period)
    names = {source.id: source.name for source in place.scope.sources}
    wanted = names.keys() | asked.keys()
    if history.system:
        wanted &= claimed_sources(place.scope, history.system)
    return tuple(
        SourceDays(
            id_,
            names.get(id_, Text(id_, id_)),
            len(answered[id_]),
            len(asked[id_] - answered[id_]),
            len(measured - asked[id_]),
        )
        for id_ in sorted(wanted)
    )


def gaps_in(place: Workplace, history: History) -> tuple[GapInPeriod, ...]:
    """The gaps that stood on some day of the period, oldest first."""
    with place.database.read() as connection:
        known = gaps.every(connection)
    mine = _sources(place.scope, history.system)
    return tuple(
        _line(place, history, gap)
        for gap in known
        if gap.source in mine or not history.system
        if _stood(place, history.period, gap) and _day(place, gap.since) <= history.last
    )


def _sources(scope: Scope, system: str) -> set[str]:
    return claimed_sources(scope, system) if system else set()


def _stood(place: Workplace, period: Period, gap: StandingGap) -> bool:
    return gap.closed_at is None or _day(place, gap.closed_at) >= period.first


def _line(place: Workplace, history: History, gap: StandingGap) -> GapInPeriod:
    closed = _day(place, gap.closed_at) if gap.closed_at else None
    midnight = datetime.combine(history.last + DAY, time(), place.zone)
    is_closed = closed is not None and closed <= history.last
    stood = replace(gap, closed_at=None)
    line = GapLine(
        gap.source,
        gap.reason,
        gap.permission,
        _day(place, gap.since).isoformat(),
        gap.remedy,
        gap.affects,
        owner_text(place.scope, gap.owner),
        not is_closed and stood.escalates(min(midnight, place.clock())),
    )
    return GapInPeriod(line, closed if is_closed else None)


def _day(place: Workplace, moment: datetime) -> date:
    return moment.astimezone(place.zone).date()
