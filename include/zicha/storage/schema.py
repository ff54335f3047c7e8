"""The tables of our own database; migrations bring a database here, a test compares the two."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from zicha.storage.columns import Json, Moment, Span
from zicha.storage.schema_base import metadata, words

VERSION_TABLE = "zicha_alembic_version"
HEAD = "0011"
"""The newest migration; a test holds it to what Alembic finds."""

APPEND_ONLY = (
    "evidence",
    "finding_events",
    "retirements",
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
    "incident_documents",
    "report_decisions",
    "filing_events",
    "filing_versions",
    "filing_answers",
    "filing_approvals",
    "filing_submissions",
    "inspection_events",
    "order_events",
    "button_presses",
    "finding_acts",
    "waiver_acts",
    "refused_acts",
)
"""Tables whose rows a trigger keeps from being changed or deleted."""

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
    # At most one open run per day, whoever else tries at the same moment; those of events aside.
    Index(
        "uq_runs_open_day",
        "day",
        unique=True,
        sqlite_where=text("state = 'open' AND \"trigger\" <> 'event'"),
        postgresql_where=text("state = 'open' AND \"trigger\" <> 'event'"),
    ),
)

batches = Table(
    "batches",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("state", Text, nullable=False),
    words("detail"),
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
        words("account"),
        words("region"),
        words("subject_type"),
        words("subject_id"),
        Column("controls", Json, nullable=False),
        Column("severity", Text, nullable=False),
        Column("status", Text, nullable=False, index=True),
        words("reason"),
        Column("measured_at", Moment, nullable=False),
        words("evidence_digest"),
        words("remedy"),
        words("permission"),
        words("observed"),
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
    words("known_status"),
    Column("known_at", Moment),
)

retirements = Table(
    "retirements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Text, ForeignKey("runs.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    # The keys of the current verdicts that this judgement took away.
    Column("gone", Json, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("entity", Text, nullable=False),
    Column("suite", Text, nullable=False),
    Column("expectation", Text, nullable=False),
    Column("subject", Json, nullable=False),
    words("sub_key"),
    Column("source", Text, nullable=False),
    words("account"),
    words("region"),
    words("subject_type"),
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
    words("observed"),
    words("evidence_digest"),
    words("owner"),
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
    words("observed"),
    words("evidence_digest"),
    # Null in the events of earlier versions, which did not say.
    Column("owner", Text),
    Column("due", Date),
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
    words("remedy"),
    Column("affects", Integer, nullable=False),
    Column("touches", Json, nullable=False),
    words("owner"),
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
