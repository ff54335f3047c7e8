"""The history of a finding says its owner and due day; what a judgement took away is remembered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

APPEND_ONLY = "retirements"


def upgrade() -> None:
    """Widen the events, make the table, and refuse changes in it."""
    op.add_column("finding_events", sa.Column("owner", sa.Text(), nullable=True))
    op.add_column("finding_events", sa.Column("due", sa.Date(), nullable=True))
    op.create_table(
        APPEND_ONLY,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("gone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_retirements_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retirements")),
    )
    op.create_index(op.f("ix_retirements_run"), APPEND_ONLY, ["run"])
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
