from __future__ import annotations

from itertools import count

import pytest
from sqlalchemy import NullPool, create_engine, text

from fakes.migrated import migrate_by_copy
from fakes.postgres import PostgresUnavailableError, postgres_server
from zicha.storage.database import open_database, sqlite_url

NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres():
    try:
        with postgres_server() as url:
            yield url
    except PostgresUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture
def postgres_url(postgres):
    name = f"zicha_{next(NUMBERS)}"
    address = postgres.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres.rsplit("/", 1)[0] + f"/{name}"
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "zicha.sqlite")
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def database(url):
    opened = open_database(url)
    migrate_by_copy(opened)
    yield opened
    opened.close()
