"""Writing a row so that writing it again changes nothing, in both dialects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def put(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert the rows, or replace those that have the same primary key."""
    listed = [dict(row) for row in rows]
    if not listed:
        return
    keys = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    fresh = {name: statement.excluded[name] for name in listed[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), listed)


def add(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *unique: str
) -> None:
    """Insert the rows whose unique columns are not there yet; the first one stays."""
    if rows:
        statement = _insert(connection, table).on_conflict_do_nothing(index_elements=[*unique])
        connection.execute(statement, [dict(row) for row in rows])


def _insert(connection: Connection, table: Table) -> sqlite.Insert:
    if connection.dialect.name == "postgresql":
        # Both dialects' statements have the same methods; they only lack a common type.
        return postgresql.insert(table)  # type: ignore[return-value]
    return sqlite.insert(table)
