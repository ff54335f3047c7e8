"""The files of incident reports: each document that was written, by the digest of its bytes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY = "incident_documents"


def upgrade() -> None:
    """Make the table, and refuse changes in it."""
    op.create_table(
        APPEND_ONLY,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.id"], name=op.f("fk_incident_documents_incident")
        ),
        sa.ForeignKeyConstraint(
            ["report"], ["incident_reports.digest"], name=op.f("fk_incident_documents_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_documents")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {APPEND_ONLY}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {APPEND_ONLY} FOR EACH STATEMENT EXECUTE FUNCTION zicha_append_only()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {APPEND_ONLY}_refuses_{act.lower()} BEFORE {act} ON {APPEND_ONLY} "
            f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY} is append-only'); END"
        )
