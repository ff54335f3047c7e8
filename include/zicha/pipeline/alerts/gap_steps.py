"""A gap that stays goes up, by a table in working days that the user owns: each step told once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from zicha.alerts.gap_message import OldGap, compose_step
from zicha.catalog.alert_rules import GapStep, load_alert_rules
from zicha.catalog.owners import owner_text
from zicha.catalog.scope_alerts import Destination
from zicha.duties.working_days import chinese_working_days
from zicha.model.standing_gap import StandingGap
from zicha.model.text import Text
from zicha.pipeline.alerts.destinations import every_destination, mask_of, team_of
from zicha.pipeline.alerts.entering import enter
from zicha.pipeline.alerts.signals import gap_id
from zicha.pipeline.workplace import Workplace
from zicha.storage import gaps, messages

KEY = "gap-step-"


def escalate_gaps(place: Workplace) -> list[str]:
    """Put into the outbox the gaps that reached a step nobody was told of; the keys.

    Sending is left to whoever sends what is due.
    """
    with place.database.read() as connection:
        standing = gaps.standing(connection)
    if not standing:
        return []
    known = every_destination(place)
    told = []
    for step in steps_of(place):
        reached = [gap for gap in standing if _has_stayed(place, gap, step.working_days)]
        for to in [known[id_] for id_ in step.to] or [team_of(place)]:
            told += _tell(place, step, to, [_old(place, gap) for gap in reached])
    return told


def steps_of(place: Workplace) -> tuple[GapStep, ...]:
    """The steps of the scope; where it has none, those of the catalogue."""
    own = place.scope.alerts.gap_steps
    return load_alert_rules().gap_steps if own is None else own


def _tell(place: Workplace, step: GapStep, to: Destination, reached: Iterable[OldGap]) -> list[str]:
    kind = f"{KEY}{step.working_days}-"
    with place.database.write() as connection:
        before = messages.of_kind(connection, kind, to.recipient)
        heard = {id_ for message in before for id_ in message.body["members"]}
        late = [gap for gap in reached if gap.id not in heard]
        if not late:
            return []
        now = place.clock()
        message = compose_step(
            f"{kind}{now.isoformat(timespec='seconds')}:{to.recipient}",
            late,
            step.working_days,
            Text(step.says.zh, step.says.en),
            mask=mask_of(place, to),
            demo=place.scope.demo,
        )
        members = {"members": sorted(gap.id for gap in late)}
        enter(place, connection, to, message, extra=members)
    return [message.key]


def _has_stayed(place: Workplace, gap: StandingGap, days: int) -> bool:
    return chinese_working_days().count(_met(place, gap), days).day <= date.fromisoformat(
        place.today()
    )


def _met(place: Workplace, gap: StandingGap) -> date:
    return gap.since.astimezone(place.zone).date()


def _old(place: Workplace, gap: StandingGap) -> OldGap:
    owner = owner_text(place.scope, gap.owner)
    return OldGap(gap_id(gap), gap.source, owner, gap.reason, _met(place, gap))
