"""An inspection by an authority: how it stands, and the explicit table of what may follow what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from zicha.model.errors import ConfigError


class InspectionState(StrEnum):
    """Where an inspection stands."""

    OPEN = "open"
    HANDED_OVER = "handed-over"
    CLOSED = "closed"
    REOPENED = "reopened"


class InspectionAct(StrEnum):
    """What can happen in one."""

    OPEN = "open"
    COLLECT = "collect"
    SUPPLY = "supply"
    QUESTION = "question"
    ANSWER = "answer"
    MEET = "meet"
    HAND_OVER = "hand-over"
    CLOSE = "close"
    REOPEN = "reopen"


RECORDS = (
    InspectionAct.COLLECT,
    InspectionAct.SUPPLY,
    InspectionAct.QUESTION,
    InspectionAct.ANSWER,
    InspectionAct.MEET,
)
UNDER_WAY = (InspectionState.OPEN, InspectionState.HANDED_OVER, InspectionState.REOPENED)

TABLE: Mapping[tuple[InspectionState, InspectionAct], InspectionState] = {
    **{(state, act): state for state in UNDER_WAY for act in RECORDS},
    **{(state, InspectionAct.HAND_OVER): InspectionState.HANDED_OVER for state in UNDER_WAY},
    **{(state, InspectionAct.CLOSE): InspectionState.CLOSED for state in UNDER_WAY},
    (InspectionState.CLOSED, InspectionAct.REOPEN): InspectionState.REOPENED,
}
"""What may follow what; anything else is refused."""


@dataclass(frozen=True, slots=True)
class InspectionEvent:
    """Something that happened in an inspection, numbered from 1; `body` is what was said of it."""

    of: str
    number: int
    act: InspectionAct
    body: Mapping[str, Any]
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """An inspection: nothing but what happened in it, in order."""

    id: str
    state: InspectionState
    events: tuple[InspectionEvent, ...]

    @property
    def opened(self) -> Mapping[str, Any]:
        """What it was opened with: the notice, and the frozen scope."""
        return self.events[0].body

    @property
    def notice(self) -> Mapping[str, Any]:
        """The authority's notice as it was entered."""
        found: Mapping[str, Any] = self.opened["notice"]
        return found

    @property
    def frozen(self) -> Mapping[str, Any]:
        """The dated scope: later runs do not change it."""
        found: Mapping[str, Any] = self.opened["frozen"]
        return found

    def of_act(self, act: InspectionAct) -> tuple[InspectionEvent, ...]:
        """What happened of one kind."""
        return tuple(event for event in self.events if event.act is act)


def replayed(events: Sequence[InspectionEvent]) -> Inspection:
    """The inspection that these events make, from its opening on."""
    state = InspectionState.OPEN
    for event in events[1:]:
        state = after(events[0].of, state, event.act)
    return Inspection(events[0].of, state, tuple(events))


def after(id_: str, state: InspectionState, act: InspectionAct) -> InspectionState:
    """The state that an act leads to, or a refusal that says what is possible."""
    found = TABLE.get((state, act))
    if found is None:
        possible = ", ".join(a.value for s, a in TABLE if s is state)
        raise ConfigError(
            f"inspection {id_} is {state.value}: {act.value} is not possible, only {possible}"
        )
    return found


def next_event(
    inspection: Inspection, act: InspectionAct, body: Mapping[str, Any], at: datetime, actor: str
) -> InspectionEvent:
    """The next thing that happens, if the table allows it."""
    after(inspection.id, inspection.state, act)
    number = inspection.events[-1].number + 1
    return InspectionEvent(inspection.id, number, act, body, at, actor)
