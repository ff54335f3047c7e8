"""Destinations that take nothing until a person does something: which, why, and what that is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection

from zicha.alerts.slack import REMEDIES, refused_code
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.pipeline.alerts.destinations import destination_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import messages

OFTEN = 3
"""So many failures of one message are no passing trouble: some seven minutes."""

_OTHER = Text("原因见 zicha alerts list", "see the reason in zicha alerts list")
_LOST = Text(
    "在 alerts.yaml 中恢复该去向，或以 zicha alerts give-up 放弃",
    "restore the destination in alerts.yaml, or give them up with zicha alerts give-up",
)


@dataclass(frozen=True, slots=True)
class Failing:
    """One destination and one reason.

    Args:
        to: the id of the destination; empty when it is gone.
        recipient: how the outbox names it.
        why: Slack's code, where it gave one.
        count: how many messages wait for it.
    """

    to: str
    recipient: str
    why: str
    remedy: Text
    count: int


def failing(place: Workplace, connection: Connection) -> list[Failing]:
    """What fails by now; a passing trouble (a limit, a server's error) is none."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for message in messages.waiting(connection, messages.NEW):
        if message.op == messages.WHISPER:
            continue  # whoever pressed may have left the channel: that is nobody's trouble
        try:
            to = destination_of(place, message)
        except ConfigError:
            counted["", message.recipient, "gone"] += 1
            continue
        code = refused_code(message.error)
        if code in REMEDIES:
            counted[to.id, to.recipient, code] += 1
        elif message.error and message.attempts >= OFTEN:
            counted[to.id, to.recipient, ""] += 1
    return [
        Failing(to, recipient, why, _LOST if why == "gone" else REMEDIES.get(why, _OTHER), count)
        for (to, recipient, why), count in sorted(counted.items())
    ]
