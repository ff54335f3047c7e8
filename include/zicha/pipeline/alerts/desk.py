"""What a person does about alerts: look into the outbox, bring back, give up; the day's digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any

from zicha.alerts.digest_message import Digest, compose_digest
from zicha.alerts.message import Message
from zicha.model.errors import ConfigError
from zicha.model.verdict import Severity
from zicha.pipeline.alerts.alerting import refresh_threads
from zicha.pipeline.alerts.announcing import recipient, tell
from zicha.pipeline.alerts.delivering import ANEW
from zicha.pipeline.alerts.gap_steps import escalate_gaps
from zicha.pipeline.alerts.health import watch_health
from zicha.pipeline.alerts.outbox import Sent, Sleep, push, send_due
from zicha.pipeline.custody.sealing import root_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings, gaps, messages, presses


def outbox_rows(place: Workplace, state: str = "") -> list[dict[str, Any]]:
    """The messages in a state; without one, all that did not surely leave."""
    known = (messages.NEW, messages.SENDING, messages.SENT, messages.MAYBE_SENT, messages.DEAD)
    if state and state not in known:
        raise ConfigError(f"--state {state}: give one of {', '.join(known)}")
    wanted = (state,) if state else tuple(s for s in known if s != messages.SENT)
    with place.database.read() as connection:
        listed = messages.waiting(connection, *wanted)
    names = ("key", "recipient", "op", "state", "attempts", "changed_at", "error")
    return [{name: getattr(m, name) for name in names} for m in listed]


def whole_message(place: Workplace, key: str) -> Message:
    """One message of the outbox, uncut.

    Raises:
        ConfigError: none has this key, or it has no text of its own.
    """
    with place.database.read() as connection:
        found = messages.find(connection, key)
    if found is None:
        raise ConfigError(f"no message has the key {key}: see `zicha alerts list`")
    if "zh" not in found.body:
        raise ConfigError(f"{key} is an edit or a file: show the message above it")
    return Message.of(found.key, found.body)


def press_rows(place: Workplace) -> list[dict[str, Any]]:
    """Every press, refused and spoofed ones included."""
    with place.database.read() as connection:
        return presses.every(connection)


def revive(place: Workplace, key: str) -> str:
    """Bring a dead message back and send it; how it ended.

    Raises:
        ConfigError: no dead message has this key.
        DeliveryError: it surely did not arrive.
    """
    with place.database.write() as connection:
        found = messages.find(connection, key)
        if found is None or found.state != messages.DEAD:
            raise ConfigError(f"no dead message has the key {key}: see `zicha alerts list`")
        messages.ask_again(connection, key, place.clock())
    return push(place, key).state


def look_and_send(place: Workplace, sleep: Sleep | None = None) -> list[dict[str, Any]]:
    """Look at our own health, at old gaps and at the threads, then send what is due.

    What fails in looking holds nothing back.
    """
    try:
        watch_health(place)
        escalate_gaps(place)
        refresh_threads(place)
    finally:
        sent = send_due(place, sleep)
    return _rows(sent)


def _rows(sent: Iterable[Sent]) -> list[dict[str, Any]]:
    return [{"state": each.state, "key": each.key, "error": each.error} for each in sent]


def revive_all(place: Workplace) -> list[dict[str, Any]]:
    """Bring every dead message back, and send what the channels take by now; how each ended."""
    with place.database.write() as connection:
        dead = {message.key for message in messages.waiting(connection, messages.DEAD)}
        for key in dead:
            messages.ask_again(connection, key, place.clock())
    return _rows(each for each in send_due(place) if each.key in dead)


def bury(place: Workplace, key: str) -> str:
    """Give a message up: it stays in the list.

    Raises:
        ConfigError: no waiting message has this key.
    """
    with place.database.write() as connection:
        found = messages.find(connection, key)
        if found is None or found.state in (messages.SENT, messages.DEAD):
            raise ConfigError(f"no waiting message has the key {key}: see `zicha alerts list`")
        said = f"given up by {place.actor}"
        messages.settle(connection, key, messages.DEAD, place.clock(), error=said)
    return messages.DEAD


def announce_digest(place: Workplace) -> dict[str, Any]:
    """Tell how the day stands, once a day: open findings, gaps, undelivered alerts, the root.

    Raises:
        DeliveryError: the channel surely did not take it; the outbox keeps it.
    """
    now = place.clock()
    with place.database.read() as connection:
        standing = [f for f in findings.listed(connection) if f.is_open]
        open_gaps = gaps.standing(connection)
        outbox = messages.counted(connection)
        anew = messages.noted(connection, ANEW, now - timedelta(days=1))
        refused = len(presses.every(connection, presses.REFUSED))
        spoofed = len(presses.every(connection, presses.SPOOFED))
    since = now - timedelta(days=1)
    today = now.astimezone(place.zone).date()
    counted = Counter(f.severity for f in standing)
    root = root_of(place)
    digest = Digest(
        day=place.today(),
        demo=place.scope.demo,
        open={severity: counted[severity] for severity in Severity},
        new=sum(f.opened_at > since for f in standing),
        overdue=sum(f.due is not None and f.due < today for f in standing),
        gaps=len(open_gaps),
        escalated=sum(gap.escalates(now) for gap in open_gaps),
        dead=outbox.get(messages.DEAD, 0),
        maybe=outbox.get(messages.MAYBE_SENT, 0),
        anew=anew,
        refused=refused,
        spoofed=spoofed,
        root=root["short"] if root else "",
    )
    return tell(place, compose_digest(digest))


def digest_if_due(place: Workplace) -> dict[str, Any]:
    """The digest, from the hour that the scope names on; without one it is not told."""
    at = place.scope.alerts.digest_at
    here = place.clock().astimezone(place.zone).time().replace(tzinfo=None)
    if at is None or here < time.fromisoformat(at):
        return {"state": "not-due", "to": recipient(place)}
    return announce_digest(place)
