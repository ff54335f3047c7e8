"""An incident's own moments as Airflow's deadlines: read from the run, told when they come."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.definitions.deadline import BaseDeadlineReference
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SLACK = "slack"
"""The connection that holds the token of the team's channel."""

log = logging.getLogger(__name__)


@dataclass(eq=False)
class IncidentMoment(BaseDeadlineReference):  # type: ignore[misc]  # mypy skips airflow
    """The n-th moment that the run carries; a run with fewer has no such deadline."""

    place: int = 0
    required_kwargs: ClassVar[set[str]] = {"dag_id", "run_id"}

    def serialize_reference(self) -> dict[str, Any]:
        """As Airflow writes it down."""
        return {"reference_type": self.reference_name, "place": self.place}

    @classmethod
    def deserialize_reference(cls, reference_data: dict[str, Any]) -> IncidentMoment:
        """As Airflow reads it back."""
        return cls(place=int(reference_data["place"]))

    def _evaluate_with(self, *, session: Session, dag_id: str, run_id: str) -> datetime | None:
        # Airflow calls this name, when a run is made.
        from airflow.models import DagRun
        from sqlalchemy import select

        said = select(DagRun.conf).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
        return moment_at(session.execute(said).scalar_one_or_none(), self.place)


def moment_at(conf: Mapping[str, Any] | None, place: int) -> datetime | None:
    """The moment at this place; None when there is none, or what stands there is no moment."""
    moments = (conf or {}).get("moments")
    if not isinstance(moments, list) or place >= len(moments):
        return None
    try:
        found = datetime.fromisoformat(str(moments[place]))
    except ValueError:
        log.warning("a moment of the run is none and is left out")
        return None
    return found if found.tzinfo else None


async def tell_moment(context: Mapping[str, Any]) -> None:
    """Tell what is near or late of the incident that the run follows.

    In the triggerer: what a deadline calls in an executor may not read a connection.
    """
    from zicha_airflow.credentials import connection_found

    conf = context["dag_run"].get("conf") or {}
    found = {SLACK: await connection_found(SLACK)}
    await asyncio.to_thread(_tell, str(conf.get("incident", "")), found)


def _tell(incident: str, found: Mapping[str, Any]) -> None:
    from zicha.pipeline.alerts.following import alert_limits
    from zicha.pipeline.workplace import open_workplace
    from zicha_airflow.credentials import AirflowCredentials

    place = open_workplace(os.environ, AirflowCredentials(os.environ, found.get))
    try:
        log.info("told %s", alert_limits(place, incident))
    finally:
        place.database.close()


class IncidentPulse(BaseEventTrigger):  # type: ignore[misc]  # mypy skips airflow
    """Fires whenever something is said or done about an incident, and once when it starts."""

    def __init__(self, poll_s: float = 5.0) -> None:
        """Look every so many seconds."""
        super().__init__()
        self.poll_s = poll_s

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """As Airflow writes it down."""
        return f"{__name__}.{type(self).__name__}", {"poll_s": self.poll_s}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until the triggerer ends us; what cannot be read is looked at again."""
        place: Any = None
        last = ""
        while True:
            try:
                place = place or await asyncio.to_thread(_opened)
                found = await asyncio.to_thread(_pulse, place)
            except Exception as error:  # noqa: BLE001 - the sweep's schedule stays; look again
                log.warning("incidents cannot be looked at: %s", type(error).__name__)
                found = last
            if found != last:
                last = found
                yield TriggerEvent({"pulse": found})
            await asyncio.sleep(self.poll_s)


def _opened() -> Any:
    from zicha.pipeline.workplace import open_workplace

    return open_workplace(os.environ)


def _pulse(place: Any) -> str:
    from zicha.pipeline.alerts.following import pulse

    return pulse(place)
