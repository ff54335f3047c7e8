"""The outbox: what is to be said, and whether it left the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, not_, select, update

from zicha.storage.schema import messages
from zicha.storage.writing import add

NEW, SENDING, SENT, UNKNOWN, FAILED, DEAD = "new", "sending", "sent", "unknown", "failed", "dead"
"""`unknown`: it may have arrived; `failed`: it did not, try again; `dead`: given up."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said once to one recipient; its key makes it one."""

    key: str
    channel: str
    recipient: str
    body: Any
    state: str
    attempts: int
    created_at: datetime
    changed_at: datetime
    run: str | None = None
    remote_id: str = ""
    error: str = ""


def enqueue(
    connection: Connection,
    key: str,
    *,
    channel: str,
    recipient: str,
    body: Any,
    at: datetime,
    run: str | None = None,
) -> Message:
    """Put a message in the outbox; the same key again changes nothing."""
    row = {
        "key": key,
        "channel": channel,
        "recipient": recipient,
        "body": body,
        "run": run,
        "state": NEW,
        "attempts": 0,
        "created_at": at,
        "changed_at": at,
    }
    add(connection, messages, [row], "key")
    return get(connection, key)


def get(connection: Connection, key: str) -> Message:
    """The message of this key."""
    found = connection.execute(select(messages).where(messages.c.key == key))
    return Message(**found.mappings().one())


def waiting(connection: Connection, *states: str) -> list[Message]:
    """What is still to be sent, oldest first: new, failed, or left behind while sending."""
    wanted: Sequence[str] = states or (NEW, FAILED, SENDING, UNKNOWN)
    said = select(messages).where(messages.c.state.in_(wanted))
    found = connection.execute(said.order_by(messages.c.created_at, messages.c.key))
    return [Message(**row) for row in found.mappings()]


def last_left(connection: Connection, prefix: str, recipient: str) -> datetime | None:
    """When the newest message of this kind left the house for the recipient, if any did."""
    said = select(func.max(messages.c.created_at)).where(
        messages.c.key.startswith(prefix, autoescape=True),
        messages.c.recipient == recipient,
        messages.c.state.in_((SENT, UNKNOWN)),
    )
    return connection.execute(said).scalar()


def left(connection: Connection, prefix: str, recipient: str) -> list[Message]:
    """The messages of this kind that left the house for the recipient, oldest first."""
    said = select(messages).where(
        messages.c.key.startswith(prefix, autoescape=True),
        messages.c.recipient == recipient,
        messages.c.state.in_((SENT, UNKNOWN)),
    )
    found = connection.execute(said.order_by(messages.c.created_at, messages.c.key))
    return [Message(**row) for row in found.mappings()]


def left_behind(connection: Connection, key: str) -> bool:
    """Whether somebody began to send this and never heard that it arrived: it may have."""
    said = select(messages.c.state).where(messages.c.key == key)
    return connection.execute(said).scalar() in {SENDING, UNKNOWN}


def claim(
    connection: Connection, key: str, at: datetime, patience: timedelta = timedelta(0)
) -> bool:
    """Say that it is being sent now; False when it was sent already or was given up.

    Within `patience` of another's claim it is left to them: they may still be sending.
    """
    others = and_(messages.c.state == SENDING, messages.c.changed_at > at - patience)
    claimed = connection.execute(
        update(messages)
        .where(messages.c.key == key, messages.c.state.not_in((SENT, DEAD)), not_(others))
        .values(state=SENDING, attempts=messages.c.attempts + 1, changed_at=at)
    )
    return claimed.rowcount == 1


def settle(
    connection: Connection,
    key: str,
    state: str,
    at: datetime,
    *,
    remote_id: str = "",
    error: str = "",
) -> None:
    """Say how sending ended; one that was sent stays sent."""
    connection.execute(
        update(messages)
        .where(messages.c.key == key, messages.c.state != SENT)
        .values(state=state, remote_id=remote_id, error=error, changed_at=at)
    )
