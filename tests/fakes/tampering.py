"""Changing rows behind our back, as somebody who owns the file or the server can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from zicha.storage.database import Database


@contextmanager
def unguarded(database: Database, *tables: str) -> Iterator[Connection]:
    """A transaction in which these append-only tables refuse nothing."""
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            for table in tables:
                for act in ("update", "delete"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_refuses_{act}")
        yield connection


class OnAServer:
    """A connection to a server that takes a statement as SQLite's own connection does."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Run it; question marks stand for the values."""
        said = statement.replace("%", "%%").replace("?", "%s")
        return self._connection.exec_driver_sql(said, tuple(values))
