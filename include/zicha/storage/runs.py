"""Runs: one inspection each, its batches, its states, and the objects it sealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from zicha.custody.store import Sealed
from zicha.model.errors import ConfigError
from zicha.storage.schema import batches, run_objects, runs
from zicha.storage.writing import add, put

OPEN, COLLECTED, JUDGED, REPORTED = "open", "collected", "judged", "reported"
STATES = (OPEN, COLLECTED, JUDGED, REPORTED)
PLANNED, SEALED, ERRORED = "planned", "sealed", "errored"
EVENT = "event"
"""The trigger of a narrow run: it looked at single subjects, and is no inspection of its day."""

_COLUMNS = [column for column in runs.c if column.name != "scope"]


@dataclass(frozen=True, slots=True)
class Run:
    """One inspection: its day is a label, its id its identity."""

    id: str
    day: str
    trigger: str
    scope_digest: str
    state: str
    started_at: datetime
    collected_at: datetime | None = None
    judged_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One source of a run: planned, then sealed or errored."""

    run: str
    source: str
    state: str
    detail: str = ""


def open_run(
    connection: Connection,
    *,
    run: str,
    day: str,
    trigger: str,
    scope_digest: str,
    scope: Any,
    at: datetime,
    again: bool = False,
) -> Run:
    """The day's open run; else its latest run, unless `again`; else a new one under this id.

    Call it in a writing transaction: then one day never has two open runs.
    """
    standing = of_day(connection, day)
    opened = next((found for found in standing if found.state == OPEN), None)
    if opened is not None:
        return opened
    if standing and not again:
        return standing[-1]
    connection.execute(
        runs.insert().values(
            id=run,
            day=day,
            trigger=trigger,
            scope_digest=scope_digest,
            scope=scope,
            state=OPEN,
            started_at=at,
        )
    )
    return Run(run, day, trigger, scope_digest, OPEN, at)


def open_narrow(
    connection: Connection, *, run: str, day: str, scope_digest: str, scope: Any, at: datetime
) -> Run:
    """The run of this id, opened for a change; it stands beside the day's run."""
    row = {
        "id": run,
        "day": day,
        "trigger": EVENT,
        "scope_digest": scope_digest,
        "scope": scope,
        "state": OPEN,
        "started_at": at,
    }
    add(connection, runs, [row], "id")
    return get(connection, run)


def get(connection: Connection, run: str) -> Run:
    """The run of this id."""
    said = select(*_COLUMNS).where(runs.c.id == run)
    found = connection.execute(said).mappings().one_or_none()
    if found is None:
        raise ConfigError(f"no run has the id {run}: choose one of `zicha outcomes --format json`")
    return Run(**found)


def scope_of(connection: Connection, run: str) -> Any:
    """The scope as it was stored when the run began."""
    return connection.execute(select(runs.c.scope).where(runs.c.id == run)).scalar_one()


def of_day(connection: Connection, day: str) -> list[Run]:
    """The inspections of a day, oldest first; what a change caused is none."""
    said = select(*_COLUMNS).where(runs.c.day == day, runs.c.trigger != EVENT)
    said = said.order_by(runs.c.started_at, runs.c.id)
    return [Run(**row) for row in connection.execute(said).mappings()]


def every(connection: Connection) -> list[Run]:
    """All runs, oldest first, those of events included."""
    said = select(*_COLUMNS).order_by(runs.c.started_at, runs.c.id)
    return [Run(**row) for row in connection.execute(said).mappings()]


def inspections(connection: Connection) -> list[Run]:
    """All runs that looked at whole sources, oldest first."""
    return [run for run in every(connection) if run.trigger != EVENT]


def latest(connection: Connection, *states: str) -> Run | None:
    """The newest inspection, or the newest in one of these states."""
    said = (
        select(*_COLUMNS)
        .where(runs.c.trigger != EVENT)
        .order_by(runs.c.started_at.desc(), runs.c.id.desc())
        .limit(1)
    )
    if states:
        said = said.where(runs.c.state.in_(states))
    found = connection.execute(said).mappings().one_or_none()
    return None if found is None else Run(**found)


def before(connection: Connection, run: Run) -> Run | None:
    """The newest judged inspection that began before this run."""
    said = (
        select(*_COLUMNS)
        .where(runs.c.trigger != EVENT)
        .where(runs.c.started_at < run.started_at, runs.c.state.in_((JUDGED, REPORTED)))
        .order_by(runs.c.started_at.desc(), runs.c.id.desc())
        .limit(1)
    )
    found = connection.execute(said).mappings().one_or_none()
    return None if found is None else Run(**found)


def newest_with(connection: Connection, source: str, run: Run) -> Run | None:
    """The newest judged inspection, this one or an earlier one, that sealed this source."""
    said = (
        select(*_COLUMNS)
        .join(batches, batches.c.run == runs.c.id)
        .where(
            batches.c.source == source,
            batches.c.state == SEALED,
            runs.c.trigger != EVENT,
            runs.c.started_at <= run.started_at,
            runs.c.state.in_((JUDGED, REPORTED)),
        )
        .order_by(runs.c.started_at.desc(), runs.c.id.desc())
        .limit(1)
    )
    found = connection.execute(said).mappings().one_or_none()
    return None if found is None else Run(**found)


def move(connection: Connection, run: str, state: str, at: datetime) -> None:
    """Bring a run to a later state; one that is there already, or further, stays as it is."""
    moments = {COLLECTED: "collected_at", JUDGED: "judged_at", REPORTED: "ended_at"}
    earlier = STATES[: STATES.index(state)]
    connection.execute(
        update(runs)
        .where(runs.c.id == run, runs.c.state.in_(earlier))
        .values({"state": state, moments[state]: at})
    )


def plan(connection: Connection, run: str, sources: Iterable[str]) -> None:
    """Write down which sources the run is going to ask; those already planned stay as they are."""
    rows = [{"run": run, "source": source, "state": PLANNED} for source in sources]
    add(connection, batches, rows, "run", "source")


def end_batch(
    connection: Connection, run: str, source: str, state: str, at: datetime, *, detail: str = ""
) -> None:
    """Say that a batch was sealed or errored; a sealed one stays sealed."""
    connection.execute(
        update(batches)
        .where(batches.c.run == run, batches.c.source == source, batches.c.state != SEALED)
        .values(state=state, detail=detail, ended_at=at)
    )


def batches_of(connection: Connection, run: str) -> list[Batch]:
    """The batches of a run, by source."""
    said = select(batches).where(batches.c.run == run).order_by(batches.c.source)
    return [Batch(r.run, r.source, r.state, r.detail) for r in connection.execute(said)]


def close_collection(connection: Connection, run: str, at: datetime) -> list[Batch]:
    """Close the books: a batch that never ended is errored, and the run is collected."""
    connection.execute(
        update(batches)
        .where(batches.c.run == run, batches.c.state == PLANNED)
        .values(state=ERRORED, detail="did not end before the collection closed", ended_at=at)
    )
    move(connection, run, COLLECTED, at)
    return batches_of(connection, run)


def keep(connection: Connection, run: str, kind: str, sealed: Sealed, name: str = "") -> None:
    """Note an object that the run sealed: its manifest, its outcomes, its stored scope."""
    row = {"run": run, "kind": kind, "name": name, "digest": sealed.digest, "size": sealed.size}
    put(connection, run_objects, [row])


def kept(connection: Connection, run: str, kind: str) -> Mapping[str, Sealed]:
    """The objects of one kind that the run sealed, by name."""
    said = select(run_objects).where(run_objects.c.run == run, run_objects.c.kind == kind)
    return {row.name: Sealed(row.digest, row.size) for row in connection.execute(said)}
