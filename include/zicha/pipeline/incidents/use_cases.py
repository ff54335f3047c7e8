"""The life of an incident: opened, updated, graded; what it starts, and what still hinders its end.

Nothing here tells anybody outside: people hand reports in, and record that they did.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.conditions import load_facts, load_incident_facts
from zicha.catalog.duties import NOT_ADVICE, load_duties
from zicha.catalog.forms import load_forms
from zicha.catalog.incident_scales import load_routes, load_scales
from zicha.catalog.regulators import load_regulators
from zicha.catalog.roles import load_roles
from zicha.catalog.scope import Scope
from zicha.catalog.yaml_files import load_yaml, parse_model
from zicha.custody.canonical import canonical_digest
from zicha.duties.time import ZONE
from zicha.duties.working_days import chinese_working_days
from zicha.incidents.clocks import SETTLED, Clocks, cycles_of, is_question
from zicha.incidents.facts import IncidentFile, load_incident
from zicha.incidents.merging import merged
from zicha.incidents.telling import Desk, Told
from zicha.model.errors import ConfigError
from zicha.model.incident import Incident, IncidentAct, IncidentState, IncidentStep, step
from zicha.model.obligation import Obligation
from zicha.pipeline.duties.showing import (
    escalation_of,
    moment,
    refuse_unknown_duties,
    said,
    targets,
)
from zicha.pipeline.workplace import Workplace
from zicha.storage import incidents as stored
from zicha.storage import ledger, ledgered, obligations


@dataclass(frozen=True)
class Standing:
    """An incident with what is known and what that means."""

    incident: Incident
    version: dict[str, Any]
    file: IncidentFile
    rows: list[Told]
    decided: dict[str, dict[str, Any]]
    owed: list[Obligation]

    @property
    def blockers(self) -> list[dict[str, str]]:
        """What hinders its closing, each by name."""
        found = []
        if self.file.handling_finished_at is None:
            wants = "say handling_finished_at in an update"
            found.append({"blocker": "handling-not-finished", "of": self.incident.id, "do": wants})
        settled = {each.duty for each in self.owed}
        for duty in dict.fromkeys(row.duty for row in self.rows if is_question(row)):
            if duty not in settled and duty not in self.decided:
                wants = f"say what is missing, or `zicha incident decide {self.incident.id}/{duty}`"
                found.append({"blocker": "undecided", "of": duty, "do": wants})
        found += [
            {"blocker": "owed", "of": each.id, "do": "hand it in, or withdraw it with a reason"}
            for each in self.owed
            if each.state not in SETTLED
        ]
        return found


def desk(scope: Scope | None) -> Desk:
    """The desk over the catalogue, and over the scope when there is one."""
    duties = load_duties()
    if scope is not None:
        refuse_unknown_duties(scope, duties)
    return Desk(
        duties=duties,
        routes=load_routes(),
        scales=load_scales(),
        regulators=load_regulators(),
        forms=load_forms(),
        duty_facts=load_facts(),
        incident_facts=load_incident_facts(),
        days=chinese_working_days(),
        scope=scope,
        targets=targets(scope) if scope is not None else {},
    )


def grade_file(scope: Scope, path: Path) -> list[dict[str, Any]]:
    """Whom the incident must be reported to, by when, with what, and what is still open."""
    return [_row(row) for row in desk(scope).tell(load_incident(path))]


def open_incident(place: Workplace, path: Path, actor: str) -> dict[str, Any]:
    """Open an incident from its facts and start its clocks; the same facts open nothing twice."""
    facts, file = _checked({}, path)
    digest, now = canonical_digest(facts), place.clock()
    held = desk(place.scope)
    _refuse_what_has_not_come(file, now)
    held.tell(file)
    with place.database.write() as connection:
        for each in stored.listed(connection):
            versions = stored.of_incident(connection, "version", each.id)
            if not each.is_closed and any(v["digest"] == digest for v in versions):
                return _document(_standing(connection, held, each.id))
        day = file.discovered_at.astimezone(ZONE).date().isoformat()
        id_ = stored.next_id(connection, day)
        opened = Incident(id_, IncidentState.OPEN, now, actor)
        happened(connection, IncidentStep(opened, IncidentAct.OPEN, None, now, actor))
        return _learned(place, connection, held, id_, facts=facts, actor=actor)


def update_incident(place: Workplace, id_: str, path: Path, actor: str) -> dict[str, Any]:
    """Lay what was learned over what was known, as a new version; nothing new changes nothing."""
    held = desk(place.scope)
    with place.database.write() as connection:
        incident, before = stored.get(connection, id_), stored.newest_version(connection, id_)
        facts, file = _checked(before["facts"], path)
        taken = step(incident, IncidentAct.UPDATE, place.clock(), actor)
        if before["facts"].get("system") not in {None, file.system}:
            raise ConfigError(
                f"incident {id_} is of {before['facts']['system']}, not of {file.system}: "
                "open another incident"
            )
        _refuse_what_has_not_come(file, place.clock())
        held.tell(file)
        digest = canonical_digest(facts)
        if digest == before["digest"]:
            return _document(_standing(connection, held, id_))
        happened(connection, taken)
        return _learned(place, connection, held, id_, facts=facts, actor=actor)


def grade_incident(place: Workplace, id_: str) -> list[dict[str, Any]]:
    """Whom to tell, by when, with what, as far as is known now."""
    return [_row(row) for row in standing(place, id_).rows]


def close_incident(place: Workplace, id_: str, actor: str) -> dict[str, Any]:
    """End it, if nothing is owed or undecided any more; else every blocker is named."""
    held = desk(place.scope)
    with place.database.write() as connection:
        found = _standing(connection, held, id_)
        taken = step(found.incident, IncidentAct.CLOSE, place.clock(), actor)
        if found.blockers:
            named = "; ".join(f"{b['blocker']} {b['of']}: {b['do']}" for b in found.blockers)
            raise ConfigError(f"incident {id_} cannot be closed: {named}")
        happened(connection, taken)
        return _document(_standing(connection, held, id_))


def reopen_incident(place: Workplace, id_: str, because: str, actor: str) -> dict[str, Any]:
    """Take a closed incident up again."""
    if not because.strip():
        raise ConfigError(f"incident {id_}: say why it is reopened")
    with place.database.write() as connection:
        incident = stored.get(connection, id_)
        taken = step(incident, IncidentAct.REOPEN, place.clock(), actor, because)
        happened(connection, taken)
        return _document(_standing(connection, desk(place.scope), id_))


def incident_rows(place: Workplace) -> list[dict[str, Any]]:
    """Every incident in a line."""
    held = desk(place.scope)
    with place.database.read() as connection:
        return [
            _document(_standing(connection, held, each.id)) for each in stored.listed(connection)
        ]


def incident_document(place: Workplace, id_: str) -> dict[str, Any]:
    """One incident whole: facts, clocks, reports, their files, submissions, decisions, history."""
    with place.database.read() as connection:
        found = _standing(connection, desk(place.scope), id_)
        parts = {
            f"{what}s": [_plain(row) for row in stored.of_incident(connection, what, id_)]
            for what in ("version", "report", "document", "submission", "event")
        }
    decided = [
        _plain(row) | {"verified": load_roles().verifies(row["actor"])}
        for row in found.decided.values()
    ]
    return _document(found) | {"facts": found.version["facts"], "decisions": decided, **parts}


def standing(place: Workplace, id_: str) -> Standing:
    """The incident as it stands."""
    with place.database.read() as connection:
        return _standing(connection, desk(place.scope), id_)


def happened(connection: Connection, taken: IncidentStep) -> None:
    """Write a step of an incident, and its entry of the ledger."""
    row = stored.apply(connection, taken)
    entered(connection, "event", row, taken.actor, taken.at)


def entered(
    connection: Connection, what: str, row: dict[str, Any], actor: str, at: datetime
) -> None:
    """Let the ledger commit to a row of an incident."""
    by = ledger.person_id(connection, actor)
    draft = ledgered.of_incident(what, row)
    ledger.append(connection, [ledgered.said_by(draft, by)], at)


def start_clocks(place: Workplace, connection: Connection, id_: str, actor: str) -> None:
    """Plan, move or withdraw the obligations of the incident, as its facts and decisions say."""
    found = _standing(connection, desk(place.scope), id_)
    clocks = Clocks(place.scope, load_duties(), escalation_of(place.scope))
    decided = {duty: row["reports"] for duty, row in found.decided.items()}
    owed = clocks.owed(id_, found.file, found.rows, decided)
    certain = {row.duty for row in found.rows if not is_question(row)}
    refused = {
        duty: row["because"]
        for duty, row in found.decided.items()
        if not row["reports"] and duty not in certain
    }
    now = place.clock()
    refusals = Counter(
        row["duty"] for row in stored.decisions(connection, f"{id_}/") if not row["reports"]
    )
    steps = clocks.steps(found.owed, owed, refused, refusals, now=now, actor=actor)
    obligations.apply(connection, steps)


def _learned(
    place: Workplace,
    connection: Connection,
    held: Desk,
    id_: str,
    *,
    facts: dict[str, Any],
    actor: str,
) -> dict[str, Any]:
    now = place.clock()
    row = stored.add_version(connection, id_, facts, at=now, actor=actor)
    entered(connection, "version", row, actor, now)
    start_clocks(place, connection, id_, actor)
    return _document(_standing(connection, held, id_))


def _checked(earlier: dict[str, Any], path: Path) -> tuple[dict[str, Any], IncidentFile]:
    """Everything known with the file laid over it, held against its model."""
    if not path.is_file():
        raise ConfigError(f"{path} is not a file: name the file with the incident's facts")
    file = parse_model(merged(earlier, load_yaml(path)), IncidentFile, str(path))
    return file.model_dump(mode="json", exclude_unset=True, exclude_none=True), file


def _refuse_what_has_not_come(file: IncidentFile, now: datetime) -> None:
    for name in ("occurred_at", "discovered_at", "learned_by_vendor_at", "handling_finished_at"):
        moment: datetime | None = getattr(file, name)
        if moment is not None and moment > now:
            raise ConfigError(f"{name} {moment.isoformat()} has not come yet: correct it")


def _standing(connection: Connection, held: Desk, id_: str) -> Standing:
    incident, version = stored.get(connection, id_), stored.newest_version(connection, id_)
    file = parse_model(version["facts"], IncidentFile, f"incident {id_}")
    said_last = {row["duty"]: row for row in stored.decisions(connection, f"{id_}/")}
    owed = [each for each in obligations.listed(connection) if cycles_of(id_, each)]
    return Standing(incident, version, file, held.tell(file), said_last, owed)


def _document(found: Standing) -> dict[str, Any]:
    return {
        "incident": found.incident.id,
        "state": found.incident.state.value,
        "system": found.file.system,
        "opened": moment(found.incident.opened_at.astimezone(ZONE)),
        "discovered": moment(found.file.discovered_at),
        "version": found.version["number"],
        "obligations": [
            {
                "obligation": each.id,
                "due": moment(each.due and each.due.astimezone(ZONE)),
                "state": each.state.value,
            }
            for each in found.owed
        ],
        "blockers": [] if found.incident.is_closed else found.blockers,
        "note": said(NOT_ADVICE),
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: moment(value.astimezone(ZONE)) if isinstance(value, datetime) else value
        for name, value in row.items()
        if name != "id"
    }


def _row(row: Told) -> dict[str, Any]:
    return {
        "authority": row.authority,
        "office": said(row.office),
        "duty": row.duty,
        "also": list(row.also),
        "level": row.level,
        "due": moment(row.due),
        "at_once": row.at_once,
        "plan_by": moment(row.plan_by),
        "disputed": row.disputed,
        "clock_from": moment(row.clock_from),
        "rule": said(row.rule),
        "fields": list(row.fields),
        "later": list(row.later),
        "missing": list(row.missing),
        "judgement": [said(text) for text in row.judgement],
        "source": row.source,
        "grade": row.grade,
        "note": said(NOT_ADVICE),
    }
