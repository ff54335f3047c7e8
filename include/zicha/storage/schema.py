"""The tables of our own database; migrations bring a database here, a test compares the two."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from zicha.storage.columns import Json, Moment, Span

VERSION_TABLE = "zicha_alembic_version"
HEAD = "0004"
"""The newest migration; a test holds it to what Alembic finds."""

APPEND_ONLY = (
    "evidence",
    "finding_events",
    "loaded_files",
    "obligation_events",
    "ledger_records",
    "ledger",
    "checkpoints",
    "runs_before_ledger",
    "incident_events",
    "incident_versions",
    "incident_reports",
    "incident_submissions",
    "report_decisions",
)
"""Tables whose rows a trigger keeps from being changed or deleted."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("day", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("scope_digest", Text, nullable=False),
    Column("scope", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("collected_at", Moment),
    Column("judged_at", Moment),
    Column("ended_at", Moment),
    # At most one open run per day, whoever else tries at the same moment.
    Index(
        "uq_runs_open_day",
        "day",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)

batches = Table(
    "batches",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("state", Text, nullable=False),
    _text("detail"),
    Column("ended_at", Moment),
)

run_objects = Table(
    "run_objects",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("table_id", Text, nullable=False),
    Column("pack_digest", Text, nullable=False),
    Column("pack_size", BigInteger, nullable=False),
    Column("rows_digest", Text, nullable=False),
    Column("rows_size", BigInteger, nullable=False),
    Column("content_mark", Text, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("gap_count", Integer, nullable=False),
    Column("redaction", Json, nullable=False),
    Column("collected_at", Moment, nullable=False),
    Column("sealed_at", Moment, nullable=False),
    UniqueConstraint("run", "source", "table_id"),
)

_OUTCOME = ("suite", "expectation", "source", "subject")


def _outcome_columns() -> list[Column[Any]]:
    return [
        _text("account"),
        _text("region"),
        _text("subject_type"),
        _text("subject_id"),
        Column("controls", Json, nullable=False),
        Column("severity", Text, nullable=False),
        Column("status", Text, nullable=False, index=True),
        _text("reason"),
        Column("measured_at", Moment, nullable=False),
        _text("evidence_digest"),
        _text("remedy"),
        _text("permission"),
        _text("observed"),
        Column("tags", Json, nullable=False),
    ]


outcomes = Table(
    "outcomes",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    *(Column(name, Text, primary_key=True) for name in _OUTCOME),
    *_outcome_columns(),
)

current = Table(
    "current",
    metadata,
    *(Column(name, Text, primary_key=True) for name in _OUTCOME),
    *_outcome_columns(),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("standing_since", Moment, nullable=False),
    _text("known_status"),
    Column("known_at", Moment),
)

findings = Table(
    "findings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("entity", Text, nullable=False),
    Column("suite", Text, nullable=False),
    Column("expectation", Text, nullable=False),
    Column("subject", Json, nullable=False),
    _text("sub_key"),
    Column("source", Text, nullable=False),
    _text("account"),
    _text("region"),
    _text("subject_type"),
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("first_opened_at", Moment, nullable=False),
    Column("last_measured_at", Moment, nullable=False),
    Column("last_run", Text, ForeignKey("runs.id"), nullable=False),
    Column("due", Date),
    Column("closed_at", Moment),
    Column("times_opened", Integer, nullable=False),
    Column("controls", Json, nullable=False),
    _text("observed"),
    _text("evidence_digest"),
    _text("owner"),
)

finding_events = Table(
    "finding_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("finding", Text, ForeignKey("findings.id"), nullable=False, index=True),
    Column("run", Text, ForeignKey("runs.id"), nullable=False, index=True),
    Column("change", Text, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("at", Moment, nullable=False),
    _text("observed"),
    _text("evidence_digest"),
)

gaps = Table(
    "gaps",
    metadata,
    Column("source", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("permission", Text, primary_key=True),
    Column("since", Moment, primary_key=True),
    Column("last_seen_at", Moment, nullable=False),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    _text("remedy"),
    Column("affects", Integer, nullable=False),
    Column("touches", Json, nullable=False),
    _text("owner"),
    Column("max_age", Span),
    Column("closed_at", Moment),
)

loaded_files = Table(
    "loaded_files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("loaded_at", Moment, nullable=False),
    UniqueConstraint("kind", "name", "digest"),
)

declarations = Table(
    "declarations",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("body", Json, nullable=False),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("author", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("loaded_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
)

reports = Table(
    "reports",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("lang", Text, primary_key=True),
    Column("format", Text, primary_key=True),
    Column("path", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("made_at", Moment, nullable=False),
)

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
    _text("remote_id"),
    _text("error"),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

obligations = Table(
    "obligations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("duty", Text, nullable=False),
    Column("of", Text, nullable=False),
    Column("cycle", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("due", Moment),
    Column("opens_at", Moment, nullable=False),
    _text("owner"),
    Column("level", Integer, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("disputed", Boolean, nullable=False),
    Column("was_late", Boolean, nullable=False),
    Column("done_at", Moment),
    UniqueConstraint("duty", "of", "cycle"),
)

obligation_events = Table(
    "obligation_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("obligation", Text, ForeignKey("obligations.id"), nullable=False, index=True),
    Column("act", Text, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("due", Moment),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    _text("detail"),
)

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
    _text("detail"),
    _text("token"),
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

incidents = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False, index=True),
    Column("opened_at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
)


def _of_incident() -> Column[str]:
    return Column("incident", Text, ForeignKey("incidents.id"), nullable=False)


incident_events = Table(
    "incident_events",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_incident(),
    Column("act", Text, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    _text("detail"),
)

incident_versions = Table(
    "incident_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_incident(),
    Column("number", Integer, nullable=False),
    Column("facts", Json, nullable=False),
    Column("digest", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    UniqueConstraint("incident", "number"),
)

incident_reports = Table(
    "incident_reports",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_incident(),
    Column("version", Integer, nullable=False),
    Column("authority", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Json, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    _text("inherits"),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
)

incident_submissions = Table(
    "incident_submissions",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_incident(),
    Column("report", Text, ForeignKey("incident_reports.digest"), nullable=False),
    Column("submitted_at", Moment, nullable=False),
    Column("submitted_by", Text, nullable=False),
    Column("channel", Text, nullable=False),
    _text("receipt"),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
)

report_decisions = Table(
    "report_decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", Text, nullable=False, index=True),
    Column("duty", Text, nullable=False),
    Column("reports", Boolean, nullable=False),
    Column("because", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
)
