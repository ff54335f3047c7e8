"""Putting an erasable id in the place of a person's name, in every row that names who acted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Table, Text, and_, select, text

from zicha.storage.columns import Json
from zicha.storage.schema import APPEND_ONLY
from zicha.storage.schema_base import metadata

MEASURED = frozenset(
    (
        "runs",
        "batches",
        "run_objects",
        "evidence",
        "outcomes",
        "current",
        "retirements",
        "findings",
        "finding_events",
        "gaps",
    )
)
"""What was measured names accounts, not who acted; it is held against sealed bytes as it is."""

LEDGER = frozenset(("ledger_records", "ledger", "checkpoints", "anchors", "ledger_people"))
DECLARED = "declarations"
"""Its bodies are the words of the user's own files: the author beside them is ours."""


def mentions(connection: Connection, actor: str) -> dict[str, int]:
    """How many rows of each table name this actor."""
    counted = {table.name: len(list(_changed(connection, table, actor, ""))) for table in _tables()}
    return {name: count for name, count in counted.items() if count}


def replace_name(connection: Connection, actor: str, by: str) -> dict[str, int]:
    """Put the id in the place of the name; how many rows of each table were changed.

    Call it in a writing transaction: the guards of append-only tables are lifted within it.
    """
    done: dict[str, int] = {}
    for table in _tables():
        changed = list(_changed(connection, table, actor, by))
        if not changed:
            continue
        with _unguarded(connection, table):
            for row, values in changed:
                mine = and_(*(key == row[key.name] for key in table.primary_key))
                connection.execute(table.update().where(mine).values(values))
        done[table.name] = len(changed)
    return done


def _tables() -> Iterator[Table]:
    return (t for t in metadata.sorted_tables if t.name not in MEASURED | LEDGER)


def _changed(
    connection: Connection, table: Table, actor: str, by: str
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The rows that name the actor, and what is to be written into them."""
    columns = [column for column in table.c if _may_name(column)]
    if not columns:
        return
    for row in connection.execute(select(table)).mappings():
        values = {column.name: _replaced(row[column.name], actor, by) for column in columns}
        values = {name: value for name, value in values.items() if value != row[name]}
        if values:
            yield row, values


def _may_name(column: Column[Any]) -> bool:
    if column.primary_key or column.foreign_keys:
        return False
    is_json = isinstance(column.type, Json)
    return (is_json and column.table.name != DECLARED) or isinstance(column.type, Text)


def _replaced(value: Any, actor: str, by: str) -> Any:
    if value == actor:
        return by
    if isinstance(value, dict):
        return {key: _replaced(each, actor, by) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, actor, by) for each in value]
    return value


@contextmanager
def _unguarded(connection: Connection, table: Table) -> Iterator[None]:
    """While it lasts, and in this transaction only, the table's triggers refuse nothing."""
    if table.name not in APPEND_ONLY:
        yield
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER'))
        yield
        connection.execute(text(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER'))
        return
    said = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    guards = connection.execute(said, {"table": table.name}).all()
    for guard in guards:
        connection.execute(text(f'DROP TRIGGER "{guard.name}"'))
    yield
    for guard in guards:
        connection.exec_driver_sql(guard.sql)
