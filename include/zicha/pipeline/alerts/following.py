"""Following an open incident: the moments at which somebody must hear of what is not handed in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from zicha.alerts.deadline_message import Limit, compose_limits
from zicha.catalog.escalation import Escalation
from zicha.duties.obligations import OWED, advance
from zicha.duties.time import ZONE
from zicha.incidents.clocks import SETTLED, cycles_of
from zicha.model.errors import DeliveryError
from zicha.model.obligation import Obligation
from zicha.pipeline.alerts.announcing import PATIENCE, recipient, tell
from zicha.pipeline.duties.showing import escalation_of, moment
from zicha.pipeline.workplace import Workplace
from zicha.storage import incidents, messages, obligations

MOST_MOMENTS = 32
"""How many moments one follow-up carries; more than these are told by the sweep."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One open incident as far as its limits go.

    Args:
        digest: names the moments: when one moves or is handed in, this is another follow-up.
        moments: when a limit is near or over, in order; those long over come first.
    """

    incident: str
    digest: str
    moments: tuple[datetime, ...]

    @property
    def name(self) -> str:
        """The name of the run that follows it: the same as long as nothing moved."""
        return f"{self.incident}__{self.digest}"


def follow_ups(place: Workplace) -> list[FollowUp]:
    """Every open incident of which something with a moment is not handed in."""
    table = escalation_of(place.scope)
    with place.database.read() as connection:
        open_ = [each.id for each in incidents.listed(connection) if not each.is_closed]
        owed = {id_: _owed(connection, id_) for id_ in open_}
    found = [_follow_up(id_, of_incident, table) for id_, of_incident in owed.items()]
    return [each for each in found if each.moments]


def runs_to_start(place: Workplace) -> list[dict[str, Any]]:
    """For each follow-up the name of its run and what the run carries: ids and moments."""
    return [
        {
            "trigger_run_id": each.name,
            "conf": {
                "incident": each.incident,
                "digest": each.digest,
                "moments": [moment(at) for at in each.moments[:MOST_MOMENTS]],
            },
        }
        for each in follow_ups(place)
    ]


def alert_open_incidents(place: Workplace) -> list[dict[str, Any]]:
    """Tell of every open incident what is near or late and was not told yet.

    Raises:
        DeliveryError: a message surely did not arrive; all the others were tried.
    """
    told, failed = [], []
    for each in follow_ups(place):
        try:
            told.append(alert_limits(place, each.incident))
        except DeliveryError as error:
            failed.append(f"{each.incident}: {error}")
    if failed:
        raise DeliveryError("; ".join(failed))
    return told


def is_followed(place: Workplace, incident: str, digest: str) -> bool:
    """Whether this follow-up may end: nothing is owed any more, or another one took over."""
    return (incident, digest) not in {(e.incident, e.digest) for e in follow_ups(place)}


def alert_limits(place: Workplace, incident: str) -> dict[str, Any]:
    """Let time pass for the incident's obligations, and tell once what that means.

    Raises:
        ConfigError: there is no such incident.
        DeliveryError: the channel surely did not take it; the outbox keeps it as failed.
    """
    now, table = place.clock(), escalation_of(place.scope)
    with place.database.write() as connection:
        is_closed = incidents.get(connection, incident).is_closed
        obligations.apply(connection, advance(_owed(connection, incident), now, table))
        owed = [] if is_closed else _owed(connection, incident)
    limits = [_limit(each, each.due, now, table) for each in owed if each.due is not None]
    told = [each for each in limits if each.late or each.level]
    if not told:
        return {"incident": incident, "state": "nothing-near"}
    message, to = compose_limits(incident, told, place.scope.demo), recipient(place)
    with place.database.read() as connection:
        # One that may have arrived is not repeated at every look: a person looks into the channel.
        if messages.left(connection, f"{message.key}:", to):
            return {"incident": incident, "state": "told", "to": to}
    with place.database.write() as connection:
        messages.supersede(connection, f"incident-{incident}-", to, f"{message.key}:{to}")
    return {"incident": incident} | tell(place, message, patience=PATIENCE)


def pulse(place: Workplace) -> str:
    """A mark that changes whenever anything is said or done about an incident."""
    with place.database.read() as connection:
        return incidents.pulse(connection)


def _owed(connection: Connection, incident: str) -> list[Obligation]:
    known = obligations.listed(connection)
    return [e for e in known if cycles_of(incident, e) and e.state not in SETTLED]


def _follow_up(id_: str, owed: Iterable[Obligation], table: Escalation) -> FollowUp:
    moments = sorted({at for each in owed for at in _moments(each, table)})
    said = "\n".join(at.astimezone(ZONE).isoformat() for at in moments)
    return FollowUp(id_, hashlib.sha256(said.encode()).hexdigest()[:12], tuple(moments))


def _moments(each: Obligation, table: Escalation) -> Iterable[datetime]:
    """When it is due, and each step of the table that does not lie before its beginning."""
    if each.due is None:
        return ()
    steps = (each.due - step.before for step in table.steps)
    return {each.due, *(at for at in steps if at >= each.opens_at)}


def _limit(each: Obligation, due: datetime, now: datetime, table: Escalation) -> Limit:
    # The table may have become shorter since the step was taken.
    reached = table.steps[: each.level]
    return Limit(
        duty=each.duty,
        due=due.astimezone(ZONE),
        late=due < now and each.state in OWED,
        level=each.level,
        critical=bool(reached) and reached[-1].severity == "critical",
        disputed=each.disputed,
    )
