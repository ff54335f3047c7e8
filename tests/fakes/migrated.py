"""The tables of a new SQLite file, copied from one that was migrated.

To bring a new file through every migration takes longer than most tests; what the migrations
make is tested in tests/unit/storage, and processes that start anew migrate by themselves.
"""

from __future__ import annotations

import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from zicha.storage.database import Database, open_database, sqlite_url
from zicha.storage.migrate import migrate, version_of


def migrate_by_copy(database: Database) -> bool:
    """What `migrate` does; a new SQLite file gets the same tables in the time of a copy."""
    with database.read() as connection:
        if database.dialect != "sqlite" or version_of(connection) is not None:
            return migrate(database)
    with database.write() as connection:
        if version_of(connection) is None:
            for statement in _statements():
                connection.exec_driver_sql(statement)
            return True
    return migrate(database)


@cache
def _statements() -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "zicha.sqlite"
        database = open_database(sqlite_url(path))
        migrate(database)
        database.close()
        return statements_of(path)


def statements_of(path: Path) -> tuple[str, ...]:
    """What makes a SQLite file as it is: its tables, triggers and rows."""
    connection = sqlite3.connect(path)
    try:
        said = tuple(connection.iterdump())
    finally:
        connection.close()
    return tuple(each for each in said if each not in {"BEGIN TRANSACTION;", "COMMIT;"})
