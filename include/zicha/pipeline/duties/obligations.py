"""Watching duties: plan what is owed, let time pass, keep the history; safe to repeat."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zicha.catalog.conditions import load_facts
from zicha.catalog.duties import NOT_ADVICE, Duty, load_duties
from zicha.catalog.owners import owner_text
from zicha.catalog.scope import Scope
from zicha.duties.obligations import CLOCK, act, advance
from zicha.duties.planning import Planner
from zicha.duties.time import ZONE
from zicha.duties.working_days import chinese_working_days
from zicha.model.obligation import Act, Obligation, ObligationStep
from zicha.pipeline.duties.showing import (
    escalation_of,
    moment,
    refuse_unknown_duties,
    said,
    targets,
)
from zicha.pipeline.orders.books import refresh
from zicha.pipeline.workplace import Workplace
from zicha.storage import obligations as stored


def planner(scope: Scope) -> Planner:
    """The planner over the catalogue and the user's scope."""
    duties = load_duties()
    refuse_unknown_duties(scope, duties)
    return Planner(
        scope, duties, load_facts(), chinese_working_days(), escalation_of(scope),
        targets(scope),
    )  # fmt: skip


def steps_of(planning: Planner, known: list[Obligation], now: datetime) -> list[ObligationStep]:
    """Everything that this moment does: new ones, moved ones, and what time does to all."""
    owed = planning.plan(known, now)
    moved = {each.id: each for each in owed.moved}
    steps = [ObligationStep(each, Act.PLAN, None, now, CLOCK) for each in owed.new]
    steps += [ObligationStep(each, Act.MOVE, each.state, now, CLOCK) for each in owed.moved]
    standing = [moved.get(each.id, each) for each in known]
    return steps + advance([*standing, *owed.new], now, planning.table)


def watch_duties(place: Workplace) -> dict[str, Any]:
    """One look at the clock: what was planned, opened, moved, told, and what is still unstarted."""
    now, planning = place.clock(), planner(place.scope)
    with place.database.write() as connection:
        reopened = refresh(place, connection)
        known = stored.listed(connection)
        steps = steps_of(planning, known, now)
        stored.apply(connection, steps)
    owed = planning.plan(known, now)
    lacking = planning.days.lacking(now.astimezone(ZONE).date())
    return {
        "at": moment(now),
        "steps": [
            {"obligation": step.obligation.id, "act": step.act.value, "detail": step.detail}
            for step in steps
        ],
        "reopened_items": reopened,
        "unanchored": [{"duty": duty, "of": of} for duty, of in owed.unanchored],
        "unbound": list(owed.unbound),
        "undetermined": [
            {"duty": duty, "system": system, "declare": list(declare)}
            for duty, system, declare in planning.undetermined
        ],
        "year_without_a_table": lacking,
        "note": said(NOT_ADVICE),
    }


def record(place: Workplace, id_: str, what: Act, actor: str, detail: str = "") -> dict[str, Any]:
    """What a person did about one obligation, and how it stands now."""
    with place.database.write() as connection:
        step = act(stored.get(connection, id_), what, place.clock(), actor, detail)
        stored.apply(connection, [step])
    return _row(step.obligation, place.scope, load_duties())


def calendar_rows(place: Workplace, month: str = "") -> list[dict[str, Any]]:
    """Every obligation, ended ones too, the next due first; or those of one month."""
    with place.database.read() as connection:
        known = stored.listed(connection)
    duties = load_duties()
    rows = [_row(each, place.scope, duties) for each in known]
    shown = [row for row in rows if not month or str(row["due"] or "").startswith(month)]
    return sorted(shown, key=lambda row: (row["due"] or "9999", row["obligation"]))


def _row(each: Obligation, scope: Scope, duties: dict[str, Duty]) -> dict[str, Any]:
    # A duty may leave the catalogue; what was owed under it stays on record.
    duty = duties.get(each.duty)
    return {
        "obligation": each.id,
        "duty": each.duty,
        "title": said(duty.title) if duty else None,
        "of": each.of,
        "system": each.of if each.of in {system.id for system in scope.systems} else None,
        "due": moment(each.due and each.due.astimezone(ZONE)),
        "state": each.state.value,
        "owner": each.owner,
        "owner_name": said(owner_text(scope, each.owner)),
        "opens_at": moment(each.opens_at.astimezone(ZONE)),
        "done_at": moment(each.done_at and each.done_at.astimezone(ZONE)),
        "was_late": each.was_late,
        "provisional": each.provisional,
        "disputed": each.disputed,
        "grade": duty.grade if duty else None,
        "sources": [source.id for source in duty.sources] if duty else [],
        "note": said(NOT_ADVICE),
    }
