"""Telling the team once, of a run or a day: by an outbox, so that a crash loses nothing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from zicha.alerts.console import ConsoleChannel
from zicha.alerts.decision_message import KEY, Undecided, compose_undecided
from zicha.alerts.duty_message import compose_duties
from zicha.alerts.message import Change, Channel, MaybeSent, Message, RunSummary, compose
from zicha.alerts.slack import SLACK, SlackChannel
from zicha.model.errors import ConfigError, DeliveryError
from zicha.model.finding import Finding
from zicha.model.text import Text
from zicha.model.verdict import Severity, Status
from zicha.pipeline.change import changes_of
from zicha.pipeline.covering import outcomes_of
from zicha.pipeline.duty_standing import duty_summary
from zicha.pipeline.judging import by_status, closed_run
from zicha.pipeline.lists import finding_rows
from zicha.pipeline.reportable import reportable
from zicha.pipeline.sealing import root_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import messages, reports, runs

CREDENTIAL = "slack"
PATIENCE = timedelta(minutes=2)
"""How long an alert that another task is sending is left to it; beyond, that task died."""


def announce(place: Workplace, day: str) -> dict[str, Any]:
    """Send the one message of the day's newest judged run; a run that was told is not told again.

    Raises:
        DeliveryError: the channel surely did not take it; the outbox keeps it as failed.
    """
    run = closed_run(place, day)
    try:
        return {"run": run.id} | tell(place, compose(_summary(place, run)), run.id)
    finally:
        alert_undecided(place)


def announce_duties(place: Workplace, day: str) -> dict[str, Any]:
    """Send the one message of how the duties stood on the day; a day is not told twice.

    Raises:
        ConfigError: the day is none, or still to come.
        DeliveryError: the channel surely did not take it; the outbox keeps it as failed.
    """
    told = compose_duties(duty_summary(place, day, recipient(place)))
    try:
        return {"day": day} | tell(place, told)
    finally:
        alert_undecided(place)


def alert_undecided(place: Workplace) -> dict[str, Any]:
    """Alert of decisions that nobody took in time: each once a day, until somebody decides.

    Raises:
        DeliveryError: the channel surely did not take it; the outbox keeps it as failed.
    """
    day, to = place.today(), recipient(place)
    with place.database.read() as connection:
        left = messages.left(connection, f"{KEY}{day}-", to)
    heard = {about for message in left for about in message.body.get("about", ())}
    late = [each for each in _overdue(place) if each.about not in heard]
    if not late:
        return {"state": "nothing-new", "to": to, "undecided": 0}
    message = compose_undecided(day, late, place.scope.demo)
    about = [each.about for each in late]
    return tell(place, message, about=about, patience=PATIENCE) | {"undecided": len(late)}


def _overdue(place: Workplace) -> list[Undecided]:
    return [
        Undecided(row["finding"], row["duty"], datetime.fromisoformat(row["decide_by"]))
        for row in reportable(place)
        if row["overdue"]
    ]


def recipient(place: Workplace) -> str:
    """Where the team's messages go: the channel, else the console."""
    return place.settings.slack_channel or "console"


def tell(
    place: Workplace,
    message: Message,
    run: str | None = None,
    *,
    about: Sequence[str] = (),
    patience: timedelta = timedelta(0),
) -> dict[str, Any]:
    """Send what the outbox does not call sent: where to, and how it ended.

    Args:
        place: where to, and the outbox.
        message: what is said; its key makes it one.
        run: the run that it tells of.
        about: the matters of a message that repeats until somebody acts.
        patience: how long another that is sending the same is left to it.
    """
    channel, to = _channel(place, place.settings.slack_channel), recipient(place)
    with place.database.write() as connection:
        queued = messages.enqueue(
            connection,
            f"{message.key}:{to}",
            channel="slack" if place.settings.slack_channel else "console",
            recipient=to,
            body={"zh": message.plain("zh"), "en": message.plain("en")}
            | ({"about": list(about)} if about else {}),
            at=place.clock(),
            run=run,
        )
        claimed = messages.claim(connection, queued.key, place.clock(), patience)
    if not claimed:
        return {"state": queued.state, "to": to}
    what = run or message.key
    place.progress.step("message-claimed", run=what)
    state = _sent(place, channel, message, queued.key)
    place.progress.step("announced", run=what, state=state)
    return {"state": state, "to": to}


def tell_health(place: Workplace, line: str) -> None:
    """One line about the pipeline itself, to its own channel; nothing of what it found."""
    if not place.settings.health_channel:
        return
    told = Message(key=f"health-{place.clock().isoformat()}", headline=Text(line, line), lines=())
    _channel(place, place.settings.health_channel).send(told)


def _sent(place: Workplace, channel: Channel, message: Message, key: str) -> str:
    state, remote, error = messages.SENT, "", ""
    try:
        said = channel.send(message)
        if isinstance(said, MaybeSent):
            state, error = messages.UNKNOWN, said.why
        else:
            remote = said.reference
    except (DeliveryError, ConfigError) as failure:
        state, error = messages.FAILED, str(failure)
        raise
    finally:
        with place.database.write() as connection:
            messages.settle(connection, key, state, place.clock(), remote_id=remote, error=error)
    return state


def _channel(place: Workplace, name: str) -> Channel:
    if not name:
        return ConsoleChannel(sys.stderr)
    token = place.credentials.secret(CREDENTIAL)
    return SlackChannel(token, name, base_url=place.settings.slack_url or SLACK)


def _summary(place: Workplace, run: runs.Run) -> RunSummary:
    changed = changes_of(place, run.id)
    counted = by_status(outcomes_of(place, run.id))
    open_rows = finding_rows(place)
    as_of = place.clock()
    with place.database.read() as connection:
        written = len(reports.listed(connection, run.id))
    root = root_of(place)
    severities = Counter(row["severity"] for row in open_rows)
    return RunSummary(
        run=run.id,
        day=run.day,
        demo=place.scope.demo,
        trigger=run.trigger,
        outcomes={Status(status): n for status, n in counted.items()},
        new=_told(changed.new),
        worse=_told(changed.worse),
        fixed=_told(changed.fixed),
        unreadable=Counter(gap.reason for gap in changed.unreadable),
        escalated=sum(gap.escalates(as_of) for gap in changed.unreadable),
        open={severity: severities[severity.value] for severity in Severity},
        reports=written,
        root=root["short"] if root else "",
    )


def _told(changed: tuple[Finding, ...]) -> tuple[Change, ...]:
    return tuple(Change(finding.id, finding.severity) for finding in changed)
