"""Incidents: their facts, reports, submissions, history, and what people decided to report."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "incident_events",
    "incident_versions",
    "incident_reports",
    "incident_submissions",
    "report_decisions",
)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _note(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _of_incident(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["incident"], ["incidents.id"], name=op.f(f"fk_{table}_incident")
    )


def upgrade() -> None:
    """Make the tables; all but the present state of an incident may only grow."""
    op.create_table(
        "incidents",
        _text("id"),
        _text("state"),
        _text("opened_at"),
        _text("actor"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(op.f("ix_incidents_state"), "incidents", ["state"], unique=False)
    op.create_table(
        "incident_events",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("incident"),
        _text("act"),
        sa.Column("before", sa.Text(), nullable=True),
        _text("after"),
        _text("at"),
        _text("actor"),
        _note("detail"),
        _of_incident("incident_events"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_events")),
    )
    op.create_table(
        "incident_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("incident"),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("facts"),
        _text("digest"),
        _text("at"),
        _text("actor"),
        _of_incident("incident_versions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_versions")),
        sa.UniqueConstraint(
            "incident", "number", name=op.f("uq_incident_versions_incident_number")
        ),
    )
    op.create_table(
        "incident_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("incident"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("authority"),
        _text("kind"),
        _text("body"),
        _text("digest"),
        _note("inherits"),
        _text("at"),
        _text("actor"),
        _of_incident("incident_reports"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_reports")),
        sa.UniqueConstraint("digest", name=op.f("uq_incident_reports_digest")),
    )
    op.create_table(
        "incident_submissions",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("incident"),
        _text("report"),
        _text("submitted_at"),
        _text("submitted_by"),
        _text("channel"),
        _note("receipt"),
        _text("at"),
        _text("actor"),
        _of_incident("incident_submissions"),
        sa.ForeignKeyConstraint(
            ["report"], ["incident_reports.digest"], name=op.f("fk_incident_submissions_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_submissions")),
    )
    op.create_table(
        "report_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("subject"),
        _text("duty"),
        sa.Column("reports", sa.Boolean(), nullable=False),
        _text("because"),
        _text("at"),
        _text("actor"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_decisions")),
    )
    op.create_index(
        op.f("ix_report_decisions_subject"), "report_decisions", ["subject"], unique=False
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _guard_sqlite() -> None:
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _guard_postgresql() -> None:
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION zicha_append_only()"
        )
