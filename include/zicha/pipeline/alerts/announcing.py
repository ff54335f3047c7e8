"""Telling the team once, of a run or a day: by an outbox, so that a crash loses nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from zicha.alerts.decision_message import KEY, Undecided, compose_undecided
from zicha.alerts.duty_message import compose_duties
from zicha.alerts.message import Change, Message, RunSummary, compose
from zicha.model.errors import ConfigError, DeliveryError
from zicha.model.finding import Finding
from zicha.model.verdict import Severity, Status
from zicha.pipeline.alerts.alerting import plan_run
from zicha.pipeline.alerts.destinations import CREDENTIAL, team_of
from zicha.pipeline.alerts.duty_standing import duty_summary
from zicha.pipeline.alerts.entering import enter
from zicha.pipeline.alerts.outbox import push, send_due
from zicha.pipeline.custody.sealing import root_of
from zicha.pipeline.findings.change import changes_of
from zicha.pipeline.findings.lists import finding_rows
from zicha.pipeline.incidents.reportable import reportable
from zicha.pipeline.runs.covering import outcomes_of
from zicha.pipeline.runs.judging import by_status, closed_run
from zicha.pipeline.workplace import Workplace
from zicha.storage import announcements, messages, reports, runs
from zicha.storage.messages import PATIENCE

__all__ = ["CREDENTIAL", "PATIENCE"]

EVENT = "event"
"""The trigger of a run over one change."""


def announce(place: Workplace, day: str) -> dict[str, Any]:
    """Tell of the day's newest judged run, and of every run that nobody told of yet.

    The summary goes to the team; threads of findings where the routes say. A run that was told
    is not told again.

    Raises:
        DeliveryError: the channel surely did not take the summary; the outbox keeps it.
        MissingEvidenceError: what would be told is not sealed.
    """
    run = closed_run(place, day)
    try:
        told = _tell_runs(place, run)
    finally:
        alert_undecided(place)
    return told


def _tell_runs(place: Workplace, newest: runs.Run) -> dict[str, Any]:
    with place.database.read() as connection:
        owed = [runs.get(connection, id_) for id_ in announcements.owed(connection)]
    told: dict[str, Any] = {}
    failed: DeliveryError | ConfigError | None = None
    for run in [*(run for run in owed if run.id != newest.id), newest]:
        plan_run(place, run)
        try:
            told = {"run": run.id} | _tell_summary(place, run)
        except (DeliveryError, ConfigError) as error:
            failed = error
    sent = send_due(place)
    if failed is not None:
        raise failed
    return told | ({"alerts": len(sent)} if sent else {})


def _tell_summary(place: Workplace, run: runs.Run) -> dict[str, Any]:
    """One message per run; a run of a single change has its thread alone, unless on a console."""
    if run.trigger == EVENT and team_of(place).kind != "console":
        return {"state": "threads-only", "to": recipient(place)}
    return tell(place, compose(_summary(place, run)), run.id)


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
    with place.database.write() as connection:
        messages.supersede(connection, f"{KEY}{day}-", to, f"{message.key}:{to}")
    return tell(place, message, about=about, patience=PATIENCE) | {"undecided": len(late)}


def _overdue(place: Workplace) -> list[Undecided]:
    return [
        Undecided(row["finding"], row["duty"], datetime.fromisoformat(row["decide_by"]))
        for row in reportable(place)
        if row["overdue"]
    ]


def recipient(place: Workplace) -> str:
    """Where the team's messages go: the channel, else the console."""
    return team_of(place).recipient


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
    team = team_of(place)
    keyed = replace(message, key=f"{message.key}:{team.recipient}")
    extra = {"about": list(about)} if about else {}
    with place.database.write() as connection:
        # What was queued for the team before its channel changed follows it there.
        before = messages.of_kind(connection, f"{message.key}:")
        mine = [m for m in before if m.state == messages.NEW and m.body.get("to") == team.id]
        queued = mine[-1] if mine else enter(place, connection, team, keyed, run=run, extra=extra)
    sent = push(place, queued.key, patience)
    if sent.state in (messages.SENT, messages.MAYBE_SENT):
        place.progress.step("announced", run=run or message.key, state=sent.state)
    return {"state": sent.state, "to": team.recipient}


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
