"""The tables of alerts: the outbox, which runs are still to be told, which buttons were pressed."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from zicha.storage.columns import Json, Moment
from zicha.storage.schema_base import metadata, words

messages = Table(
    "messages",
    metadata,
    Column("key", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("run", Text, ForeignKey("runs.id")),
    Column("body", Json, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    words("remote_id"),
    words("error"),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("op", Text, nullable=False, server_default="post"),
    words("thread"),
    words("remote_channel"),
    Column("not_before", Moment),
    Column("may_be_double", Boolean, nullable=False, server_default=false()),
)

announcements = Table(
    "announcements",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    Column("owed_at", Moment, nullable=False),
    Column("planned_at", Moment),
)

button_presses = Table(
    "button_presses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    words("actor"),
    words("act"),
    Column("about", Json, nullable=False),
    Column("outcome", Text, nullable=False),
    words("because"),
    Column("at", Moment, nullable=False),
    UniqueConstraint("key"),
)
