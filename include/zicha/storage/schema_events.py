"""The inbox of change notices: one row per message, whatever became of it, never its text."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from zicha.storage.columns import Json, Moment
from zicha.storage.schema_base import metadata, words

notices = Table(
    "notices",
    metadata,
    # The queue delivers a message more than once; its id makes it one.
    Column("message", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("state", Text, nullable=False, index=True),
    words("detail"),
    words("event"),
    words("kind"),
    words("source"),
    words("name"),
    words("account"),
    words("region"),
    Column("occurred_at", Moment),
    Column("received_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("targets", Json, nullable=False),
    Column("row", Json, nullable=False),
    Column("times", Integer, nullable=False, server_default="1"),
    Column("run", Text, ForeignKey("runs.id"), index=True),
)
