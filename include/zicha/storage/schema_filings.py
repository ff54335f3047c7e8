"""The tables of filings: as they stand; their drafts, answers, approvals, submissions, history."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from zicha.storage.columns import Json, Moment
from zicha.storage.schema_base import metadata, words

filings = Table(
    "filings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("obligation", Text, ForeignKey("obligations.id"), nullable=False, unique=True),
    Column("duty", Text, nullable=False),
    Column("of", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("opened_at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("version", Integer, nullable=False),
    words("package"),
    words("approved"),
)


def _of_filing() -> Column[str]:
    return Column("filing", Text, ForeignKey("filings.id"), nullable=False)


filing_events = Table(
    "filing_events",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_filing(),
    Column("act", Text, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("version", Integer, nullable=False),
    words("package"),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    words("detail"),
)

filing_versions = Table(
    "filing_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_filing(),
    Column("number", Integer, nullable=False),
    words("run"),
    words("root"),
    Column("document", Text, nullable=False),
    Column("package", Text, nullable=False),
    Column("files", Json, nullable=False),
    Column("authors", Json, nullable=False),
    Column("found", Json, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    UniqueConstraint("filing", "number"),
)

filing_answers = Table(
    "filing_answers",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_filing(),
    Column("field", Text, nullable=False),
    Column("answer", Json, nullable=False),
    Column("file", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
)

filing_approvals = Table(
    "filing_approvals",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_filing(),
    Column("version", Integer, nullable=False),
    Column("package", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("approves", Boolean, nullable=False),
    words("because"),
    Column("answered_at", Moment, nullable=False),
    Column("question", Json, nullable=False),
    Column("scope", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
)

filing_submissions = Table(
    "filing_submissions",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_filing(),
    Column("version", Integer, nullable=False),
    Column("package", Text, nullable=False),
    Column("submitted_at", Moment, nullable=False),
    Column("submitted_by", Text, nullable=False),
    Column("channel", Text, nullable=False),
    words("receipt"),
    Column("receipt_size", Integer, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
)
