"""The outbox: what is to be said, and whether it left the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, func, not_, or_, select, update

from zicha.storage.schema_alerts import messages
from zicha.storage.writing import add

NEW, SENDING, SENT, MAYBE_SENT, DEAD = "new", "sending", "sent", "maybe-sent", "dead"
"""`new`: surely not out yet; `maybe-sent`: it may have arrived; `dead`: given up."""

POST, EDIT, FILE, WHISPER = "post", "edit", "file", "whisper"
"""A message of its own or a reply; another wording of one that was sent; a workbook; a word that
one person alone sees.
"""

MOST_ATTEMPTS = 20
"""After so many sure failures a message is dead: by the pauses below, about half a day."""

MOST_DOUBTS = 3
"""After so many attempts with no answer it stays maybe-sent: telling again would be noise."""

PATIENCE = timedelta(minutes=2)
"""How long a message that another task is sending is left to it; beyond, that task died."""

DOUBT = timedelta(minutes=10)
"""How long after a lost answer the message is told again, marked."""

_LONGEST_PAUSE = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said once to one recipient; its key makes it one.

    Args:
        op: a post, an edit of the message that `thread` names, or a file.
        thread: the key of the message under which it stands, or which it edits.
        not_before: quiet hours, or a limit of the channel; None: at once.
        may_be_double: an attempt before may have arrived: the next one says so.
    """

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
    op: str = POST
    thread: str = ""
    remote_channel: str = ""
    not_before: datetime | None = None
    may_be_double: bool = False

    @property
    def is_urgent(self) -> bool:
        """Whether it tells of something critical."""
        parts = self.body.get("parts") if isinstance(self.body, dict) else None
        return bool(parts and parts.get("urgent"))

    def is_due(self, now: datetime) -> bool:
        """Whether it is time for the next attempt."""
        if self.not_before is not None and now < self.not_before:
            return False
        if self.state == NEW:
            return not self.attempts or now >= self.changed_at + pause_after(self.attempts)
        if self.state == MAYBE_SENT:
            return self.attempts < MOST_DOUBTS and now >= self.changed_at + DOUBT
        return self.state == SENDING and now > self.changed_at + PATIENCE


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failures: one minute, doubled each time, at most an hour."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), _LONGEST_PAUSE)


def enqueue(
    connection: Connection,
    key: str,
    *,
    channel: str,
    recipient: str,
    body: Any,
    at: datetime,
    run: str | None = None,
    op: str = POST,
    thread: str = "",
    not_before: datetime | None = None,
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
        "op": op,
        "thread": thread,
        "not_before": not_before,
    }
    add(connection, messages, [row], "key")
    return get(connection, key)


def get(connection: Connection, key: str) -> Message:
    """The message of this key."""
    found = connection.execute(select(messages).where(messages.c.key == key))
    return Message(**found.mappings().one())


def find(connection: Connection, key: str) -> Message | None:
    """The message of this key, if there is one."""
    found = connection.execute(select(messages).where(messages.c.key == key))
    row = found.mappings().one_or_none()
    return None if row is None else Message(**row)


def waiting(connection: Connection, *states: str) -> list[Message]:
    """What is still to be sent, oldest first: new, maybe sent, or left behind while sending."""
    wanted: Sequence[str] = states or (NEW, SENDING, MAYBE_SENT)
    said = select(messages).where(messages.c.state.in_(wanted))
    found = connection.execute(said.order_by(messages.c.created_at, messages.c.key))
    return [Message(**row) for row in found.mappings()]


def counted(connection: Connection) -> dict[str, int]:
    """How many messages stand in each state."""
    said = select(messages.c.state, func.count()).group_by(messages.c.state)
    return {state: int(count) for state, count in connection.execute(said)}


def noted(connection: Connection, note: str, since: datetime) -> int:
    """How many were sent since then with this note beside them."""
    said = select(func.count()).where(
        messages.c.state == SENT,
        messages.c.error.endswith(note, autoescape=True),
        messages.c.changed_at > since,
    )
    return int(connection.execute(said).scalar_one())


def last_left(connection: Connection, prefix: str, recipient: str) -> datetime | None:
    """When the newest message of this kind left the house for the recipient, if any did."""
    said = select(func.max(messages.c.created_at)).where(
        messages.c.key.startswith(prefix, autoescape=True),
        messages.c.recipient == recipient,
        messages.c.state.in_((SENT, MAYBE_SENT)),
    )
    return connection.execute(said).scalar()


def left(connection: Connection, prefix: str, recipient: str) -> list[Message]:
    """The messages of this kind that left the house for the recipient, oldest first."""
    return [m for m in of_kind(connection, prefix, recipient) if m.state in (SENT, MAYBE_SENT)]


def of_kind(connection: Connection, prefix: str, recipient: str = "") -> list[Message]:
    """The messages whose key begins so, for the recipient or for all, oldest first."""
    said = select(messages).where(messages.c.key.startswith(prefix, autoescape=True))
    if recipient:
        said = said.where(messages.c.recipient == recipient)
    found = connection.execute(said.order_by(messages.c.created_at, messages.c.key))
    return [Message(**row) for row in found.mappings()]


def of_run(connection: Connection, run: str) -> list[Message]:
    """The messages that tell of a run, oldest first."""
    said = select(messages).where(messages.c.run == run)
    found = connection.execute(said.order_by(messages.c.created_at, messages.c.key))
    return [Message(**row) for row in found.mappings()]


def sent_since(connection: Connection, recipient: str, since: datetime) -> list[datetime]:
    """When something was last tried for the recipient since then, oldest first."""
    said = select(messages.c.changed_at).where(
        messages.c.recipient == recipient,
        messages.c.attempts > 0,
        messages.c.changed_at > since,
    )
    return sorted(connection.execute(said).scalars())


def left_behind(connection: Connection, key: str) -> bool:
    """Whether somebody began to send this and never heard that it arrived: it may have."""
    said = select(messages.c.state).where(messages.c.key == key)
    return connection.execute(said).scalar() in {SENDING, MAYBE_SENT}


def claim(
    connection: Connection, key: str, at: datetime, patience: timedelta = timedelta(0)
) -> bool:
    """Say that it is being sent now; False when it was sent already or was given up.

    Within `patience` of another's claim it is left to them: they may still be sending. Whoever
    claims what another was sending, or what may have arrived, tells it as a possible double.
    """
    others = and_(messages.c.state == SENDING, messages.c.changed_at > at - patience)
    doubtful = or_(messages.c.may_be_double, messages.c.state.in_((SENDING, MAYBE_SENT)))
    claimed = connection.execute(
        update(messages)
        .where(messages.c.key == key, messages.c.state.not_in((SENT, DEAD)), not_(others))
        .values(
            state=SENDING,
            attempts=messages.c.attempts + 1,
            changed_at=at,
            may_be_double=doubtful,
        )
    )
    return claimed.rowcount == 1


def settle(
    connection: Connection,
    key: str,
    state: str,
    at: datetime,
    *,
    remote_id: str = "",
    remote_channel: str = "",
    error: str = "",
) -> None:
    """Say how sending ended; one that was sent stays sent, one that failed too often is dead."""
    found = get(connection, key)
    is_lost = state == NEW and found.attempts >= MOST_ATTEMPTS
    connection.execute(
        update(messages)
        .where(messages.c.key == key, messages.c.state != SENT)
        .values(
            state=DEAD if is_lost else state,
            remote_id=remote_id,
            remote_channel=remote_channel,
            error=error,
            changed_at=at,
        )
    )


def settle_edit(connection: Connection, key: str, state: str, at: datetime, error: str) -> None:
    """The same for an edit, unless another wording was asked for while this one was under way."""
    if get(connection, key).state == SENDING:
        settle(connection, key, state, at, error=error)


def reword(connection: Connection, key: str, body: Any) -> None:
    """Change what a message says; whether that needs an edit is for the caller to see."""
    connection.execute(update(messages).where(messages.c.key == key).values(body=body))


def ask_again(connection: Connection, key: str, at: datetime) -> None:
    """Bring a message back to new: a dead one by a person's wish, an edit for its next wording."""
    connection.execute(
        update(messages)
        .where(messages.c.key == key)
        .values(state=NEW, attempts=0, error="", changed_at=at)
    )


def post_anew(
    connection: Connection, key: str, gone: str, at: datetime, not_before: datetime | None
) -> bool:
    """Bring back a message that stood there as `gone` and does not any more; whether it was that.

    Two that meet its absence bring it back once. One without a name may have arrived: it says so.
    """
    left = messages.c.state.in_((SENT, MAYBE_SENT))
    done = connection.execute(
        update(messages)
        .where(messages.c.key == key, left, messages.c.remote_id == gone)
        .values(
            state=NEW,
            attempts=0,
            remote_id="",
            remote_channel="",
            changed_at=at,
            not_before=not_before,
            may_be_double=messages.c.remote_id == "",
        )
    )
    return done.rowcount == 1


def readdress(connection: Connection, key: str, recipient: str) -> None:
    """Let a message follow its destination to another channel."""
    connection.execute(update(messages).where(messages.c.key == key).values(recipient=recipient))


def hasten(connection: Connection, key: str) -> None:
    """Let a message go at this hour that was to wait for another."""
    connection.execute(update(messages).where(messages.c.key == key).values(not_before=None))


def supersede(connection: Connection, prefix: str, recipient: str, but: str) -> None:
    """Drop what surely did not leave and whose matter another message of this kind tells."""
    connection.execute(
        delete(messages).where(
            messages.c.key.startswith(prefix, autoescape=True),
            messages.c.recipient == recipient,
            messages.c.key != but,
            messages.c.state == NEW,
            messages.c.may_be_double.is_(False),
        )
    )


def hold_back(connection: Connection, key: str, until: datetime) -> None:
    """Leave a new message until the channel takes more."""
    connection.execute(
        update(messages)
        .where(messages.c.key == key, messages.c.state.in_((NEW, MAYBE_SENT)))
        .values(not_before=until)
    )
