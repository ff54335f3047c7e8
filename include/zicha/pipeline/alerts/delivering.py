"""Handing one claimed message to its channel: a post, a reply, an edit, a workbook, a whisper.

The first message of a thread may be gone: deleted in Slack, or left in a channel that its
destination no longer is. It is posted anew as it stands now, and its news under it.
"""

from __future__ import annotations

from typing import Any

from zicha.alerts.message import Delivered, MaybeSent
from zicha.alerts.message import Message as Said
from zicha.alerts.slack import GONE, refused_code
from zicha.alerts.storm_sheet import storm_sheet
from zicha.catalog.scope_alerts import Destination
from zicha.model.errors import DeliveryError
from zicha.pipeline.alerts.destinations import channel_of, mask_of, quiet_until, slack_of
from zicha.pipeline.alerts.signals import changed_signals, silenced_signals
from zicha.pipeline.workplace import Workplace
from zicha.storage import messages, runs
from zicha.storage.messages import EDIT, FILE, WHISPER, Message

ANEW = "posted anew"
"""How the outbox says beside an edit that its message was not there any more."""


def delivered(
    place: Workplace, to: Destination, mine: Message, parent: Message | None
) -> Delivered | MaybeSent:
    """Send it once.

    Args:
        place: settings, credentials, and the outbox of its parent.
        to: where.
        mine: the message.
        parent: the message under which it stands, or which it edits.

    Raises:
        DeliveryError: it surely did not arrive.
    """
    if to.kind != "slack":
        return channel_of(place, to).send(_marked(mine))
    if mine.op == EDIT:
        return _edited(place, to, parent)
    if parent is not None and _was_left_behind(parent, to):
        _post_anew(place, parent)
        raise DeliveryError("slack: the channel changed: it goes under its thread in the new one")
    under = parent.remote_id if parent else ""
    where = (parent.remote_channel if parent else "") or to.channel
    try:
        if mine.op == FILE:
            return _uploaded(place, to, mine, where, under)
        if mine.op == WHISPER:
            user = str(mine.body["user"])
            said = Said.of(mine.key, mine.body)
            return slack_of(place, to).whisper(said, user, channel=where, under=under)
        return slack_of(place, to).send(
            _marked(mine), under=under, buttons=_buttons(place, mine.body)
        )
    except DeliveryError as error:
        if parent is not None and refused_code(str(error)) in GONE:
            _post_anew(place, parent)
        raise


def _edited(place: Workplace, to: Destination, parent: Message | None) -> Delivered | MaybeSent:
    if parent is None:
        raise DeliveryError("slack: the message to edit is not in the outbox: nothing to do")
    if not parent.remote_id:
        return _post_anew(place, parent, "nobody knows whether it arrived")
    if _was_left_behind(parent, to):
        return _post_anew(place, parent, "the channel changed")
    try:
        # The parent's own words, as they are now: of many edits that waited, the last one counts.
        return slack_of(place, to).edit(
            _marked(parent),
            channel=parent.remote_channel or to.channel,
            ts=parent.remote_id,
            buttons=_buttons(place, parent.body),
        )
    except DeliveryError as error:
        code = refused_code(str(error))
        if code not in GONE:
            raise
        return _post_anew(place, parent, code)


def _was_left_behind(parent: Message, to: Destination) -> bool:
    # A name and an id may mean the same channel.
    channels = {parent.recipient, parent.remote_channel}
    return bool(parent.remote_id) and to.channel not in channels


def _post_anew(place: Workplace, parent: Message, why: str = "") -> Delivered:
    """Let the first message of a thread stand in the channel again; its edit is done by that."""
    with place.database.write() as connection:
        messages.post_anew(
            connection,
            parent.key,
            parent.remote_id,
            place.clock(),
            quiet_until(place, parent.is_urgent),
        )
    place.progress.step("thread-posted-anew", why=why)
    return Delivered("", note=f"slack: {why}: {ANEW}")


def _uploaded(
    place: Workplace, to: Destination, mine: Message, where: str, under: str
) -> Delivered | MaybeSent:
    with place.database.read() as connection:
        run = runs.get(connection, str(mine.run))
    wanted = set(mine.body["findings"])
    held = [s for s in changed_signals(place, run) if s.id in wanted]
    held += silenced_signals(place, dict.fromkeys(wanted - {s.id for s in held}, "new"))
    data = storm_sheet(held, mask_of(place, to), run.started_at, place.scope.demo)
    said = _marked(mine)
    return slack_of(place, to).upload(
        f"zicha-{run.day}.xlsx",
        data,
        f"{said.plain('zh')} {said.plain('en')}",
        channel=where,
        under=under,
    )


def _marked(message: Message) -> Said:
    said = Said.of(message.key, message.body)
    return said.doubled() if message.may_be_double else said


def _buttons(place: Workplace, body: dict[str, Any]) -> str:
    """The mark of a group of findings in which something stands; a gap takes no act."""
    takes_acts = body.get("about") == "finding" and body.get("stands")
    return str(body.get("mark", "")) if place.scope.alerts.buttons and takes_acts else ""
