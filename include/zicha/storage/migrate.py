"""Bringing a database to the tables this version knows."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select

from zicha.model.errors import ConfigError
from zicha.storage.database import Database
from zicha.storage.schema import HEAD, VERSION_TABLE

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> bool:
    """Bring the database to this version; say whether anything had to be done.

    Raises:
        ConfigError: a newer version of the program has been here.
    """
    with database.read() as connection:
        if version_of(connection) == HEAD:
            return False
    with database.write() as connection:
        # Whoever waited here for another process finds its work done.
        if version_of(connection) == HEAD:
            return False
        _upgrade(connection)
    return True


def version_of(connection: Connection) -> str | None:
    """The migration at which the database stands; None when it is new."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: Column[str] = Column("version_num", Text)
    return connection.execute(
        select(Table(VERSION_TABLE, MetaData(), version).c.version_num)
    ).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    # A percent sign in the path would be read as interpolation.
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigError(
            f"the database stands at {version_of(connection)}, which this version does not know: "
            "install the version that made it, or a newer one"
        ) from error
