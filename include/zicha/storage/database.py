"""The database: one writer at a time, readers never wait, local disks only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from zicha.model.errors import ConfigError, ZichaError
from zicha.storage.file_systems import refuse_network_file_system

WRITER = 0x7A69636861
"""The advisory lock that the writing transactions of a PostgreSQL database take in turn."""

PATIENCE = 30
"""Seconds that a writer waits for another one."""

FULL = ("database or disk is full", "disk I/O error", "No space left on device")


class Database:
    """Our own database: SQLite in the data folder, or a PostgreSQL server."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine that `open_database` made."""
        self._engine = engine

    def __repr__(self) -> str:
        return f"Database({self.address})"

    @property
    def address(self) -> str:
        """Where it is, without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write: it is alone, and it is whole or it did not happen."""
        with self._connected({"zicha_writes": True}) as connection, connection.begin():
            if self.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER})
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database, and changes nothing."""
        with self._connected({}) as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @contextmanager
    def _connected(self, options: dict[str, Any]) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection.execution_options(**options)
        except DBAPIError as error:
            if any(said in str(error.orig) for said in FULL):
                raise ZichaError(
                    f"{self.address} cannot be written, its disk is full or failing: "
                    "free some space or replace it, then run again"
                ) from error
            raise


def open_database(url: str) -> Database:
    """Open the database at this address; a new SQLite file is readable by its owner only.

    Raises:
        ConfigError: the address is wrong, the server does not answer, or the file would lie on a
            network file system.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"ZICHA_DATABASE_URL is no address of a database: {EXAMPLES}") from error
    kind = address.get_backend_name()
    if kind == "sqlite":
        engine = _sqlite(address)
    elif kind in {"postgresql", "postgres"}:
        engine = _postgresql(address)
    else:
        raise ConfigError(f"ZICHA_DATABASE_URL names {kind}, which is not supported: {EXAMPLES}")
    try:
        with engine.connect():
            pass
    except OperationalError as error:
        where = engine.url.render_as_string(hide_password=True)
        said = str(error.orig).strip().splitlines()[0]
        raise ConfigError(
            f"cannot open {where} ({said}): start it, or correct ZICHA_DATABASE_URL"
        ) from error
    return Database(engine)


EXAMPLES = "expected sqlite:///folder/zicha.sqlite or postgresql://user:password@host/name"


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file, whatever characters its path holds."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def _sqlite(address: URL) -> Engine:
    if not address.database or address.database == ":memory:":
        raise ConfigError(f"ZICHA_DATABASE_URL names no file: {EXAMPLES}")
    path = Path(address.database)
    refuse_network_file_system(path.parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise ConfigError(
            f"cannot write {path} ({error.strerror}): choose a folder of yours"
        ) from error
    engine = create_engine(
        address,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": PATIENCE},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, record: object) -> None:
    del record
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # The driver would begin late, as a reader, and lose the race for the lock at the first write.
    writes = connection.get_execution_options().get("zicha_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(address: URL) -> Engine:
    return create_engine(
        address.set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": PATIENCE},
    )
