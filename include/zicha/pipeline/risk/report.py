"""The facts of a periodic risk report, gathered from what was kept; nothing is judged here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from zicha.catalog.duties import load_duties
from zicha.catalog.owners import owner_text
from zicha.duties.time import ZONE
from zicha.findings.spells import movement, open_on
from zicha.model.period import Period
from zicha.model.text import Text
from zicha.pipeline.custody.sealing import root_of
from zicha.pipeline.incidents.reportable import reportable
from zicha.pipeline.risk.changes import (
    changes,
    is_declared,
    rules_in_force,
    thresholds_in_force,
)
from zicha.pipeline.risk.history import History, day_of, history_of
from zicha.pipeline.risk.items import grader
from zicha.pipeline.risk.measured import gaps_in, source_days, unmeasured_days
from zicha.pipeline.risk.reviews import reviews_of
from zicha.pipeline.risk.trend import periods_of, steps_of
from zicha.pipeline.risk.waivers import waivers_of
from zicha.pipeline.runs.covering import lacks_framework
from zicha.pipeline.workplace import Workplace
from zicha.reports.risk_facts import DeadlineLine, DecisionLine, ExposureLine, RiskFacts
from zicha.storage import obligations

DAY = timedelta(days=1)


def risk_facts(place: Workplace, period: Period, system: str = "") -> RiskFacts:
    """Everything that the report of a period says, of one system or of all.

    Deadlines and decisions are those that stand as the report is made; all else is as it was at
    the end of the period, or today while it runs.

    Raises:
        ConfigError: the period has not begun, or there is no such system.
        MissingEvidenceError: nothing was judged by its end.
    """
    history = history_of(place, period, system)
    levels = grader(place, history)
    moved = movement(history.spells, period.first, history.last, history.passed)
    standing = open_on(history.spells, history.last)
    items = levels.items(standing)
    root = root_of(place)
    organisation = place.scope.organisation
    return RiskFacts(
        organisation=organisation.name,
        of=system or organisation.id,
        system=place.scope.system(system).name if system else None,
        period=period,
        made_at=place.clock().astimezone(place.zone),
        last_day=history.last,
        run=history.newest.id,
        run_day=day_of(history.newest),
        is_over=history.passed == history.last,
        zone=organisation.zone,
        demo=organisation.demo,
        tool_version=place.version,
        days_measured=len(history.measured_days(period)),
        days_total=(history.last - period.first).days + 1,
        runs=len(history.within(period)),
        open_at_start=len(open_on(history.spells, period.first - DAY)),
        open_at_end=len(standing),
        reopened=len(moved.reopened),
        due=len(moved.due),
        in_time=moved.in_time,
        open=items,
        new=levels.items(moved.opened + moved.reopened),
        closed=levels.items(moved.closed),
        exposures=tuple(
            ExposureLine(each.title, each.because, sum(i.exposure == each.id for i in items))
            for each in levels.table.exposures
        ),
        steps=steps_of(history, levels),
        periods=periods_of(place, history, levels),
        unmeasured=unmeasured_days(history),
        sources=source_days(place, history),
        gaps=gaps_in(place, history),
        changes=changes(place, history),
        has_baseline=history.baseline() is not None,
        declared=is_declared(place, history),
        rules=rules_in_force(place, history.newest),
        thresholds=thresholds_in_force(place, history.newest),
        deadlines=_deadlines(place, system),
        decisions=_decisions(place, history, levels.titles),
        unclaimed=sum(not history.systems.get(spell.finding.id) for spell in standing),
        lacking=tuple(
            why
            for each in place.scope.systems
            if system in {"", each.id} and (why := lacks_framework(each)).zh
        ),
        waivers=waivers_of(place, history, standing),
        reviews=reviews_of(history, levels),
        ledger_root=str(root["short"]) if root else "",
    )


def _deadlines(place: Workplace, system: str) -> tuple[DeadlineLine, ...]:
    """What is still owed, the next due first; what has no number comes last."""
    scope, duties = place.scope, load_duties()
    names = {entity.id: entity.name for entity in scope.entities}
    names |= {each.id: each.name for each in scope.systems}
    owing = {system, scope.system(system).entity} if system else set()
    with place.database.read() as connection:
        owed = [each for each in obligations.listed(connection) if not each.is_ended]
    mine = [each for each in owed if not system or each.of in owing]
    now = place.clock()
    lines = []
    for each in sorted(mine, key=lambda o: (o.due is None, o.due or o.opens_at, o.id)):
        # A duty may leave the catalogue; what was owed under it stays on record.
        duty = duties.get(each.duty)
        lines.append(
            DeadlineLine(
                title=duty.title if duty else Text(each.duty, each.duty),
                of=names.get(each.of, Text(each.of, each.of)),
                due=each.due.astimezone(ZONE) if each.due else None,
                state=each.state.value,
                owner=owner_text(scope, each.owner),
                is_late=each.due is not None and each.due < now,
                provisional=each.provisional,
                disputed=each.disputed,
                grade=duty.grade if duty else "",
                sources=tuple(source.id for source in duty.sources) if duty else (),
            )
        )
    return tuple(lines)


def _decisions(
    place: Workplace, history: History, titles: Mapping[str, Text]
) -> tuple[DecisionLine, ...]:
    """The findings beyond a line that nobody has decided about."""
    known = {spell.finding.id: spell.finding for spell in history.spells}
    duties = load_duties()
    lines = []
    for row in reportable(place):
        finding = known.get(row["finding"])
        if finding is None:
            continue
        name = Text(finding.expectation, finding.expectation)
        lines.append(
            DecisionLine(
                finding=finding.id,
                title=next((titles[c] for c in finding.controls if c in titles), name),
                duty=duties[row["duty"]].title,
                because=Text(**row["because"]),
                decide_by=datetime.fromisoformat(row["decide_by"]),
                is_overdue=row["overdue"],
                grade=duties[row["duty"]].grade,
                sources=tuple(source.id for source in duties[row["duty"]].sources),
            )
        )
    return tuple(lines)
