"""The tables of the ledger: records in waiting, entries, checkpoints, stamps, people."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from zicha.storage.columns import Moment
from zicha.storage.schema_base import metadata, words

ledger_records = Table(
    "ledger_records",
    metadata,
    Column("id", Integer, primary_key=True),
    # What makes it one entry: a task that is done again adds nothing.
    Column("key", Text, nullable=False, unique=True),
    Column("body", Text, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("record", Integer, ForeignKey("ledger_records.id"), nullable=False, unique=True),
    Column("leaf", Text, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("root", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("signed_at", Moment, nullable=False),
    UniqueConstraint("size", "root", "key_id"),
)

anchors = Table(
    "anchors",
    metadata,
    Column("checkpoint", Integer, ForeignKey("checkpoints.id"), primary_key=True),
    Column("authority", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    words("detail"),
    words("token"),
    Column("changed_at", Moment, nullable=False),
)

ledger_people = Table(
    "ledger_people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("actor", Text, nullable=False, unique=True),
)

runs_before_ledger = Table(
    "runs_before_ledger",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
)
