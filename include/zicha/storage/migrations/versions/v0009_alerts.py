"""The outbox learns threads, quiet hours and doubles; announcements owed; buttons pressed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

APPEND_ONLY = "button_presses"


def upgrade() -> None:
    """Widen the outbox, translate its states, and make the two tables."""
    for name in ("op", "thread", "remote_channel"):
        default = "post" if name == "op" else ""
        op.add_column(
            "messages", sa.Column(name, sa.Text(), server_default=default, nullable=False)
        )
    op.add_column("messages", sa.Column("not_before", sa.Text(), nullable=True))
    op.add_column(
        "messages",
        sa.Column("may_be_double", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute("UPDATE messages SET state = 'maybe-sent' WHERE state = 'unknown'")
    op.execute("UPDATE messages SET state = 'new' WHERE state = 'failed'")
    op.create_table(
        "announcements",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("owed_at", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_announcements_run")),
        sa.PrimaryKeyConstraint("run", name=op.f("pk_announcements")),
    )
    op.create_table(
        APPEND_ONLY,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("act", sa.Text(), server_default="", nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_button_presses")),
        sa.UniqueConstraint("key", name=op.f("uq_button_presses_key")),
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
