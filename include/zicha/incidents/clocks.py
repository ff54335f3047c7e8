"""The obligations that an incident starts: one per duty, whatever is learned later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from zicha.catalog.duties import Duty
from zicha.catalog.escalation import Escalation
from zicha.catalog.owners import one_name
from zicha.catalog.scope import Scope
from zicha.duties.obligations import CLOCK, OWED, act, advance
from zicha.incidents.facts import IncidentFile
from zicha.incidents.telling import BELOW, Told
from zicha.model.errors import ConfigError
from zicha.model.obligation import Act, Obligation, ObligationState, ObligationStep, obligation_id

SETTLED = frozenset((ObligationState.HANDED_IN, ObligationState.DONE, ObligationState.WITHDRAWN))
MOVABLE = OWED | {ObligationState.PLANNED}


def is_question(row: Told) -> bool:
    """Whether a person has to say if this row's duty is owed at all."""
    return row.level is not None and row.level.endswith("?")


def is_owed(row: Told, decided: Mapping[str, bool]) -> bool:
    """Whether its clock runs: certainly, by a person's word, or for a level that may stand.

    A level that only a person can confirm starts the clock all the same: it runs from the moment
    that the instrument names, not from the person's answer.
    """
    if row.level == BELOW:
        return False
    if not is_question(row):
        return True
    return decided.get(row.duty, row.level != "?")


@dataclass(frozen=True)
class Clocks:
    """Everything that starting clocks needs beside the rows."""

    scope: Scope
    duties: Mapping[str, Duty]
    table: Escalation

    def owed(
        self, incident: str, file: IncidentFile, rows: Iterable[Told], decided: Mapping[str, bool]
    ) -> list[Obligation]:
        """The obligations of the incident: its id is their cycle, so that none opens twice."""
        by_duty: dict[str, list[Told]] = {}
        for row in rows:
            if is_owed(row, decided):
                by_duty.setdefault(row.duty, []).append(row)
        return [self._obligation(incident, file, found) for found in by_duty.values()]

    def steps(
        self,
        known: Iterable[Obligation],
        owed: Iterable[Obligation],
        refused: Mapping[str, str],
        refusals: Mapping[str, int],
        *,
        now: datetime,
        actor: str,
    ) -> list[ObligationStep]:
        """What is new, what moves, what a person refused with a reason, what time does to them."""
        known = list(known)
        standing = {each.id: each for each in known}
        steps: list[ObligationStep] = []
        for planned in owed:
            earlier = [k for k in known if (k.duty, k.of) == (planned.duty, planned.of)]
            each = _current(planned, earlier, refusals.get(planned.duty, 0))
            before = standing.get(each.id)
            if before is None:
                steps.append(ObligationStep(each, Act.PLAN, None, now, CLOCK))
                standing[each.id] = each
            elif before.state in MOVABLE and (before.due, before.opens_at) != (
                each.due,
                each.opens_at,
            ):
                moved = replace(before, due=each.due, opens_at=each.opens_at, level=0)
                steps.append(ObligationStep(moved, Act.MOVE, before.state, now, CLOCK))
                standing[each.id] = moved
        for each in list(standing.values()):
            if each.duty in refused and each.state in MOVABLE:
                ended = act(each, Act.WITHDRAW, now, actor, refused[each.duty])
                steps.append(ended)
                standing[each.id] = ended.obligation
        return steps + advance(standing.values(), now, self.table)

    def _obligation(self, incident: str, file: IncidentFile, rows: list[Told]) -> Obligation:
        duty = self.duties[rows[0].duty]
        of = self._owner(duty, file)
        person = one_name([self.scope.system(of).owner]) if of == file.system else ""
        return Obligation(
            id=obligation_id(duty.id, of, incident),
            duty=duty.id,
            of=of,
            cycle=incident,
            state=ObligationState.PLANNED,
            due=min((row.plan_by for row in rows if row.plan_by is not None), default=None),
            opens_at=min(row.clock_from for row in rows),
            owner=person or self.table.head,
            disputed=any(row.disputed for row in rows),
        )

    def _owner(self, duty: Duty, file: IncidentFile) -> str:
        if file.system is not None:
            system = self.scope.system(file.system)
            return system.id if duty.owed_per == "system" else system.entity
        if len(self.scope.entities) == 1:
            return self.scope.entities[0].id
        raise ConfigError("the scope has several entities: name the system that the incident hit")


def cycles_of(incident: str, obligation: Obligation) -> bool:
    """Whether the obligation is one of this incident's."""
    return obligation.cycle == incident or obligation.cycle.startswith(f"{incident}/")


def _current(planned: Obligation, earlier: list[Obligation], refusals: int) -> Obligation:
    """The obligation under the name it has; one that a decision withdrew may be owed after all.

    What a person withdrew otherwise stays withdrawn, however often the facts are updated.
    """
    live = [each for each in earlier if each.state is not ObligationState.WITHDRAWN]
    if live:
        return replace(planned, id=live[-1].id, cycle=live[-1].cycle)
    if not earlier or len(earlier) > refusals:
        return planned
    cycle = f"{planned.cycle}/{len(earlier) + 1}"
    return replace(planned, id=obligation_id(planned.duty, planned.of, cycle), cycle=cycle)
