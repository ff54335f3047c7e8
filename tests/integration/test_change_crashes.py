"""The dispatcher is killed at each of its steps: the next call loses nothing and repeats nothing."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest

from fakes.changes import cloud, opened_group, workplace
from fakes.slack_server import fake_slack
from integration.one_day import in_a_child
from zicha.alerts.message import DOUBLE
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.events.dispatching import follow
from zicha.pipeline.events.receiving import drain
from zicha.pipeline.findings.lists import finding_rows
from zicha.pipeline.workplace import utc_now
from zicha.storage import notices

pytestmark = pytest.mark.slow

STEPS = (
    "notices-entered",
    "notices-deleted",
    "notices-taken",
    "pack-sealed",
    "indexed",
    "books-closed",
    "collection-closed",
    "outcomes-sealed",
    "judged",
    "message-claimed",
    "announced",
)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with cloud() as found, fake_slack() as slack:
        settings = {"ZICHA_SLACK_CHANNEL": "C1", "ZICHA_SLACK_URL": slack.url}
        settings |= {"ZICHA_CREDENTIAL_SLACK": "xoxb-test"}
        with workplace(found, tmp_path_factory.mktemp("crashes"), **settings) as place:
            # A clock that a child and its parent share.
            yield found, slack, replace(place, clock=utc_now)


@pytest.mark.parametrize("deadly", STEPS)
def test_killed_there_it_is_taken_up_and_told_once_or_says_that_it_may_repeat(here, deadly):
    found, slack, place = here
    group = found.group("killed", is_open=True)
    body = opened_group(group)
    found.send(body)
    told_before = len(slack.posted)

    def step(name, **_):
        if name == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def work():
        place.progress.step = step
        drain(place)
        follow(place)

    assert in_a_child(work) == -signal.SIGKILL
    if deadly == "notices-entered":
        # The queue delivers it again when its time is over; the message is the same one.
        with place.database.read() as connection:
            assert notices.counts(connection)["received"] == 1
    follow(place)

    told = [
        (method, body["metadata"]["event_payload"]["key"], str(body["text"]))
        for method, body in list(zip(slack.methods, slack.posted, strict=True))[told_before:]
    ]
    told = [(key, said) for method, key, said in told if method == "chat.postMessage"]
    assert any(group in row["subject"] for row in finding_rows(place))
    # Each thread or reply of the change once; a second time only as a possible repeat.
    once = {key for key, _ in told}
    assert once
    assert len(told) <= len(once) + 1
    for key in once:
        _, *again = [said for of, said in told if of == key]
        assert all(DOUBLE.zh in said for said in again)
    with place.database.read() as connection:
        assert notices.unfinished(connection) == []
        assert notices.oldest(connection) is None
    assert verify(place)["faults"] == []
