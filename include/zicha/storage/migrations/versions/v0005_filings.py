"""Filings: drafts, answers, approvals, submissions and history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "filing_events",
    "filing_versions",
    "filing_answers",
    "filing_approvals",
    "filing_submissions",
)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _note(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _history(table: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        _whole("id"),
        _text("filing"),
        *columns,
        _text("at"),
        _text("actor"),
        sa.ForeignKeyConstraint(["filing"], ["filings.id"], name=op.f(f"fk_{table}_filing")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    """Make the tables; all but the present state of a filing may only grow."""
    op.create_table(
        "filings",
        _text("id"),
        _text("obligation"),
        _text("duty"),
        _text("of"),
        _text("form"),
        _text("state"),
        _text("opened_at"),
        _text("actor"),
        _whole("version"),
        _note("package"),
        _note("approved"),
        sa.ForeignKeyConstraint(
            ["obligation"], ["obligations.id"], name=op.f("fk_filings_obligation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filings")),
        sa.UniqueConstraint("obligation", name=op.f("uq_filings_obligation")),
    )
    op.create_index(op.f("ix_filings_state"), "filings", ["state"], unique=False)
    _history(
        "filing_events",
        _text("act"),
        sa.Column("before", sa.Text(), nullable=True),
        _text("after"),
        _whole("version"),
        _note("package"),
        _note("detail"),
    )
    _history(
        "filing_versions",
        _whole("number"),
        _note("run"),
        _note("root"),
        _text("document"),
        _text("package"),
        _text("files"),
        _text("authors"),
        _text("found"),
        sa.UniqueConstraint("filing", "number", name=op.f("uq_filing_versions_filing_number")),
    )
    _history("filing_answers", _text("field"), _text("answer"), _text("file"))
    _history(
        "filing_approvals",
        _whole("version"),
        _text("package"),
        _text("decision"),
        sa.Column("approves", sa.Boolean(), nullable=False),
        _note("because"),
        _text("answered_at"),
        _text("question"),
        _text("scope"),
    )
    _history(
        "filing_submissions",
        _whole("version"),
        _text("package"),
        _text("submitted_at"),
        _text("submitted_by"),
        _text("channel"),
        _note("receipt"),
        _whole("receipt_size"),
        sa.Column("late", sa.Boolean(), nullable=False),
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
