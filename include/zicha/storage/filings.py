"""Filings as they stand; their drafts, answers, approvals, submissions, which only grow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select

from zicha.model.errors import ConfigError
from zicha.model.filing import Filing, FilingState, FilingStep
from zicha.storage.schema_filings import (
    filing_answers,
    filing_approvals,
    filing_events,
    filing_submissions,
    filing_versions,
    filings,
)
from zicha.storage.writing import put

Row = dict[str, Any]
HISTORY: dict[str, Table] = {
    "event": filing_events,
    "version": filing_versions,
    "answer": filing_answers,
    "approval": filing_approvals,
    "submission": filing_submissions,
}


def apply(connection: Connection, step: FilingStep) -> Row:
    """Write how the filing stands now, and append what happened to it."""
    put(connection, filings, [asdict(step.filing) | {"state": step.filing.state.value}])
    return append(
        connection,
        "event",
        filing=step.filing.id,
        act=step.act.value,
        before=None if step.before is None else step.before.value,
        after=step.filing.state.value,
        version=step.filing.version,
        package=step.filing.package,
        at=step.at,
        actor=step.actor,
        detail=step.detail,
    )


def append(connection: Connection, what: str, **row: Any) -> Row:
    """Append a row to the history of a filing."""
    connection.execute(HISTORY[what].insert(), [row])
    return row


def get(connection: Connection, id_: str) -> Filing:
    """The filing of this id."""
    found = connection.execute(select(filings).where(filings.c.id == id_)).mappings().one_or_none()
    if found is None:
        raise ConfigError(f"no filing has the id {id_}: choose one of `zicha filing list`")
    return _filing(found)


def answering(connection: Connection, obligation: str) -> Filing | None:
    """The filing that answers this obligation, if one was opened."""
    said = select(filings).where(filings.c.obligation == obligation)
    found = connection.execute(said).mappings().one_or_none()
    return None if found is None else _filing(found)


def listed(connection: Connection) -> list[Filing]:
    """Every filing, the newest first."""
    said = select(filings).order_by(filings.c.opened_at.desc(), filings.c.id.desc())
    return [_filing(row) for row in connection.execute(said).mappings()]


def next_id(connection: Connection, day: str) -> str:
    """The id of the next filing of a day."""
    begin = f"fil-{day}-"
    said = select(func.count()).where(filings.c.id.startswith(begin, autoescape=True))
    return f"{begin}{int(connection.execute(said).scalar_one()) + 1:03d}"


def history(connection: Connection, what: str, filing: str) -> list[Row]:
    """The events, versions, answers, approvals or submissions of one filing, in order."""
    table = HISTORY[what]
    said = select(table).where(table.c.filing == filing).order_by(table.c.id)
    return [dict(row) for row in connection.execute(said).mappings()]


def newest_version(connection: Connection, filing: str) -> Row | None:
    """The newest draft; None before the first."""
    versions = history(connection, "version", filing)
    return versions[-1] if versions else None


def standing_answers(connection: Connection, filing: str) -> dict[str, Row]:
    """The last answer to each field."""
    return {row["field"]: row for row in history(connection, "answer", filing)}


def kept(connection: Connection) -> Iterator[tuple[str, Row]]:
    """Every row of every filing's history, with what it is."""
    for what, table in HISTORY.items():
        for row in connection.execute(select(table).order_by(table.c.id)).mappings():
            yield what, dict(row)


def _filing(row: RowMapping) -> Filing:
    return Filing(**{**row, "state": FilingState(row["state"])})
