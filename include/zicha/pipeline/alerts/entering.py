"""Putting a message into the outbox: for whom, under what, and not before which hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from zicha.alerts.message import Message
from zicha.catalog.scope_alerts import Destination
from zicha.pipeline.alerts.destinations import addressed, quiet_until
from zicha.pipeline.workplace import Workplace
from zicha.storage import messages


def enter(
    place: Workplace,
    connection: Connection,
    to: Destination,
    message: Message,
    *,
    run: str | None = None,
    op: str = messages.POST,
    under: str = "",
    extra: Mapping[str, Any] | None = None,
    at_any_hour: bool = False,
) -> messages.Message:
    """Enter it once, by its key.

    Args:
        place: whose outbox, hours and moment.
        connection: the transaction in which it is entered.
        to: who hears it.
        message: what is said.
        run: the run that it tells of.
        op: what is done with it.
        under: the key of the message in whose thread it stands.
        extra: what the outbox keeps beside its words.
        at_any_hour: whether quiet hours do not hold it back, critical or not.
    """
    return messages.enqueue(
        connection,
        message.key,
        channel=to.kind,
        recipient=to.recipient,
        body=message.body | addressed(to) | dict(extra or {}),
        at=place.clock(),
        run=run,
        op=op,
        thread=under,
        not_before=None if at_any_hour else quiet_until(place, message.urgent),
    )
