"""The Socket Mode worker at a real WebSocket: it answers, connects again, and acts once."""

from __future__ import annotations

import io
import logging
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from fakes.judged_runs import fault, judged
from fakes.pressing import mark_of, payload
from fakes.slack_server import OK, Says, fake_slack
from fakes.slack_socket import fake_socket
from zicha.catalog.scope_alerts import Alerts, Destination
from zicha.catalog.scope_answers import Role
from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError, DeliveryError, ZichaError
from zicha.model.text import Text
from zicha.pipeline.alerts.announcing import announce
from zicha.pipeline.alerts.desk import press_rows
from zicha.pipeline.alerts.slack_worker import listen
from zicha.pipeline.findings.waiving import waiver_rows
from zicha.pipeline.workplace import open_workplace
from zicha.storage import finding_acts

NOW = moment_of("2026-11-21T09:00+08:00")
SECRETS = {"slack": "xoxb-canary-1", "slack-app": "xapp-canary-2"}


class Secrets:
    """Credentials that hold the bot's token and the app's."""

    def secret(self, name: str) -> str:
        return SECRETS[name]


class Heard:
    """Every step that was told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def step(self, name: str, **counts: int | str) -> None:
        self.said.append(f"{name} {counts}")


@pytest.fixture
def place(tmp_path):
    environ = {"ZICHA_DATA": str(tmp_path / "data")}
    opened = open_workplace(environ, Secrets(), clock=lambda: NOW, progress=Heard())
    team = Destination(id="team", kind="slack", channel="C0TEAM")
    role = Role(
        id="engineer",
        title=Text("工程师", "Engineer"),
        actors=("slack:U1OK",),
        acts_as=("engineer",),
    )
    alerts = Alerts(destinations=(team,), buttons=True)
    scope = opened.scope.model_copy(update={"alerts": alerts, "roles": (role,)})
    there = replace(opened, scope=scope)
    judged(there, NOW, [fault(1), fault(2)])
    yield there
    opened.database.close()


@contextmanager
def listening(place, alive=None):
    """A worker that is connected, the socket and the Slack that it talks to."""
    until, ready, failed = threading.Event(), threading.Event(), []

    def works(there):
        try:
            listen(there, ready.set, until, ping_seconds=0.2, alive=alive)
        except ZichaError as error:
            failed.append(error)

    with fake_socket() as socket, fake_slack(OK) as slack:
        slack.socket = socket.url
        there = replace(place, settings=replace(place.settings, slack_url=slack.url))
        announce(there, there.today())
        worker = threading.Thread(target=works, args=(there,), daemon=True)
        worker.start()
        try:
            assert ready.wait(20), failed
            socket.wait_for_connection()
            yield socket, slack
        finally:
            until.set()
            worker.join(20)
    assert not worker.is_alive()
    assert failed == []


def acts(place):
    with place.database.read() as connection:
        return finding_acts.history(connection, finding_acts.FINDING)


def test_the_file_of_its_health_is_touched_while_the_socket_is_open_and_not_after(place, tmp_path):
    alive = tmp_path / "alive"
    with listening(place, alive) as (socket, slack):
        slack.answers[:] = [Says(500, "<h1>x</h1>")]
        _wait(alive.exists)
        socket.drop()
        _wait(lambda: _stays_away(alive))


def _stays_away(alive):
    alive.unlink(missing_ok=True)
    return not any(alive.exists() or threading.Event().wait(0.1) for _ in range(8))


def _wait(until):
    for _ in range(200):
        if until():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not happen in time")


def test_each_envelope_is_answered_and_the_same_press_acts_once_across_a_refresh(place):
    with listening(place) as (socket, slack):
        mark = mark_of(slack.posted)
        socket.envelope("e-1", payload(mark))
        assert socket.answer() == {"envelope_id": "e-1"}
        socket.refresh()
        socket.wait_for_connection()
        socket.envelope("e-1", payload(mark))
        assert socket.answer() == {"envelope_id": "e-1"}
        socket.envelope("e-2", {"type": "shortcut"})
        assert socket.answer() == {"envelope_id": "e-2"}

    assert len(acts(place)) == 2
    assert [row["outcome"] for row in press_rows(place)] == ["done"]


def test_a_connection_that_breaks_off_is_made_again_and_what_follows_is_heard(place):
    with listening(place) as (socket, slack):
        mark = mark_of(slack.posted)
        refused = Says(503, "<html>busy</html>")
        slack.answers[:] = [refused, refused, OK]
        socket.drop()
        socket.wait_for_connection()
        socket.envelope("e-1", payload(mark, act="assign"))
        assert socket.answer() == {"envelope_id": "e-1"}

    assert len(acts(place)) == 2


def test_the_form_goes_through_the_socket_and_its_errors_stand_in_the_answer(place):
    with listening(place) as (socket, slack):
        mark = mark_of(slack.posted)
        socket.envelope("e-1", payload(mark, act="waive-request"))
        socket.answer()
        (view,) = [
            one["view"] for one, how in zip(slack.posted, slack.methods, strict=True)
            if how == "views.open"
        ]  # fmt: skip
        socket.envelope("e-2", form(view, because=" "))
        wrong = socket.answer()
        socket.envelope("e-3", form(view, because="更换在途"))
        right = socket.answer()

    assert wrong["payload"]["response_action"] == "errors"
    assert right == {"envelope_id": "e-3"}
    asked = [row for row in waiver_rows(place) if row["origin"] == "product"]
    assert [row["requester"] for row in asked] == ["slack:U1OK"] * 2


def form(view, because):
    values = {
        "scope": {"scope": {"selected_option": {"value": "thread"}}},
        "because": {"because": {"value": because}},
        "until": {"until": {"selected_date": "2026-12-01"}},
    }
    kept = {name: view[name] for name in ("callback_id", "private_metadata")}
    said = {"id": "V1", "state": {"values": values}, **kept}
    return {"type": "view_submission", "user": {"id": "U1OK"}, "view": said}


def test_who_may_not_hears_it_alone_and_the_thread_does_not(place):
    with listening(place) as (socket, slack):
        socket.envelope("e-1", payload(mark_of(slack.posted), user="U9NO"))
        socket.answer()
        socket.envelope("e-2", {"type": "shortcut"})
        socket.answer()
        how = dict(zip(slack.methods, slack.posted, strict=True))

    assert how["chat.postEphemeral"]["user"] == "U9NO"
    assert acts(place) == []


def test_what_could_not_be_taken_is_not_answered_and_is_taken_when_it_comes_again(
    place, monkeypatch
):
    from zicha.pipeline.alerts import slack_worker

    real, broken = slack_worker.take, [True]

    def flaky(there, said):
        if broken:
            broken.pop()
            raise OSError("database is locked")
        return real(there, said)

    monkeypatch.setattr(slack_worker, "take", flaky)
    with listening(place) as (socket, slack):
        mark = mark_of(slack.posted)
        socket.envelope("e-1", payload(mark))
        socket.envelope("e-1-again", payload(mark))
        assert socket.answer() == {"envelope_id": "e-1-again"}

    assert len(acts(place)) == 2
    assert any("press-not-taken" in step for step in place.progress.said)


def test_no_secret_and_no_ticket_stands_in_any_log(place):
    kept = io.StringIO()
    handler = logging.StreamHandler(kept)
    root = logging.getLogger()
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.DEBUG)
    try:
        with listening(place) as (socket, slack):
            socket.envelope("e-1", payload(mark_of(slack.posted)))
            socket.answer()
            socket.refresh()
            socket.wait_for_connection()
    finally:
        root.setLevel(before)
        root.removeHandler(handler)

    said = kept.getvalue() + str(place.progress.said)
    for canary in (*SECRETS.values(), "canary-ticket"):
        assert canary not in said


@pytest.mark.parametrize(
    ("token", "says", "sentence"),
    [
        ("xoxb-1", OK, "app-level token"),
        ("xapp-1", Says(body={"ok": False, "error": "invalid_auth"}), "correct the token"),
        ("xapp-1", Says(500, "<h1>x</h1>"), "answered 500"),
        ("xapp-1", Says(drops=True), "did not open"),
    ],
)
def test_a_worker_that_cannot_begin_says_why_in_one_sentence(
    place, monkeypatch, token, says, sentence
):
    monkeypatch.setitem(SECRETS, "slack-app", token)
    with fake_slack(says) as slack:
        there = replace(place, settings=replace(place.settings, slack_url=slack.url))
        with pytest.raises((ConfigError, DeliveryError), match=sentence):
            listen(there, lambda: None)
