"""Telling the team of a run, once: by an outbox, so that a crash neither loses nor repeats."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from zicha.alerts.console import ConsoleChannel
from zicha.alerts.message import Change, Channel, MaybeSent, Message, RunSummary, compose
from zicha.alerts.slack import SLACK, SlackChannel
from zicha.model.errors import ConfigError, DeliveryError
from zicha.model.finding import Finding
from zicha.model.text import Text
from zicha.model.verdict import Severity, Status
from zicha.pipeline.change import changes_of
from zicha.pipeline.covering import outcomes_of
from zicha.pipeline.judging import by_status, closed_run
from zicha.pipeline.lists import finding_rows
from zicha.pipeline.sealing import root_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import messages, reports, runs

CREDENTIAL = "slack"


def announce(place: Workplace, day: str) -> dict[str, Any]:
    """Send the one message of the day's newest judged run; a run that was told is not told again.

    Raises:
        DeliveryError: the channel surely did not take it; the outbox keeps it as failed.
    """
    run = closed_run(place, day)
    message = compose(_summary(place, run))
    channel = _channel(place, place.settings.slack_channel)
    recipient = place.settings.slack_channel or "console"
    with place.database.write() as connection:
        queued = messages.enqueue(
            connection,
            f"{message.key}:{recipient}",
            channel="slack" if place.settings.slack_channel else "console",
            recipient=recipient,
            body={"zh": message.plain("zh"), "en": message.plain("en")},
            at=place.clock(),
            run=run.id,
        )
        claimed = messages.claim(connection, queued.key, place.clock())
    if not claimed:
        return {"run": run.id, "state": queued.state, "to": recipient}
    place.progress.step("message-claimed", run=run.id)
    state = _sent(place, channel, message, queued.key)
    place.progress.step("announced", run=run.id, state=state)
    return {"run": run.id, "state": state, "to": recipient}


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
