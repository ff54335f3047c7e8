"""How the duties stand is told once a day, whatever happens on the way to the channel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.slack_server import OK, Says, fake_slack
from fakes.team_channel import TOKEN, beside, team_place
from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError, DeliveryError
from zicha.model.obligation import Act
from zicha.pipeline.alerts.announcing import announce_duties
from zicha.pipeline.duties.obligations import record, watch_duties
from zicha.storage import messages

MORNING = moment_of("2026-11-21T08:00")
INSPECTION = "upi-self-inspection:yunqiao:2025-12-18"
REFUSED = Says(body={"ok": False, "error": "channel_not_found"})


@pytest.fixture
def place(tmp_path):
    """The example organisation, watched on the morning of 21 November 2026."""
    opened = team_place(tmp_path / "data", MORNING, "team")
    watch_duties(opened)
    yield opened
    opened.database.close()


def told(place, slack, day="2026-11-21", at=None):
    return announce_duties(beside(place, slack, moment_of(at) if at else None), day)


def outbox(place):
    every = (messages.NEW, messages.SENT, messages.MAYBE_SENT, messages.SENDING)
    with place.database.read() as connection:
        return [(m.key, m.state, m.attempts) for m in messages.waiting(connection, *every)]


def body(place):
    with place.database.read() as connection:
        return messages.waiting(connection, messages.SENT)[-1].body


def test_a_day_is_told_once(place):
    with fake_slack(OK) as slack:
        first, second = told(place, slack), told(place, slack, at="2026-11-21T17:00")

    assert first == {"day": "2026-11-21", "state": "sent", "to": "team"}
    assert second["state"] == "sent"
    assert len(slack.posted) == 1
    assert outbox(place) == [("duties-2026-11-21:team", "sent", 1)]


def test_the_next_day_is_told_again(place):
    with fake_slack(OK) as slack:
        told(place, slack)
        told(place, slack, "2026-11-22", "2026-11-22T08:00")

    assert [key for key, _, _ in outbox(place)] == [
        "duties-2026-11-21:team",
        "duties-2026-11-22:team",
    ]
    assert len(slack.posted) == 2


def test_a_refusal_is_kept_as_failed_and_sent_when_the_channel_is_right(place):
    with fake_slack(REFUSED) as slack, pytest.raises(DeliveryError):
        told(place, slack)
    assert outbox(place) == [("duties-2026-11-21:team", "new", 1)]

    with fake_slack(OK) as slack:
        told(place, slack)

    assert outbox(place) == [("duties-2026-11-21:team", "sent", 2)]
    assert len(slack.posted) == 1


def test_an_answer_that_was_lost_is_neither_sent_nor_failed(place):
    with fake_slack(Says(drops=True)) as slack:
        found = told(place, slack)

    assert found["state"] == "maybe-sent"
    assert outbox(place) == [("duties-2026-11-21:team", "maybe-sent", 1)]


def test_what_opened_is_told_until_it_was_heard_and_then_no_more(place):
    with fake_slack(REFUSED) as slack, pytest.raises(DeliveryError):
        told(place, slack)

    with fake_slack(OK) as slack:
        told(place, slack, "2026-11-22", "2026-11-22T08:00")
        heard = body(place)["zh"]
        told(place, slack, "2026-11-23", "2026-11-23T08:00")

    assert "新开启 0" not in heard
    assert "新开启 0" in body(place)["zh"]


def test_what_is_handed_in_is_neither_late_nor_near(place):
    with fake_slack(OK) as slack:
        told(place, slack)
        near = body(place)["en"]
        record(place, INSPECTION, Act.HAND_IN, "airflow:one")
        told(place, slack, "2026-11-22", "2026-11-22T08:00")

    assert "upi-self-inspection 2026-12-18" in near
    assert "upi-self-inspection" not in body(place)["en"]


def test_a_second_after_its_limit_it_is_late(place):
    with fake_slack(OK) as slack:
        told(place, slack)

    def said(at):
        there = replace(place, clock=lambda: moment_of(at))
        watch_duties(there)
        with fake_slack(OK) as slack:
            told(there, slack, at[:10], at)
        lines = body(place)["en"].splitlines()
        return [line.split(" ")[0] for line in lines if "upi-self-inspection" in line]

    assert said("2026-12-18T23:59:59") == ["Due"]
    assert said("2026-12-19T00:00:00") == ["Late"]


def test_from_november_the_missing_table_of_next_year_is_said_each_day(place):
    with fake_slack(OK) as slack:
        told(place, slack)

    assert "2027 年工作日表尚未载入" in body(place)["zh"]
    assert "working days of 2027 is not loaded" in body(place)["en"]


def test_a_day_that_is_over_is_told_as_it_ended(place):
    with fake_slack(OK) as slack:
        told(place, slack, "2026-11-21", "2027-06-01T08:00")

    assert "Duties 2026-11-21: 0 late, 2 due soon, 3 opened" in body(place)["en"]


@pytest.mark.parametrize(
    ("day", "says"), [("2026-11-22", "still to come"), ("2026-13-01", "2026-13-01")]
)
def test_a_day_that_cannot_be_told_is_refused_and_nothing_is_queued(place, day, says):
    with fake_slack(OK) as slack, pytest.raises(ConfigError, match=says):
        told(place, slack, day)

    assert outbox(place) == []
    assert slack.posted == []


def test_the_message_names_no_system_owner_or_token_and_is_no_advice(place):
    with fake_slack(OK) as slack:
        told(place, slack)
    said = str(slack.posted[0])

    for name in (TOKEN, "billing", "portal", "yunqiao", "security-owner"):
        assert name not in said
    assert "演示数据" in said
    assert "不构成法律意见" in said
    assert "legal advice" in said
