"""A decision that nobody took in time is an alert: once, and again each day until somebody does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fakes.exposures import exposed
from fakes.slack_server import OK, Says, fake_slack
from fakes.team_channel import beside, team_place
from zicha.duties.time import moment_of
from zicha.model.errors import DeliveryError
from zicha.pipeline.alerts.announcing import alert_undecided, announce_duties
from zicha.pipeline.incidents.reportable import decide
from zicha.pipeline.workplace import open_workplace
from zicha.storage import messages

NOW = moment_of("2026-11-21T09:00+08:00")
REFUSED = Says(body={"ok": False, "error": "channel_not_found"})
FINDINGS = ("f-1", "f-2")


@pytest.fixture
def place(tmp_path):
    opened = team_place(tmp_path / "data", NOW, "team")
    exposed(opened, NOW - timedelta(hours=25))
    yield opened
    opened.database.close()


def alerted(place, slack, later=timedelta(0)):
    return alert_undecided(beside(place, slack, NOW + later))


def body(place):
    with place.database.read() as connection:
        return messages.waiting(connection, messages.SENT)[-1].body


@pytest.mark.parametrize(
    ("hours", "state"),
    [(23, "nothing-new"), (24, "nothing-new"), (24.001, "sent")],
    ids=["before", "at", "after"],
)
def test_the_internal_target_is_passed_before_anybody_is_alerted(tmp_path, hours, state):
    environ = {"ZICHA_DATA": str(tmp_path / "other")}
    place = open_workplace(environ, clock=lambda: NOW)
    exposed(place, NOW - timedelta(hours=hours))

    assert alert_undecided(place)["state"] == state
    place.database.close()


def test_it_is_told_once_a_day_and_again_the_next(place):
    with fake_slack(OK) as slack:
        said = [alerted(place, slack, timedelta(hours=h))["state"] for h in (0, 6, 24, 30)]

    assert said == ["sent", "nothing-new", "sent", "nothing-new"]
    assert len(slack.posted) == 2


def test_another_one_the_same_day_is_told_alone(place):
    with fake_slack(OK) as slack:
        alerted(place, slack)
        exposed(place, NOW - timedelta(hours=24), "f-2")
        second = alerted(place, slack, timedelta(hours=1))

    assert second["undecided"] == 1
    assert "f-2" in body(place)["en"]
    assert "f-1" not in body(place)["en"]


def test_who_decides_hears_no_more_of_it(place):
    with fake_slack(OK) as slack:
        alerted(place, slack)
        decide(place, "f-1", reports=False, because="test data", actor="os:1@here")
        later = alerted(place, slack, timedelta(days=1))

    assert later["state"] == "nothing-new"


def test_what_the_channel_refused_is_kept_and_told_with_whatever_came_since(place):
    with fake_slack(REFUSED) as slack, pytest.raises(DeliveryError):
        alerted(place, slack)
    exposed(place, NOW - timedelta(hours=24), "f-2")

    with fake_slack(OK) as slack:
        alerted(place, slack, timedelta(hours=1))

    assert all(name in body(place)["en"] for name in FINDINGS)


def test_the_refused_message_alone_is_sent_again_under_its_own_key(place):
    with fake_slack(REFUSED) as slack, pytest.raises(DeliveryError):
        alerted(place, slack)

    with fake_slack(OK) as slack:
        alerted(place, slack)

    with place.database.read() as connection:
        (kept,) = messages.waiting(connection, messages.SENT)
    assert kept.attempts == 2


def test_a_refused_daily_message_does_not_hold_the_alert_back(place):
    with fake_slack(REFUSED, OK) as slack:
        there = beside(place, slack)
        with pytest.raises(DeliveryError):
            announce_duties(there, "2026-11-21")

    assert "f-1" in body(place)["en"]


def test_the_daily_look_at_duties_alerts_too(place):
    with fake_slack(OK) as slack:
        there = beside(place, slack)
        announce_duties(there, "2026-11-21")

    assert len(slack.posted) == 2


def test_the_alert_names_no_resource_says_whose_limit_it_is_and_is_no_advice(place):
    with fake_slack(OK) as slack:
        alerted(place, slack)
    said = str(slack.posted[0])

    for name in ("bucket", "demo-aws", "yunqiao", "xoxb"):
        assert name not in said
    assert "data-risk-report-miit" in said
    assert "内部目标" in said
    assert "our own target" in said
    assert "不构成法律意见" in said


def test_the_longest_alert_is_cut_and_keeps_its_last_line(place):
    for number in range(60):
        exposed(place, NOW - timedelta(hours=26), f"finding-with-a-long-id-{number:03}")

    with fake_slack(OK) as slack:
        alerted(place, slack)

    # What Slack takes in one section.
    assert len(body(place)["en"]) < 2900
    assert "and 49 more" in body(place)["en"]
