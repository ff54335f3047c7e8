from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from fakes.migrated import migrate_by_copy, statements_of
from zicha.model.errors import ConfigError
from zicha.storage import migrate as migrating
from zicha.storage import (
    schema,
    schema_alerts,
    schema_duties,
    schema_events,
    schema_filings,
    schema_findings,
    schema_inspections,
    schema_ledger,
)
from zicha.storage.database import open_database, sqlite_url
from zicha.storage.migrate import SCRIPTS, migrate, version_of

UPGRADE = migrating._upgrade


def upgrade_and_stop(connection):
    UPGRADE(connection)
    raise InterruptedError


def test_the_migrations_lead_to_the_schema(url):
    database = open_database(url)
    migrate(database)
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": schema.VERSION_TABLE}
        )

        for part in (
            schema_alerts,
            schema_duties,
            schema_events,
            schema_filings,
            schema_findings,
            schema_inspections,
            schema_ledger,
        ):
            assert part.metadata is schema.metadata
        assert compare_metadata(context, schema.metadata) == []


def test_the_head_is_the_one_that_the_code_names():
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))

    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_the_copy_that_other_tests_start_from_is_what_the_migrations_make(tmp_path):
    copied, made = tmp_path / "copied.sqlite", tmp_path / "made.sqlite"

    assert migrate_by_copy(open_database(sqlite_url(copied))) is True
    assert migrate(open_database(sqlite_url(made))) is True

    assert statements_of(copied) == statements_of(made)


def test_a_migrated_database_is_left_alone(database):
    assert migrate(database) is False


def test_an_interrupted_migration_leaves_nothing(url, monkeypatch):
    database = open_database(url)
    monkeypatch.setattr(migrating, "_upgrade", upgrade_and_stop)
    with pytest.raises(InterruptedError):
        migrate(database)
    monkeypatch.undo()

    with database.read() as connection:
        assert inspect(connection).get_table_names() == []
    assert migrate(database) is True


def test_a_database_of_a_newer_version_is_refused(database):
    with database.write() as connection:
        connection.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"))

    with pytest.raises(ConfigError, match=r"9999.*newer"):
        migrate(database)


def test_airflows_own_version_table_is_not_ours(database):
    with database.read() as connection:
        assert "alembic_version" not in inspect(connection).get_table_names()
        assert version_of(connection) == schema.HEAD
