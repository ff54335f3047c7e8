"""Obligations and their history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables; the history may only grow."""
    op.create_table(
        "obligations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", sa.Text(), nullable=True),
        sa.Column("opens_at", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("was_late", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligations")),
        sa.UniqueConstraint("duty", "of", "cycle", name=op.f("uq_obligations_duty_of_cycle")),
    )
    op.create_index(op.f("ix_obligations_state"), "obligations", ["state"], unique=False)
    op.create_table(
        "obligation_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("due", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["obligation"], ["obligations.id"], name=op.f("fk_obligation_events_obligation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation_events")),
    )
    op.create_index(
        op.f("ix_obligation_events_obligation"), "obligation_events", ["obligation"], unique=False
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER obligation_events_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON obligation_events FOR EACH STATEMENT EXECUTE FUNCTION zicha_append_only()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER obligation_events_refuses_{act.lower()} "
            f"BEFORE {act} ON obligation_events "
            "BEGIN SELECT RAISE(ABORT, 'obligation_events is append-only'); END"
        )
