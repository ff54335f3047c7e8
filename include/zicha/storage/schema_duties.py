"""The tables of duties: obligations and incidents, each with its history."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from zicha.storage.columns import Json, Moment
from zicha.storage.schema_base import metadata, words

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
    words("owner"),
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
    words("detail"),
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
    words("detail"),
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
    words("inherits"),
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
    words("receipt"),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
)

incident_documents = Table(
    "incident_documents",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_incident(),
    Column("report", Text, ForeignKey("incident_reports.digest"), nullable=False),
    Column("form", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
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
