"""Reports about an incident: built as values, handed in by people, recorded when they were."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zicha.custody.canonical import canonical_digest
from zicha.custody.store import digest_of
from zicha.duties.obligations import TABLE, act
from zicha.incidents.reporting import CLOSING, FIRST, FOLLOW_UP, KINDS, Reporter
from zicha.model.errors import ConfigError
from zicha.model.incident import IncidentAct, step
from zicha.model.obligation import Act
from zicha.pipeline.handed_in import check_handed_in
from zicha.pipeline.incidents.use_cases import (
    Standing,
    desk,
    entered,
    happened,
    incident_document,
    standing,
)
from zicha.pipeline.workplace import Workplace
from zicha.storage import incidents as stored
from zicha.storage import obligations

Row = dict[str, Any]


def build_report(
    place: Workplace, id_: str, authority: str, kind: str, actor: str
) -> dict[str, Any]:
    """The report as the facts stand; the same facts give the same one."""
    if kind and kind not in KINDS:
        raise ConfigError(f"{kind!r} is no kind of report: choose {', '.join(KINDS)}")
    found, reporter = standing(place, id_), Reporter(desk(place.scope))
    with place.database.write() as connection:
        built = _to(stored.of_incident(connection, "report", id_), authority)
        sent = {row["report"] for row in stored.of_incident(connection, "submission", id_)}
        kind = kind or _next_kind(found, built, sent)
        if kind == FOLLOW_UP and not built:
            raise ConfigError(f"{authority} has no first report yet: build it with --kind first")
        if kind == FIRST and any(row["kind"] == FIRST and row["digest"] in sent for row in built):
            raise ConfigError(f"{authority} has its first report: build a follow-up")
        inherited = _inherited(built, kind, sent, found.version["number"])
        earlier = inherited["body"] if inherited else None
        body = {
            "incident": id_,
            "version": found.version["number"],
            "inherits": inherited["digest"] if inherited else "",
            **reporter.build(found.file, found.rows, authority, kind, earlier),
        }
        digest, now = canonical_digest(body), place.clock()
        if all(row["digest"] != digest for row in built):
            row = stored.add_report(
                connection,
                incident=id_,
                version=body["version"],
                authority=authority,
                kind=kind,
                body=body,
                digest=digest,
                inherits=body["inherits"],
                at=now,
                actor=actor,
            )
            entered(connection, "report", row, actor, now)
    return {"digest": digest, **body}


def record_submission(
    place: Workplace,
    id_: str,
    authority: str,
    *,
    at: datetime,
    by: str,
    channel: str,
    actor: str,
    kind: str = "",
    receipt: Path | None = None,
) -> dict[str, Any]:
    """That a person handed the newest report in; it ends what every addressee now has."""
    now = place.clock()
    check_handed_in(at, by, channel, now)
    found = standing(place, id_).file.discovered_at
    if at < found:
        raise ConfigError(
            f"{at.isoformat()} lies before the discovery at {found.isoformat()}: correct --at"
        )
    held = _digest_of(receipt)
    with place.database.write() as connection:
        incident = stored.get(connection, id_)
        built = _to(stored.of_incident(connection, "report", id_), authority)
        built = [row for row in built if kind in {"", row["kind"]}]
        if not built:
            raise ConfigError(
                f"no {kind or 'report'} to {authority} was built: run `zicha incident report` first"
            )
        said = {
            "incident": id_,
            "report": built[-1]["digest"],
            "submitted_at": at,
            "submitted_by": by,
            "channel": channel,
            "receipt": held,
        }
        known = stored.of_incident(connection, "submission", id_)
        if not any(said.items() <= row.items() for row in known):
            happened(connection, step(incident, IncidentAct.SUBMIT, now, actor, said["report"]))
            row = stored.add_submission(connection, **said, at=now, actor=actor)
            entered(connection, "submission", row, actor, now)
    _hand_in(place, id_, at, actor)
    return incident_document(place, id_)


def _hand_in(place: Workplace, id_: str, at: datetime, actor: str) -> None:
    """An obligation is handed in once everyone it names has a report that answers it."""
    found, reporter = standing(place, id_), Reporter(desk(place.scope))
    with place.database.write() as connection:
        told = _told(connection, id_)
        for each in found.owed:
            wanted = reporter.addressees(each.duty, found.rows)
            possible = (each.state, Act.HAND_IN) in TABLE
            if possible and wanted and set(wanted) <= told.get(each.duty, set()):
                detail = f"reported to {', '.join(wanted)}"
                obligations.apply(connection, [act(each, Act.HAND_IN, at, actor, detail)])


def _told(connection: Connection, id_: str) -> dict[str, set[str]]:
    """By duty, who has a report that answers it."""
    sent = {row["report"] for row in stored.of_incident(connection, "submission", id_)}
    told: dict[str, set[str]] = {}
    for row in stored.of_incident(connection, "report", id_):
        if row["digest"] in sent:
            for duty in row["body"]["duties"]:
                told.setdefault(duty["id"], set()).add(row["authority"])
    return told


def _to(built: list[Row], authority: str) -> list[Row]:
    return [row for row in built if row["authority"] == authority]


def _next_kind(found: Standing, built: list[Row], sent: set[str]) -> str:
    if not any(row["digest"] in sent for row in built):
        return FIRST
    return CLOSING if found.file.handling_finished_at is not None else FOLLOW_UP


def _inherited(built: list[Row], kind: str, sent: set[str], version: int) -> Row | None:
    """The report that this one goes on from: a draft of the same kind is replaced, not followed."""
    if not built:
        return None
    last = built[-1]
    drafted = last["digest"] not in sent or last["version"] == version
    if last["kind"] == kind and drafted:
        return next((row for row in built if row["digest"] == last["inherits"]), None)
    return last


def _digest_of(receipt: Path | None) -> str:
    if receipt is None:
        return ""
    try:
        return digest_of(receipt.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read {receipt} ({error.strerror}): name the receipt") from error
