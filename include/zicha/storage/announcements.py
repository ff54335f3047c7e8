"""Which runs are still to be told: written with the judgement, so that no crash loses one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from zicha.storage.schema_alerts import announcements
from zicha.storage.writing import add


def owe(connection: Connection, run: str, at: datetime) -> None:
    """Owe the telling of a run; call it in the transaction of its judgement."""
    add(connection, announcements, [{"run": run, "owed_at": at}], "run")


def owed(connection: Connection) -> list[str]:
    """The runs that nobody has put into the outbox yet, oldest first."""
    said = select(announcements.c.run).where(announcements.c.planned_at.is_(None))
    return list(connection.execute(said.order_by(announcements.c.owed_at)).scalars())


def is_planned(connection: Connection, run: str) -> bool:
    """Whether what is to be said of the run stands in the outbox."""
    said = select(announcements.c.planned_at).where(announcements.c.run == run)
    return connection.execute(said).scalar() is not None


def planned(connection: Connection, run: str, at: datetime) -> None:
    """Say that it stands in the outbox; call it in the transaction that puts it there."""
    owe(connection, run, at)
    connection.execute(
        update(announcements)
        .where(announcements.c.run == run, announcements.c.planned_at.is_(None))
        .values(planned_at=at)
    )
