from __future__ import annotations

from contextlib import contextmanager
from itertools import count

import pytest
from sqlalchemy import NullPool, create_engine, text

from fakes.migrated import migrate_by_copy
from fakes.postgres import PostgresUnavailableError, postgres_server
from zicha.storage.database import open_database, sqlite_url
from zicha.storage.migrate import migrate

NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres():
    try:
        with postgres_server() as url:
            yield url
    except PostgresUnavailableError as error:
        pytest.skip(str(error))


@contextmanager
def a_database(postgres, template="template1"):
    name = f"zicha_{next(NUMBERS)}"
    address = postgres.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield postgres.rsplit("/", 1)[0] + f"/{name}"
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def postgres_url(postgres):
    with a_database(postgres) as url:
        yield url


@pytest.fixture(scope="session")
def migrated(postgres):
    """The name of a database with every table, to be copied."""
    with a_database(postgres) as url:
        opened = open_database(url)
        migrate(opened)
        opened.close()
        yield url.rpartition("/")[2]


@pytest.fixture
def migrated_postgres_url(postgres, migrated):
    with a_database(postgres, migrated) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "zicha.sqlite")
    return request.getfixturevalue("postgres_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("migrated_postgres_url")
    url = sqlite_url(tmp_path / "zicha.sqlite")
    opened = open_database(url)
    migrate_by_copy(opened)
    opened.close()
    return url


@pytest.fixture
def database(migrated_url):
    opened = open_database(migrated_url)
    yield opened
    opened.close()
