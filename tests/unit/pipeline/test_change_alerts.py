"""A change is told at once, in threads by the team's routes; nothing of it is lost or unsealed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fakes.judged_runs import fault, judged
from fakes.slack_server import OK, Says, fake_slack
from fakes.team_channel import beside, team_place
from zicha.duties.time import moment_of
from zicha.model.errors import MissingEvidenceError
from zicha.model.verdict import Severity
from zicha.pipeline.alerts.change_alerts import announce_change
from zicha.pipeline.alerts.outbox import send_due
from zicha.storage import messages, runs

NOW = moment_of("2026-11-21T09:00+08:00")
LATER = timedelta(minutes=20)


@pytest.fixture
def place(tmp_path):
    opened = team_place(tmp_path / "data", NOW)
    yield opened
    opened.database.close()


def told(place, slack, run):
    there = beside(place, slack)
    with there.database.read() as connection:
        found = runs.get(connection, run)
    return announce_change(there, found, {"unknown": 0}, 1)


def test_a_change_opens_its_thread_at_once_masked_and_without_a_second_message(place):
    run = judged(place, NOW, [fault(1)], trigger="event")

    with fake_slack(OK) as slack:
        assert told(place, slack, run)["state"] == "sent"
        assert told(place, slack, run)["state"] == "sent"

    (posted,) = slack.posted
    assert "f-00001" in str(posted)
    assert "10.0.0.7" not in str(posted)
    assert "王某" not in str(posted)


def test_what_no_thread_tells_is_one_message(place):
    run = judged(place, NOW, [fault(1, severity=Severity.INFO)], trigger="event")

    with fake_slack(OK) as slack:
        assert told(place, slack, run)["state"] == "sent"

    (posted,) = slack.posted
    assert "f-00001" in str(posted)


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.INFO])
def test_a_channel_that_is_down_holds_no_change_back_and_hears_of_it_later(place, severity):
    run = judged(place, NOW, [fault(1, severity=severity)], trigger="event")
    with fake_slack(Says(200, {"ok": False, "error": "channel_not_found"})) as down:
        assert told(place, down, run)["state"] == "queued"

    with fake_slack(OK) as slack:
        send_due(beside(place, slack, NOW + LATER))

    (posted,) = slack.posted
    assert "f-00001" in str(posted)


def test_what_was_being_sent_when_its_sender_died_is_told_at_the_next_look_and_marked(place):
    run = judged(place, NOW, [fault(1)], trigger="event")

    def dies(name, **_):
        if name == "message-claimed":
            raise InterruptedError

    heard = place.progress.step
    with fake_slack(OK) as slack:
        place.progress.step = dies
        with pytest.raises(InterruptedError):
            told(place, slack, run)
        place.progress.step = heard
        assert told(place, slack, run)["state"] == "sent"

    (posted,) = slack.posted
    assert "可能重复" in str(posted)


def test_a_change_whose_evidence_is_not_sealed_is_not_told(place):
    run = judged(place, NOW, [fault(1)], sealed=False, trigger="event")

    with fake_slack(OK) as slack, pytest.raises(MissingEvidenceError):
        told(place, slack, run)

    assert slack.posted == []
    with place.database.read() as connection:
        assert messages.of_run(connection, run) == []
