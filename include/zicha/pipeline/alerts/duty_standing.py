"""How the duties stand on a day, as far as the team hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from zicha.alerts.duty_message import KEY, DutyDue, DutySummary
from zicha.duties.obligations import OWED
from zicha.duties.planning import Planner
from zicha.duties.time import ZONE, end_of
from zicha.model.errors import ConfigError
from zicha.model.obligation import Act, Obligation
from zicha.pipeline.duties.obligations import planner
from zicha.pipeline.workplace import Workplace, checked_day
from zicha.storage import messages
from zicha.storage import obligations as stored


def duty_summary(place: Workplace, day: str, recipient: str) -> DutySummary:
    """What opened since the recipient last heard, what is near, what is late.

    A day that is over is told as of its last second, from what is known now.

    Raises:
        ConfigError: the day is none, or still to come.
    """
    told, now = date.fromisoformat(checked_day(day)), place.clock()
    if told > now.astimezone(ZONE).date():
        raise ConfigError(f"{day} is still to come: duties are told on their day")
    as_of, planning = min(now, end_of(told)), planner(place.scope)
    with place.database.read() as connection:
        known = stored.listed(connection)
        history = stored.history(connection)
        since = messages.last_left(connection, KEY, recipient)
    opened = _opened(history, since, as_of)
    owed = [each for each in known if each.state in OWED]
    dated = [(each, each.due) for each in owed if each.due is not None]
    near = [each for each, due in dated if due >= as_of and each.level]
    return DutySummary(
        day=day,
        demo=place.scope.demo,
        opened=_said(each for each in owed if each.id in opened),
        near=_said(near),
        late=_said(each for each, due in dated if due < as_of),
        undated=_said(each for each in owed if each.due is None),
        unstarted=len(planning.plan(known, as_of).unanchored),
        pressing=any(_is_critical(each, planning) for each in near),
        lacking_year=planning.days.lacking(told),
    )


def _opened(history: Iterable[dict[str, Any]], since: datetime | None, until: datetime) -> set[str]:
    steps = [step for step in history if step["act"] == Act.OPEN.value and step["at"] <= until]
    return {step["obligation"] for step in steps if since is None or step["at"] > since}


def _said(obligations: Iterable[Obligation]) -> tuple[DutyDue, ...]:
    return tuple(
        DutyDue(
            each.duty,
            each.due.astimezone(ZONE).date() if each.due else None,
            each.provisional,
            each.disputed,
        )
        for each in obligations
    )


def _is_critical(each: Obligation, planning: Planner) -> bool:
    # The table may have become shorter since the step was taken.
    steps = planning.table.steps[: each.level]
    return bool(steps) and steps[-1].severity == "critical"
