"""Buttons: verified, authorised, recorded with their actor; spoofed ones refused and recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pytest

from fakes.judged_runs import fault, judged
from fakes.slack_server import OK, fake_slack
from zicha.alerts.slack_signature import signature
from zicha.catalog.scope_alerts import Alerts, Destination
from zicha.catalog.scope_answers import Role
from zicha.custody.entry import entry_of
from zicha.duties.time import moment_of
from zicha.model.text import Text
from zicha.pipeline.alert_desk import press_rows
from zicha.pipeline.announcing import announce
from zicha.pipeline.button_acts import NO_REASON
from zicha.pipeline.finding_acts import chosen
from zicha.pipeline.outbox import send_due
from zicha.pipeline.pressed import receive
from zicha.pipeline.row_verification import drafts_of
from zicha.pipeline.slack_worker import heard
from zicha.pipeline.waiving import waiver_rows
from zicha.pipeline.workplace import open_workplace
from zicha.storage import finding_acts, findings, ledger, presses

NOW = moment_of("2026-11-21T09:00+08:00")
SECRET = "signing-canary"
ELSEWHERE = "none-of-these"


class TwoSecrets:
    """Credentials that hold a token and a signing secret."""

    def secret(self, name: str) -> str:
        return {"slack": "xoxb-1", "slack-signing": SECRET}[name]


@pytest.fixture
def place(tmp_path):
    environ = {"ZICHA_DATA": str(tmp_path / "data")}
    opened = open_workplace(environ, TwoSecrets(), clock=lambda: NOW)
    team = Destination(id="team", kind="slack", channel="C0TEAM")
    role = Role(
        id="engineer",
        title=Text("工程师", "Engineer"),
        actors=("slack:U1OK",),
        acts_as=("engineer",),
    )
    other = Role(
        id="elsewhere",
        title=Text("他处工程师", "Engineer elsewhere"),
        actors=("slack:U2ELSE",),
        acts_as=("engineer",),
        systems=(ELSEWHERE,),
    )
    scope = opened.scope.model_copy(
        update={"alerts": Alerts(destinations=(team,), buttons=True), "roles": (role, other)}
    )
    there = replace(opened, scope=scope)
    judged(there, NOW, [fault(1), fault(2)])
    yield there
    opened.database.close()


def told(place):
    with fake_slack(OK) as slack:
        there = replace(place, settings=replace(place.settings, slack_url=slack.url))
        announce(there, there.today())
        answered = send_due(there)
    del answered
    return slack.posted


def mark_of(posted):
    blocks = [b for one in posted for b in one["blocks"] if b["type"] == "actions"]
    (block,) = blocks
    return block["elements"][0]["value"]


def payload(mark, user="U1OK", act="acknowledge", stamp="1.2"):
    action = {"action_id": f"zicha-{act}", "value": mark, "action_ts": stamp}
    return {"type": "block_actions", "user": {"id": user}, "actions": [action]}


def asked(place, said, secret=SECRET):
    body = urlencode({"payload": json.dumps(said)}).encode()
    stamp = str(int(NOW.timestamp()))
    signed = {
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature(secret, stamp, body),
    }
    return receive(place, signed, body)


def test_a_press_is_recorded_with_its_actor_and_told_in_its_thread(place):
    mark = mark_of(told(place))

    answer = asked(place, payload(mark))
    again = asked(place, payload(mark))
    posted = told(place)

    (row,) = press_rows(place)
    assert (answer.status, again.status) == (200, 200)
    assert (row["actor"], row["act"], row["outcome"]) == ("slack:U1OK", "acknowledge", "done")
    assert row["about"] == ["f-00001", "f-00002"]
    (reply,) = posted
    assert reply["thread_ts"] == "1.2"
    assert "slack:U1OK" in reply["text"]
    with place.database.read() as connection:
        assert f"press/{row['key']}" in ledger.keys(connection)


def standings(place):
    with place.database.read() as connection:
        ids = [one.id for one in findings.listed(connection)]
    return {one.life.standing.value for one in chosen(place, ids)}


def asked_for(place):
    return [row for row in waiver_rows(place) if row["origin"] == "product"]


def test_a_press_of_an_engineer_changes_the_findings_of_the_group(place):
    mark = mark_of(told(place))

    assert asked(place, payload(mark)).status == 200
    assert standings(place) == {"acknowledged"}
    assert asked(place, payload(mark, act="assign", stamp="1.3")).status == 200

    assert standings(place) == {"in-rectification"}
    with place.database.read() as connection:
        ids = [one.id for one in findings.listed(connection)]
    assert {one.life.owner for one in chosen(place, ids)} == {"slack:U1OK"}


def test_a_press_that_was_done_but_whose_answer_was_lost_is_done_and_not_done_twice(place):
    mark = mark_of(told(place))
    for stamp in ("1.2", "1.3"):
        assert asked(place, payload(mark, act="assign", stamp=stamp)).status == 200
        assert asked(place, payload(mark, act="waive-request", stamp=stamp)).status == 200

    with place.database.read() as connection:
        acts = finding_acts.history(connection, finding_acts.FINDING)
    assert len(acts) == 2
    assert len(asked_for(place)) == 2


@pytest.mark.parametrize("user", ["U9NO", "U2ELSE"])
@pytest.mark.parametrize("act", ["acknowledge", "assign", "waive-request"])
def test_who_is_no_engineer_of_the_system_changes_nothing(place, user, act):
    mark = mark_of(told(place))

    assert asked(place, payload(mark, user=user, act=act)).status == 403

    assert standings(place) == {"open"}
    assert asked_for(place) == []
    with place.database.read() as connection:
        (refused,) = finding_acts.history(connection, finding_acts.REFUSED)
    assert refused["actor"] == f"slack:{user}"


def test_a_waiver_asked_for_by_button_waits_and_says_that_nobody_gave_a_reason(place):
    mark = mark_of(told(place))

    assert asked(place, payload(mark, act="waive-request")).status == 200

    rows = asked_for(place)
    assert {row["state"] for row in rows} == {"requested"}
    assert {row["requester"] for row in rows} == {"slack:U1OK"}
    assert all(NO_REASON in str(row["because"]) for row in rows)
    assert standings(place) == {"open"}


def test_an_acknowledged_group_is_not_acknowledged_by_a_second_person(place):
    mark = mark_of(told(place))
    asked(place, payload(mark))
    role = place.scope.roles[0].model_copy(update={"actors": ("slack:U3TOO",)})
    scope = place.scope.model_copy(update={"roles": (role,)})

    assert asked(replace(place, scope=scope), payload(mark, user="U3TOO")).status == 403


def test_an_actor_without_a_role_is_refused_and_recorded(place):
    mark = mark_of(told(place))

    assert asked(place, payload(mark, user="U9NO")).status == 403

    (row,) = press_rows(place)
    assert (row["actor"], row["outcome"]) == ("slack:U9NO", "refused")
    assert "roles.yaml" in row["because"]
    assert told(place) == []


def test_a_spoofed_request_is_refused_and_recorded_but_not_without_bound(place):
    for _ in range(presses.MOST_SPOOFED + 5):
        assert asked(place, payload("0" * 16), secret="guess").status == 401

    rows = press_rows(place)
    assert len(rows) == presses.MOST_SPOOFED
    assert {(row["outcome"], row["because"]) for row in rows} == {("spoofed", "wrong-signature")}


def test_a_group_in_which_nothing_stands_takes_no_act(place):
    assert asked(place, payload("0" * 16)).status == 403
    assert press_rows(place)[0]["because"] == "nothing-stands"


@dataclass
class Enveloped:
    """What the socket brings."""

    type: str
    payload: dict


def test_the_worker_takes_the_same_presses_and_nothing_else(place):
    mark = mark_of(told(place))

    assert heard(place, Enveloped("hello", {})) is None
    assert heard(place, Enveloped("interactive", {"actions": []})) is None
    assert heard(place, Enveloped("interactive", payload(mark, act="assign"))).status == 200

    assert [row["act"] for row in press_rows(place)] == ["assign"]


def test_the_ledger_agrees_with_every_press_and_what_it_did(place):
    mark = mark_of(told(place))
    asked(place, payload(mark))
    asked(place, payload(mark, act="waive-request", stamp="1.3"))
    asked(place, payload(mark, user="U9NO"))
    asked(place, payload(mark), secret="guess")

    with place.database.read() as connection:
        held = {
            key: entry_of(body)
            for kind in ("press", "finding-act", "waiver-act", "refused-act")
            for key, body in ledger.bodies(connection, f"{kind}/")
        }
        drafts = [draft for draft, _, _ in drafts_of(connection) if draft.key in held]

    # Four presses; two findings acknowledged, two waivers asked for, one refusal.
    assert len(drafts) == 4 + 2 + 2 + 1
    assert all(draft.agrees(held[draft.key]) for draft in drafts)
