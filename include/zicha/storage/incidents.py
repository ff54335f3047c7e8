"""Incidents as they stand; their facts, reports, submissions and decisions, which only grow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select

from zicha.custody.canonical import canonical_digest
from zicha.model.errors import ConfigError
from zicha.model.incident import Incident, IncidentState, IncidentStep
from zicha.storage.schema_duties import (
    incident_documents,
    incident_events,
    incident_reports,
    incident_submissions,
    incident_versions,
    incidents,
    obligation_events,
    report_decisions,
)
from zicha.storage.writing import put

Row = dict[str, Any]
HISTORY: dict[str, Table] = {
    "event": incident_events,
    "version": incident_versions,
    "report": incident_reports,
    "submission": incident_submissions,
    "document": incident_documents,
}


def apply(connection: Connection, step: IncidentStep) -> Row:
    """Write how the incident stands now, and append what happened to it."""
    put(connection, incidents, [asdict(step.incident) | {"state": step.incident.state.value}])
    return _append(
        connection,
        incident_events,
        incident=step.incident.id,
        act=step.act.value,
        before=None if step.before is None else step.before.value,
        after=step.incident.state.value,
        at=step.at,
        actor=step.actor,
        detail=step.detail,
    )


def get(connection: Connection, id_: str) -> Incident:
    """The incident of this id."""
    said = select(incidents).where(incidents.c.id == id_)
    found = connection.execute(said).mappings().one_or_none()
    if found is None:
        raise ConfigError(f"no incident has the id {id_}: choose one of `zicha incident list`")
    return _incident(found)


def listed(connection: Connection) -> list[Incident]:
    """Every incident, the newest first."""
    said = select(incidents).order_by(incidents.c.opened_at.desc(), incidents.c.id.desc())
    return [_incident(row) for row in connection.execute(said).mappings()]


def next_id(connection: Connection, day: str) -> str:
    """The id of the next incident of a day."""
    begin = f"inc-{day}-"
    said = select(func.count()).where(incidents.c.id.startswith(begin, autoescape=True))
    return f"{begin}{int(connection.execute(said).scalar_one()) + 1:03d}"


def add_version(
    connection: Connection, incident: str, facts: Row, *, at: datetime, actor: str
) -> Row:
    """Append what is known now."""
    number = len(of_incident(connection, "version", incident)) + 1
    return _append(
        connection,
        incident_versions,
        incident=incident,
        number=number,
        facts=facts,
        digest=canonical_digest(facts),
        at=at,
        actor=actor,
    )


def add_report(connection: Connection, **said: Any) -> Row:
    """Append a report that was built."""
    return _append(connection, incident_reports, **said)


def add_submission(connection: Connection, **said: Any) -> Row:
    """Append that a person handed a report in."""
    return _append(connection, incident_submissions, **said)


def add_document(connection: Connection, **said: Any) -> Row:
    """Append that a report was written as a file."""
    return _append(connection, incident_documents, **said)


def add_decision(connection: Connection, **said: Any) -> Row:
    """Append what a person decided."""
    return _append(connection, report_decisions, **said)


def newest_version(connection: Connection, incident: str) -> Row:
    """What is known of an incident now."""
    return of_incident(connection, "version", incident)[-1]


def of_incident(connection: Connection, what: str, incident: str) -> list[Row]:
    """The events, versions, reports, submissions or documents of one incident, in order."""
    table = HISTORY[what]
    said = select(table).where(table.c.incident == incident).order_by(table.c.id)
    return [dict(row) for row in connection.execute(said).mappings()]


def pulse(connection: Connection) -> str:
    """A mark that changes whenever an incident or any obligation does."""
    newest = (
        connection.execute(select(func.max(table.c.id))).scalar()
        for table in (incident_events, obligation_events)
    )
    return "/".join(str(number or 0) for number in newest)


def kept(connection: Connection) -> Iterator[tuple[str, Row]]:
    """Every row of every incident's history, with what it is."""
    for what, table in HISTORY.items():
        for row in connection.execute(select(table).order_by(table.c.id)).mappings():
            yield what, dict(row)


def decisions(connection: Connection, prefix: str = "") -> list[Row]:
    """What was decided, in order; of subjects that begin so."""
    said = select(report_decisions).order_by(report_decisions.c.id)
    if prefix:
        said = said.where(report_decisions.c.subject.startswith(prefix, autoescape=True))
    return [dict(row) for row in connection.execute(said).mappings()]


def _append(connection: Connection, table: Table, **row: Any) -> Row:
    connection.execute(table.insert(), [row])
    return row


def _incident(row: RowMapping) -> Incident:
    return Incident(**{**row, "state": IncidentState(row["state"])})
