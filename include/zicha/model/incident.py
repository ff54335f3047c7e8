"""An incident: how it stands, and the explicit table of what may follow what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from zicha.model.errors import ConfigError


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    REPORTED = "reported"
    CLOSED = "closed"
    REOPENED = "reopened"


class IncidentAct(StrEnum):
    """What can happen to one."""

    OPEN = "open"
    UPDATE = "update"
    SUBMIT = "submit"
    CLOSE = "close"
    REOPEN = "reopen"


TABLE: Mapping[tuple[IncidentState, IncidentAct], IncidentState] = {
    (IncidentState.OPEN, IncidentAct.UPDATE): IncidentState.OPEN,
    (IncidentState.OPEN, IncidentAct.SUBMIT): IncidentState.REPORTED,
    (IncidentState.OPEN, IncidentAct.CLOSE): IncidentState.CLOSED,
    (IncidentState.REPORTED, IncidentAct.UPDATE): IncidentState.REPORTED,
    (IncidentState.REPORTED, IncidentAct.SUBMIT): IncidentState.REPORTED,
    (IncidentState.REPORTED, IncidentAct.CLOSE): IncidentState.CLOSED,
    (IncidentState.CLOSED, IncidentAct.REOPEN): IncidentState.REOPENED,
    (IncidentState.REOPENED, IncidentAct.UPDATE): IncidentState.REOPENED,
    (IncidentState.REOPENED, IncidentAct.SUBMIT): IncidentState.REPORTED,
    (IncidentState.REOPENED, IncidentAct.CLOSE): IncidentState.CLOSED,
}
"""What may follow what; anything else is refused."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident as it stands; its facts are in its versions."""

    id: str
    state: IncidentState
    opened_at: datetime
    actor: str

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is done about it."""
        return self.state is IncidentState.CLOSED


@dataclass(frozen=True, slots=True)
class IncidentStep:
    """Something that happened: how the incident stands now, and how it stood before."""

    incident: Incident
    act: IncidentAct
    before: IncidentState | None
    at: datetime
    actor: str
    detail: str = ""


def step(
    incident: Incident, what: IncidentAct, at: datetime, actor: str, detail: str = ""
) -> IncidentStep:
    """One step of the table, or a refusal that says what is possible."""
    after = TABLE.get((incident.state, what))
    if after is None:
        possible = ", ".join(act.value for state, act in TABLE if state is incident.state)
        raise ConfigError(
            f"incident {incident.id} is {incident.state.value}: {what.value} is not possible, "
            f"only {possible}"
        )
    return IncidentStep(replace(incident, state=after), what, incident.state, at, actor, detail)
