"""The life of an obligation: an explicit table of what may follow what, and the passing of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from zicha.catalog.escalation import Escalation
from zicha.model.errors import ConfigError
from zicha.model.obligation import Act, Obligation, ObligationStep
from zicha.model.obligation import ObligationState as State

CLOCK = "clock"
"""The actor of what time alone does."""

TABLE: Mapping[tuple[State, Act], State] = {
    (State.PLANNED, Act.OPEN): State.OPEN,
    (State.OPEN, Act.TAKE): State.IN_PROGRESS,
    (State.OPEN, Act.HAND_IN): State.HANDED_IN,
    (State.OPEN, Act.FALL_DUE): State.OVERDUE,
    (State.IN_PROGRESS, Act.HAND_IN): State.HANDED_IN,
    (State.IN_PROGRESS, Act.FALL_DUE): State.OVERDUE,
    (State.OVERDUE, Act.TAKE): State.OVERDUE,
    (State.OVERDUE, Act.HAND_IN): State.HANDED_IN,
    (State.HANDED_IN, Act.ACCEPT): State.DONE,
    (State.HANDED_IN, Act.RETURN): State.RETURNED,
    (State.RETURNED, Act.TAKE): State.IN_PROGRESS,
    (State.RETURNED, Act.HAND_IN): State.HANDED_IN,
    (State.RETURNED, Act.FALL_DUE): State.OVERDUE,
    (State.PLANNED, Act.WITHDRAW): State.WITHDRAWN,
    (State.OPEN, Act.WITHDRAW): State.WITHDRAWN,
    (State.IN_PROGRESS, Act.WITHDRAW): State.WITHDRAWN,
    (State.OVERDUE, Act.WITHDRAW): State.WITHDRAWN,
    (State.RETURNED, Act.WITHDRAW): State.WITHDRAWN,
}
"""What may follow what; anything else is refused."""

OWED = frozenset((State.OPEN, State.IN_PROGRESS, State.OVERDUE, State.RETURNED))


def act(
    obligation: Obligation, what: Act, at: datetime, actor: str, detail: str = ""
) -> ObligationStep:
    """One step of the table, or a refusal that says what is possible."""
    after = TABLE.get((obligation.state, what))
    if after is None:
        possible = ", ".join(a.value for state, a in TABLE if state is obligation.state)
        raise ConfigError(
            f"{obligation.id} is {obligation.state.value}: {what.value} is not possible, "
            f"only {possible or 'nothing'}"
        )
    if what is Act.WITHDRAW and not detail:
        raise ConfigError(f"{obligation.id}: say why it is withdrawn")
    owner = actor if what is Act.TAKE else obligation.owner
    done_at = at if what in {Act.HAND_IN, Act.ACCEPT} and not obligation.done_at else None
    changed = replace(
        obligation,
        state=after,
        owner=owner,
        was_late=obligation.was_late or what is Act.FALL_DUE,
        # What counts is when it was handed in; a returned one was not.
        done_at=None if what is Act.RETURN else done_at or obligation.done_at,
    )
    return ObligationStep(changed, what, obligation.state, at, actor, detail)


def advance(
    obligations: Iterable[Obligation], now: datetime, table: Escalation
) -> list[ObligationStep]:
    """What the passing of time does to each: opens it, calls it overdue, tells the next person.

    A day that was missed is caught up with: each state is passed through, and of several steps of
    the escalation only the latest is told.
    """
    return [step for each in obligations for step in _advance(each, now, table)]


def _advance(obligation: Obligation, now: datetime, table: Escalation) -> Iterator[ObligationStep]:
    if obligation.state is State.PLANNED and obligation.opens_at <= now:
        step = act(obligation, Act.OPEN, now, CLOCK)
        obligation = step.obligation
        yield step
    due = obligation.due
    if due is None or obligation.state not in OWED:
        return
    if due < now and obligation.state is not State.OVERDUE:
        step = act(obligation, Act.FALL_DUE, now, CLOCK)
        obligation = step.obligation
        yield step
    # A step that lies before the beginning is none of this obligation's: four hours have no
    # "two days left".
    moments = enumerate((due - each.before for each in table.steps), start=1)
    reached = max((n for n, at in moments if obligation.opens_at <= at <= now), default=0)
    if reached > obligation.level:
        told = table.steps[reached - 1]
        risen = replace(obligation, level=reached)
        detail = f"{told.severity} {told.to}: {told.says.en}"
        yield ObligationStep(risen, Act.ESCALATE, obligation.state, now, CLOCK, detail)
