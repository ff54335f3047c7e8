"""Sending what the outbox holds: each message claimed, sent, settled; a crash loses none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from zicha.alerts.message import Delivered, MaybeSent
from zicha.alerts.routing import next_room
from zicha.catalog.alert_rules import load_alert_rules
from zicha.model.errors import ConfigError, DeliveryError
from zicha.pipeline.alerts.delivering import delivered
from zicha.pipeline.alerts.destinations import destination_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import messages
from zicha.storage.messages import DEAD, EDIT, MAYBE_SENT, NEW, SENT, Message

Sleep = Callable[[float], object]
"""Waits so many seconds."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How one message ended.

    Args:
        turn: when the channel, full by now, takes it.
        patience: for how many seconds a sender waits for that.
    """

    key: str
    state: str
    error: str = ""
    turn: datetime | None = None
    patience: int = 0


def send_due(place: Workplace, sleep: Sleep | None = None) -> list[Sent]:
    """Send whatever is due: what is critical first, and what stands alone before what is under it.

    One that fails stays in the outbox for its next turn and holds nothing else back. Given `sleep`,
    a channel that is full is waited for as long as its limits say, with nothing claimed or open.
    """
    done: dict[str, Sent] = {}
    slept = 0.0
    while True:
        due = [m for m in _due(place) if m.key not in done or done[m.key].turn]
        for message in due:
            if (sent := _tried(place, message)) is not None:
                done[message.key] = sent
        if due:
            continue
        pause = _pause(place.clock(), done.values(), slept)
        if sleep is None or pause is None:
            return list(done.values())
        sleep(pause)
        slept += pause


def _pause(now: datetime, done: Iterable[Sent], slept: float) -> float | None:
    """How long until the next turn that patience reaches; None: it reaches none."""
    waits = [((s.turn - now).total_seconds(), s.patience) for s in done if s.turn is not None]
    return min((w for w, patience in waits if 0 < w <= patience - slept), default=None)


def push(place: Workplace, key: str, patience: timedelta = timedelta(0)) -> Sent:
    """Send this message now, if nobody sent it and it may go at this hour.

    Raises:
        DeliveryError: it surely did not arrive; the outbox keeps it for another attempt.
    """
    now = place.clock()
    with place.database.read() as connection:
        found = messages.get(connection, key)
    if found.not_before is not None and now < found.not_before:
        return Sent(key, found.state)
    return _send(place, found, patience) or Sent(key, found.state)


def _due(place: Workplace) -> Iterable[Message]:
    now = place.clock()
    with place.database.read() as connection:
        listed = [m for m in messages.waiting(connection) if m.is_due(now)]
        above = {m.thread: messages.find(connection, m.thread) for m in listed if m.thread}
    ready = [m for m in listed if not m.thread or _may_go(m, above[m.thread])]
    return sorted(ready, key=lambda m: (not m.is_urgent, m.thread != "", m.created_at, m.key))


def _may_go(mine: Message, parent: Message | None) -> bool:
    """Whether it need not wait for what it stands under: that is out, or nobody will name it."""
    if parent is None or parent.state in (SENT, DEAD):
        return True
    # What is critical does not wait for an answer that was lost.
    return parent.state == MAYBE_SENT and (
        parent.attempts >= messages.MOST_DOUBTS or mine.is_urgent
    )


def _tried(place: Workplace, message: Message) -> Sent | None:
    """How it ended; None: what it stands under went back into the outbox meanwhile."""
    if message.thread:
        with place.database.read() as connection:
            parent = messages.find(connection, message.thread)
        if not _may_go(message, parent):
            return None
    try:
        full = _held_back(place, message)
    except ConfigError as error:
        return Sent(message.key, message.state, str(error))
    if full is not None:
        return full
    try:
        said = _send(place, message, messages.PATIENCE)
    except (DeliveryError, ConfigError) as error:
        return Sent(message.key, NEW, str(error))
    return said or Sent(message.key, message.state, "another task is sending it")


def _held_back(place: Workplace, message: Message) -> Sent | None:
    """Hold the message back while its channel is full; None: it takes it now."""
    now, to = place.clock(), destination_of(place, message)
    limit = load_alert_rules().limits[to.kind]
    with place.database.write() as connection:
        sent = messages.sent_since(connection, to.recipient, now - timedelta(minutes=1))
        turn = next_room(sent, now, limit.room(critical=message.is_urgent))
        if turn is None:
            return None
        messages.hold_back(connection, message.key, turn)
    why = "the channel takes no more for now"
    return Sent(message.key, message.state, why, turn, limit.wait_seconds)


def _send(place: Workplace, message: Message, patience: timedelta) -> Sent | None:
    with place.database.write() as connection:
        if not messages.claim(connection, message.key, place.clock(), patience):
            return None
        mine = messages.get(connection, message.key)
        parent = messages.find(connection, mine.thread) if mine.thread else None
    place.progress.step("message-claimed", run=mine.run or mine.key)
    state, error, said = NEW, "the task was stopped", None
    try:
        to = destination_of(place, mine)
        if to.recipient != mine.recipient:
            with place.database.write() as connection:
                messages.readdress(connection, mine.key, to.recipient)
        said = delivered(place, to, mine, parent)
        state = MAYBE_SENT if isinstance(said, MaybeSent) else SENT
        error = said.why if isinstance(said, MaybeSent) else said.note
    except (DeliveryError, ConfigError) as failure:
        error = str(failure)
        raise
    except BaseException:
        # Killed or crashed in the middle: nobody knows how far it came.
        state = MAYBE_SENT
        raise
    finally:
        _settle(place, mine, state, error, said)
    return Sent(mine.key, state, error)


def _settle(
    place: Workplace, mine: Message, state: str, error: str, said: Delivered | MaybeSent | None
) -> None:
    got = said if isinstance(said, Delivered) else Delivered("")
    with place.database.write() as connection:
        if mine.op == EDIT:
            messages.settle_edit(connection, mine.key, state, place.clock(), error)
        else:
            messages.settle(
                connection,
                mine.key,
                state,
                place.clock(),
                remote_id=got.reference,
                remote_channel=got.channel,
                error=error,
            )
