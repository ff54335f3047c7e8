"""`ZICHA_TEST_DATABASE=postgresql`: every workplace of a test gets a PostgreSQL database of its own.

What a data folder holds as SQLite otherwise is then a database named after the folder. Tests that
say themselves where their database lies keep what they said; a process that starts anew is told
by `environment_of`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from fakes.postgres import postgres_server
from zicha.storage.database import open_database
from zicha.storage.migrate import migrate

NAME = "ZICHA_TEST_DATABASE"
# A template: to migrate anew for each test would take longer than the tests.
MIGRATED = "zicha_migrated"
WANTED = os.environ.get(NAME, "") == "postgresql"
on_sqlite = pytest.mark.skipif(WANTED, reason="it looks into the SQLite file itself")


@contextmanager
def everywhere() -> Iterator[None]:
    """While it lasts, a workplace without an address of its own opens PostgreSQL."""
    # Sockets and the cluster must not stand under a folder that a test counts.
    with postgres_server() as server, pytest.MonkeyPatch.context() as patch:
        databases = _Databases(server)
        patch.setattr("zicha.pipeline.workplace.sqlite_url", databases.url)
        patch.setattr(f"{__name__}._copy_database", databases.copy)
        yield


def address_of(data: Path) -> str:
    """The address of the database that belongs to a data folder, whichever kind it is."""
    from zicha.pipeline import workplace

    return workplace.sqlite_url(data / "zicha.sqlite")


def environment_of(data: Path) -> dict[str, str]:
    """What a process that starts anew is told, so that it finds the same database."""
    return {"ZICHA_DATABASE_URL": address_of(data)} if WANTED else {}


def copy_place(data: Path, to: Path) -> Path:
    """A data folder with its database, copied while nobody has it open."""
    shutil.copytree(data, to)
    _copy_database(data / "zicha.sqlite", to / "zicha.sqlite")
    return to


def _copy_database(path: Path, to: Path) -> None:
    """SQLite's file was copied with its folder."""


class _Databases:
    """One per path, made when it is first asked for; forked processes find those made before."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._made = Path(tempfile.mkdtemp(prefix="zicha-test-databases-"))
        self._create(MIGRATED, "template1")
        database = open_database(self._url(MIGRATED))
        migrate(database)
        database.close()

    def url(self, path: Path) -> str:
        """The address that stands for this SQLite file."""
        name = _name(path)
        try:
            (self._made / name).touch(exist_ok=False)
        except FileExistsError:
            return self._url(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._create(name, MIGRATED)
        return self._url(name)

    def copy(self, path: Path, to: Path) -> None:
        """What stands for one SQLite file, under the name of another."""
        name = _name(to)
        (self._made / name).touch(exist_ok=False)
        self._create(name, _name(path))

    def _url(self, name: str) -> str:
        return f"{self._server.rpartition('/')[0]}/{name}"

    def _create(self, name: str, template: str) -> None:
        address = self._server.replace("postgresql:", "postgresql+psycopg:")
        engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))


def _name(path: Path) -> str:
    return "t_" + hashlib.sha256(str(path).encode()).hexdigest()[:24]
