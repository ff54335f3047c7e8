"""Telling of a change within seconds: in the threads of its findings, by the team's routes.

A console has no threads and hears one message; so does the team of what no thread tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zicha.alerts.change_message import compose_change
from zicha.model.errors import DeliveryError
from zicha.model.text import Text
from zicha.pipeline.alerts.alerting import plan_run
from zicha.pipeline.alerts.announcing import recipient, tell
from zicha.pipeline.alerts.destinations import team_of
from zicha.pipeline.alerts.outbox import push, send_due
from zicha.pipeline.findings.change import changes_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import announcements, messages, runs
from zicha.storage.gaps import standing

QUEUED = "queued"
"""It stands in the outbox, which sends it when the channel or the hour allows."""

SUMMARY = "run-"


def announce_change(
    place: Workplace,
    run: runs.Run,
    counted: dict[str, int],
    count: int,
    waiting: Sequence[Text] = (),
) -> dict[str, Any]:
    """Tell what a change changed; what changed nothing is not told.

    An alert that another process was sending when it died says that it may be a repeat.

    Raises:
        DeliveryError: the console surely did not take it; the outbox keeps it.
        MissingEvidenceError: what would be told is not sealed.
    """
    with place.database.read() as connection:
        run = runs.get(connection, run.id)
        was_planned = announcements.is_planned(connection, run.id)
    plan_run(place, run)
    if was_planned:
        _take_up(place, run)
    told = _summary(place, run, counted, count, waiting)
    send_due(place)
    if told:
        return told
    state = _state(place, run)
    place.progress.step("announced", run=run.id, state=state)
    return {"state": state, "to": recipient(place)}


def _take_up(place: Workplace, run: runs.Run) -> None:
    """Send what a process that died was sending: only one follows changes, so it is not sent."""
    with place.database.read() as connection:
        mine = messages.of_run(connection, run.id)
    for message in mine:
        if message.state == messages.SENDING and not message.key.startswith(SUMMARY):
            try:
                push(place, message.key)
            except DeliveryError:
                continue  # the outbox keeps it, and tries again


def _summary(
    place: Workplace,
    run: runs.Run,
    counted: dict[str, int],
    count: int,
    waiting: Sequence[Text],
) -> dict[str, Any]:
    """One message to a console, and to a team of what its threads do not tell; else empty."""
    changed = changes_of(place, run.id)
    with place.database.read() as connection:
        opened = [gap for gap in standing(connection) if gap.run == run.id]
        earlier = messages.left_behind(connection, f"{SUMMARY}{run.id}:{recipient(place)}")
        mine = messages.of_run(connection, run.id)
    if not (changed.new or changed.worse or changed.fixed or opened):
        return {"state": "nothing-new", "to": recipient(place)}
    is_console = team_of(place).kind == "console"
    if not (is_console or opened) and any(not m.key.startswith(SUMMARY) for m in mine):
        return {}
    message = compose_change(
        run=run.id,
        demo=place.scope.demo,
        notices=count,
        new=changed.new,
        worse=changed.worse,
        fixed=changed.fixed,
        unread=counted["unknown"],
        waiting=waiting,
        may_repeat=earlier,
    )
    try:
        told = tell(place, message, run.id)
    except DeliveryError:
        if is_console:
            raise
        return {"state": QUEUED, "to": recipient(place)}
    return told | ({"state": QUEUED} if told["state"] == messages.NEW else {})


def _state(place: Workplace, run: runs.Run) -> str:
    """The least certain of its threads."""
    with place.database.read() as connection:
        states = {message.state for message in messages.of_run(connection, run.id)}
    if states & {messages.NEW, messages.SENDING}:
        return QUEUED
    return messages.MAYBE_SENT if messages.MAYBE_SENT in states else messages.SENT
