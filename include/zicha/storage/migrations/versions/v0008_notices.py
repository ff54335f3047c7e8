"""The inbox of change notices, and runs of events beside the day's run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OPEN_DAY = sa.text("state = 'open' AND \"trigger\" <> 'event'")


def upgrade() -> None:
    """Make the table; let a run of an event be open while the day's run is."""
    op.create_table(
        "notices",
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("detail", "event", "kind", "source", "name", "account", "region")
        ),
        sa.Column("occurred_at", sa.Text(), nullable=True),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("run", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_notices_run")),
        sa.PrimaryKeyConstraint("message", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_state"), "notices", ["state"], unique=False)
    op.create_index(op.f("ix_notices_run"), "notices", ["run"], unique=False)
    op.drop_index("uq_runs_open_day", table_name="runs")
    op.create_index(
        "uq_runs_open_day",
        "runs",
        ["day"],
        unique=True,
        sqlite_where=OPEN_DAY,
        postgresql_where=OPEN_DAY,
    )
