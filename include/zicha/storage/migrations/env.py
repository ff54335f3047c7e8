"""Runs the migrations on the connection it is given, in that connection's transaction."""

from __future__ import annotations

from alembic import context

from zicha.storage.schema import VERSION_TABLE
from zicha.storage.schema_base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
