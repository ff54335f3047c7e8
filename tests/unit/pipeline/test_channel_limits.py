"""A channel that is full is waited for, within bounds: nothing lost, doubled or before its turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.slack_server import OK, fake_slack
from fakes.team_channel import OneToken
from zicha.alerts.message import Message
from zicha.catalog import alert_rules
from zicha.duties.time import moment_of
from zicha.model.text import Text
from zicha.pipeline.alerts import outbox
from zicha.pipeline.alerts.outbox import send_due
from zicha.pipeline.workplace import Settings, open_workplace
from zicha.storage import messages

NOW = moment_of("2026-11-21T09:00+08:00")
PER_MINUTE, KEPT, WAIT = 4, 1, 10


class Clock:
    """A clock that moves when somebody sleeps, and while something is sent."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def __call__(self):
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def place(tmp_path, clock, monkeypatch):
    rules = alert_rules.load_alert_rules()
    limit = rules.limits["slack"].model_copy(
        update={"per_minute": PER_MINUTE, "kept": KEPT, "wait_seconds": WAIT}
    )
    tight = rules.model_copy(update={"limits": rules.limits | {"slack": limit}})
    monkeypatch.setattr(outbox, "load_alert_rules", lambda: tight)
    opened = open_workplace({"ZICHA_DATA": str(tmp_path / "data")}, OneToken(), clock=clock)
    with fake_slack(OK) as slack:
        settings = Settings(slack_channel="C0TEAM", slack_url=slack.url)
        there = replace(opened, settings=settings)
        yield there, slack
    opened.database.close()


def queue(place, *names, urgent=False):
    with place.database.write() as connection:
        for name in names:
            said = Message(name, Text(name, name), (), urgent)
            messages.enqueue(
                connection,
                name,
                channel="slack",
                recipient="C0TEAM",
                body=said.body,
                at=place.clock(),
            )


def heard(slack):
    return [one["text"] for one in slack.posted]


def sent_at(place, clock, *ages, urgent=True):
    """Messages that left so many seconds ago."""
    before = clock.now
    for n, age in enumerate(ages):
        clock.now = before - timedelta(seconds=age)
        queue(place, f"before-{n}", urgent=urgent)
        send_due(place)
    clock.now = before


def test_a_sender_waits_out_a_limit_of_a_few_seconds(place, clock):
    place, slack = place
    sent_at(place, clock, 55, 30, 20)
    queue(place, "a")

    send_due(place, clock.sleep)

    assert heard(slack)[-1] == "a"
    assert clock.slept == [5.0]


def test_without_a_sleep_it_stays_for_the_next_look(place, clock):
    place, slack = place
    sent_at(place, clock, 55, 30, 20)
    queue(place, "a")

    (left,) = send_due(place)
    assert (left.state, left.error) == ("new", "the channel takes no more for now")
    clock.sleep(5)
    send_due(place)

    assert heard(slack)[-1] == "a"


def test_no_longer_is_waited_than_the_channels_bound_says(place, clock):
    place, slack = place
    sent_at(place, clock, 56, 52, 20)
    queue(place, "a", "b", "c")

    send_due(place, clock.sleep)

    assert heard(slack)[3:] == ["a", "b"]
    assert sum(clock.slept) == 8
    with place.database.read() as connection:
        (left,) = messages.waiting(connection)
    assert left.key == "c"
    assert left.attempts == 0


def test_what_is_critical_goes_first_and_into_the_room_that_is_kept_for_it(place, clock):
    place, slack = place
    sent_at(place, clock, 55, 30, 20)
    queue(place, "a", "b")
    queue(place, "grave", urgent=True)

    send_due(place)
    assert heard(slack)[3:] == ["grave"]

    send_due(place, clock.sleep)
    assert heard(slack)[3:] == ["grave"]
    clock.sleep(45)
    send_due(place)

    assert heard(slack)[3:] == ["grave", "a", "b"]


def test_a_critical_one_that_comes_during_the_wait_has_the_next_turn(place, clock):
    place, slack = place
    sent_at(place, clock, 56, 55, 54, 30)
    queue(place, "a")

    def sleep(seconds):
        clock.sleep(seconds)
        if len(clock.slept) == 1:
            queue(place, "grave", urgent=True)

    send_due(place, sleep)

    assert heard(slack)[4:] == ["grave", "a"]


def test_two_senders_that_wait_send_once(place, clock):
    place, slack = place
    sent_at(place, clock, 55, 30, 20)
    queue(place, "a")

    def meanwhile(seconds):
        clock.sleep(seconds)
        send_due(place)

    send_due(place, meanwhile)

    assert heard(slack).count("a") == 1


def test_nothing_is_claimed_or_open_while_it_waits(place, clock):
    place, slack = place
    sent_at(place, clock, 55, 30, 20)
    queue(place, "a")
    seen = []

    def looks(seconds):
        clock.sleep(seconds)
        with place.database.write() as connection:
            seen.append(messages.get(connection, "a").state)

    send_due(place, looks)

    assert seen == ["new"]
    assert heard(slack)[-1] == "a"


def test_whoever_dies_in_the_wait_loses_nothing(place, clock):
    place, slack = place
    sent_at(place, clock, 55, 30, 20)
    queue(place, "a", "b")

    def dies(seconds):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        send_due(place, dies)
    clock.sleep(60)
    send_due(place)

    assert heard(slack)[3:] == ["a", "b"]
    assert "可能重复" not in str(slack.posted)


def test_a_clock_that_stands_still_ends_the_wait_too(place, clock):
    place, slack = place
    sent_at(place, clock, 55, 30, 20)
    queue(place, "a")
    slept = []

    send_due(place, slept.append)

    assert sum(slept) <= WAIT
    assert "a" not in heard(slack)
