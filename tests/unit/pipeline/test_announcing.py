"""A run is told once, whatever happens on the way to the channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fakes.exposures import exposed
from fakes.slack_server import OK, Says, fake_slack
from fakes.team_channel import TOKEN, OneToken, beside
from integration.one_day import Steps, workplace
from zicha.model.errors import DeliveryError
from zicha.pipeline import announce, close_collection, collect, judge, plan_collection
from zicha.pipeline.workplace import Settings
from zicha.storage import messages


@pytest.fixture(scope="module")
def judged(tmp_path_factory) -> Path:
    """A day with a register and nothing else, judged and not yet told."""
    folder = tmp_path_factory.mktemp("judged")
    place = workplace(folder, Steps())
    for batch in plan_collection(place, place.today(), sources=["demo-register"]):
        collect(place, batch)
    close_collection(place, place.today())
    judge(place, place.today())
    return folder


@pytest.fixture
def place(judged, request):
    """The judged day, and a team channel of this test's own."""
    return replace(
        workplace(judged, Steps()),
        credentials=OneToken(),
        settings=Settings(slack_channel=request.node.name[:60]),
    )


def told(place, slack):
    there = beside(place, slack)
    return announce(there, there.today())


def states(place):
    with place.database.read() as connection:
        every = messages.waiting(connection, messages.NEW, messages.SENT, messages.MAYBE_SENT)
    return [m.state for m in every if m.key == f"run-{m.run}:{place.settings.slack_channel}"]


def test_a_run_that_was_told_is_not_told_again(place):
    with fake_slack(OK) as slack:
        first, second = told(place, slack), told(place, slack)

    assert (first["state"], second["state"]) == ("sent", "sent")
    keys = [one["metadata"] for one in slack.posted]
    assert len(keys) == len({str(key) for key in keys})


def test_a_refusal_is_kept_as_failed_and_sent_when_the_channel_is_right(place):
    with (
        fake_slack(Says(body={"ok": False, "error": "channel_not_found"})) as slack,
        pytest.raises(DeliveryError),
    ):
        told(place, slack)
    assert states(place) == ["new"]

    with fake_slack(OK) as slack:
        told(place, slack)

    assert states(place) == ["sent"]


def test_an_answer_that_was_lost_is_neither_sent_nor_failed(place):
    with fake_slack(Says(drops=True)) as slack:
        found = told(place, slack)

    assert found["state"] == "maybe-sent"
    assert states(place) == ["maybe-sent"]


def test_the_message_names_no_resource_and_no_token(place):
    with fake_slack(OK) as slack:
        told(place, slack)
    said = str(slack.posted[0])

    assert TOKEN not in said
    assert "demo-register" not in said
    assert "演示数据" in said


def test_after_a_run_the_decisions_that_are_overdue_are_alerted_of_too(place):
    exposed(place, place.clock() - timedelta(hours=25))

    with fake_slack(OK) as slack:
        told(place, slack)
    with place.database.read() as connection:
        kept = messages.left(connection, "undecided-", place.settings.slack_channel)

    assert len(kept) == 1
    assert [message.body["about"][0].partition("/")[0] for message in kept] == ["f-1"]
