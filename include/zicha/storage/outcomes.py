"""Outcomes: the non-pass ones of each run, and the current status of every subject."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, delete, func, select

from zicha.custody.canonical import canonical_text
from zicha.model.finding import Listings
from zicha.model.outcome import Outcome
from zicha.model.verdict import Severity, Status, Verdict
from zicha.storage.schema import current, outcomes, retirements, runs
from zicha.storage.writing import put

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """The current status of a subject: since when it stands, and what was last really known."""

    outcome: Outcome
    run: str
    standing_since: datetime
    known_status: str = ""
    known_at: datetime | None = None


def record(connection: Connection, run: str, found: Sequence[Outcome], as_of: datetime) -> None:
    """Keep the non-pass outcomes of a run and bring the current status forward.

    An outcome without a moment of its own is dated `as_of`. Recording a run again replaces what it
    said; an older measurement than the current one changes no current status, and what another run
    found gone since does not come back.
    """
    connection.execute(delete(outcomes).where(outcomes.c.run == run))
    rows = [_row(outcome, as_of) for outcome in found]
    not_passed = [row for row in rows if row["status"] != Status.PASS.value]
    put(connection, outcomes, [row | {"run": run} for row in not_passed])
    suites = sorted({row["suite"] for row in rows})
    said = select(current).where(current.c.suite.in_(suites))
    before = {_key(row): row for row in connection.execute(said).mappings()}
    gone = _gone_since(connection, run, [row["measured_at"] for row in rows])
    fresh = [row for row in rows if row["measured_at"] > gone.get(_key(row), _BEFORE_ALL)]
    put(connection, current, _newer(run, fresh, before))


def retire(
    connection: Connection, run: str, listings: Listings, as_of: datetime, at: datetime
) -> dict[str, Any] | None:
    """Drop the current status of what is gone: its place was listed to the end, without it.

    Every subject of a complete listing has an outcome in the run; what was not refreshed is gone.
    The row that remembers it comes back, for the ledger; None where nothing is gone.
    """
    said = select(current).where(current.c.run != run, current.c.measured_at <= as_of)
    gone = [row for row in connection.execute(said).mappings() if _is_gone(row, listings)]
    for row in gone:
        connection.execute(delete(current).where(*(key == row[key.name] for key in _KEYS)))
    if not gone:
        return None
    kept = {"run": run, "at": at, "gone": sorted(list(_key(row)) for row in gone)}
    connection.execute(retirements.insert(), [kept])
    return kept


def retired(connection: Connection) -> list[dict[str, Any]]:
    """What each judgement took away, in order."""
    said = select(retirements.c.run, retirements.c.at, retirements.c.gone)
    found = connection.execute(said.order_by(retirements.c.id))
    return [dict(row) for row in found.mappings()]


def _is_gone(row: RowMapping, listings: Listings) -> bool:
    subject = tuple(json.loads(row["subject"]))
    where = (row["suite"], row["source"], row["account"], row["region"])
    here = listings.complete(*where, subject)
    # A narrow run does not judge all that is expected of what it holds.
    is_held = any(one.only is not None and subject in one.subjects for one in here)
    is_older = any(one.listed_at is not None and one.listed_at < row["measured_at"] for one in here)
    return bool(here) and not is_held and not is_older


def of_run(connection: Connection, run: str, *, status: str = "", suite: str = "") -> list[Outcome]:
    """The non-pass outcomes of a run."""
    said = select(outcomes).where(outcomes.c.run == run)
    if status:
        said = said.where(outcomes.c.status == status)
    if suite:
        said = said.where(outcomes.c.suite == suite)
    found = connection.execute(said.order_by(*(outcomes.c[column.name] for column in _KEYS)))
    return [_outcome(row) for row in found]


def last_failures(connection: Connection, day: str) -> dict[Key, str]:
    """By suite, expectation, source and subject: the newest day up to `day` that measured a fault.

    The subject is canonical text.
    """
    keys = [outcomes.c[column.name] for column in _KEYS]
    said = (
        select(*keys, func.max(runs.c.day))
        .join(runs, runs.c.id == outcomes.c.run)
        .where(outcomes.c.status == Status.FAIL.value, runs.c.day <= day)
        .group_by(*keys)
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in connection.execute(said)}


def standing(connection: Connection, *, status: str = "", suite: str = "") -> list[Standing]:
    """The current status of every subject and expectation."""
    said = select(current)
    if status:
        said = said.where(current.c.status == status)
    if suite:
        said = said.where(current.c.suite == suite)
    return [
        Standing(_outcome(row), row.run, row.standing_since, row.known_status, row.known_at)
        for row in connection.execute(said.order_by(*_KEYS))
    ]


def rows_of(connection: Connection, run: str) -> dict[Key, dict[str, Any]]:
    """The rows of a run as they stand in the table, by key: what verification compares."""
    said = select(outcomes).where(outcomes.c.run == run)
    return {
        _key(row): {name: row[name] for name in row if name != "run"}
        for row in connection.execute(said).mappings()
    }


def current_rows(connection: Connection) -> dict[Key, dict[str, Any]]:
    """The current status of every subject as its table holds it, by key."""
    return {_key(row): dict(row) for row in connection.execute(select(current)).mappings()}


def as_rows(found: Iterable[Outcome], as_of: datetime) -> dict[Key, dict[str, Any]]:
    """What `record` writes of these outcomes, by key, as it is read back."""
    rows = (_row(outcome, as_of) for outcome in found)
    return {
        _key(row): row | {"controls": list(row["controls"]), "tags": dict(row["tags"])}
        for row in rows
    }


_KEYS = tuple(current.primary_key)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_NEVER = {"status": "", "reason": "", "known_status": "", "known_at": None}


def _gone_since(
    connection: Connection, run: str, measured: Sequence[datetime]
) -> dict[Key, datetime]:
    """What other runs, begun since the oldest of these moments, found gone, and when they began."""
    if not measured:
        return {}
    said = (
        select(retirements.c.gone, runs.c.started_at)
        .join(runs, runs.c.id == retirements.c.run)
        .where(runs.c.started_at >= min(measured), runs.c.id != run)
        .order_by(runs.c.started_at)
    )
    return {tuple(key): row.started_at for row in connection.execute(said) for key in row.gone}


def _newer(
    run: str, rows: Iterable[dict[str, Any]], before: Mapping[Key, RowMapping]
) -> list[dict[str, Any]]:
    newer = []
    for row in rows:
        old: Mapping[Any, Any] = before.get(_key(row), _NEVER)
        if old is not _NEVER and (old["measured_at"], old["run"]) > (row["measured_at"], run):
            continue
        stands = (old["status"], old["reason"]) == (row["status"], row["reason"])
        is_known = row["status"] != Status.UNKNOWN.value
        said = {
            "run": run,
            "standing_since": old["standing_since"] if stands else row["measured_at"],
            "known_status": row["status"] if is_known else old["known_status"],
            "known_at": row["measured_at"] if is_known else old["known_at"],
        }
        newer.append(row | said)
    return newer


def _key(row: Mapping[Any, Any]) -> Key:
    return row["suite"], row["expectation"], row["source"], row["subject"]


def _row(outcome: Outcome, as_of: datetime) -> dict[str, Any]:
    return {
        "suite": outcome.suite,
        "expectation": outcome.expectation,
        "source": outcome.source,
        "subject": canonical_text(outcome.subject),
        "account": outcome.account,
        "region": outcome.region,
        "subject_type": outcome.subject_type,
        "subject_id": outcome.subject_id,
        "controls": outcome.controls,
        "severity": outcome.severity.value,
        "status": outcome.verdict.status.value,
        "reason": outcome.verdict.because,
        "measured_at": outcome.measured_at or as_of,
        "evidence_digest": outcome.evidence_digest,
        "remedy": outcome.remedy,
        "permission": outcome.permission,
        "observed": outcome.observed,
        "tags": outcome.tags,
    }


def _outcome(row: Row[Any]) -> Outcome:
    return Outcome(
        row.expectation,
        tuple(json.loads(row.subject)),
        Verdict(Status(row.status), row.reason),
        row.suite,
        row.source,
        row.account,
        row.region,
        row.subject_type,
        tuple(row.controls),
        Severity(row.severity),
        row.measured_at,
        row.evidence_digest,
        row.remedy,
        row.permission,
        row.observed,
        row.tags,
    )
