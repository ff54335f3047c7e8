"""Buttons: verified, authorised, recorded with their actor; spoofed ones refused and recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from fakes.judged_runs import fault, judged
from fakes.slack_server import OK, Says, fake_slack
from zicha.alerts.slack_signature import signature
from zicha.catalog.scope_alerts import Alerts, Destination
from zicha.catalog.scope_answers import Role
from zicha.custody.entry import entry_of
from zicha.duties.time import moment_of
from zicha.findings.waivers import WaiverAct
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.pipeline.alerts import waiver_asking
from zicha.pipeline.alerts.announcing import announce
from zicha.pipeline.alerts.desk import press_rows
from zicha.pipeline.alerts.pressed import receive, tell_threads
from zicha.pipeline.alerts.slack_worker import heard
from zicha.pipeline.custody.row_verification import drafts_of
from zicha.pipeline.findings.acts import chosen
from zicha.pipeline.findings.waiving import decide_waiver, waiver_rows
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
        tell_threads(there)
    return slack.posted


def mark_of(posted):
    blocks = [b for one in posted for b in one["blocks"] if b["type"] == "actions"]
    (block,) = blocks
    return block["elements"][0]["value"]


def payload(mark, user="U1OK", act="acknowledge", stamp="1.2"):
    action = {"action_id": f"zicha-{act}", "value": mark, "action_ts": stamp}
    return {
        "type": "block_actions",
        "user": {"id": user},
        "channel": {"id": "C0TEAM"},
        "trigger_id": "12.34.abcd",
        "actions": [action],
    }


def sent(view, user="U1OK", because="更换在途", until="2026-12-01", scope="thread"):
    """The form as Slack sends it once it is filled in."""
    values = {
        "scope": {"scope": {"selected_option": {"value": scope}}},
        "because": {"because": {"value": because}},
        "until": {"until": {"selected_date": until}},
    }
    kept = {name: view[name] for name in ("callback_id", "private_metadata")}
    view = {"id": "V1", "state": {"values": values}, **kept}
    return {"type": "view_submission", "user": {"id": user}, "view": view}


def form_of(place, mark, **pressed):
    """What the button opens: the view, and how the press was answered."""
    with fake_slack(OK) as slack:
        there = replace(place, settings=replace(place.settings, slack_url=slack.url))
        answer = asked(there, payload(mark, act="waive-request", **pressed))
    views = [
        one for one, how in zip(slack.posted, slack.methods, strict=True) if how == "views.open"
    ]
    return (views[0] if views else None), answer


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
    reply, edit = posted
    assert reply["thread_ts"] == "1.2"
    assert edit["ts"] == "1.2"
    assert "处理进展：已确认 2" in str(edit["blocks"])
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


def test_a_press_that_is_made_twice_assigns_once(place):
    mark = mark_of(told(place))
    for stamp in ("1.2", "1.3"):
        assert asked(place, payload(mark, act="assign", stamp=stamp)).status == 200

    with place.database.read() as connection:
        acts = finding_acts.history(connection, finding_acts.FINDING)
    assert len(acts) == 2


def test_a_press_whose_process_died_before_it_was_recorded_acts_once(place, monkeypatch):
    mark = mark_of(told(place))
    real = presses.record

    def killed(*_):
        raise RuntimeError("killed")

    monkeypatch.setattr(presses, "record", killed)
    with pytest.raises(RuntimeError, match="killed"):
        asked(place, payload(mark))
    monkeypatch.setattr(presses, "record", real)
    assert asked(place, payload(mark)).status == 200

    with place.database.read() as connection:
        acts = finding_acts.history(connection, finding_acts.FINDING)
    assert len(acts) == 2
    assert [row["outcome"] for row in press_rows(place)] == ["done"]


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


def test_the_waiver_button_opens_a_form_that_shows_what_it_would_hide(place):
    mark = mark_of(told(place))
    opened, answer = form_of(place, mark)

    assert answer.status == 200
    assert opened["trigger_id"] == "12.34.abcd"
    shown = json.dumps(opened["view"]["blocks"], ensure_ascii=False)
    assert "将标记 2 个问题（一般 2）：f-00001、f-00002" in shown
    assert "would mark 2" in shown
    assert "bucket-1" not in shown
    assert asked_for(place) == []
    assert [row["outcome"] for row in press_rows(place)] == ["opened"]


def submitted(place, **filled):
    mark = mark_of(told(place))
    opened, _ = form_of(place, mark)
    said = sent(opened["view"], **filled)
    return said, asked(place, said)


def test_a_form_that_is_sent_asks_for_the_waiver_in_the_name_of_who_pressed(place):
    said, answer = submitted(place)
    again = asked(place, said)

    assert (answer.status, answer.reply, again.reply) == (200, None, None)
    rows = asked_for(place)
    assert {row["state"] for row in rows} == {"requested"}
    assert {row["requester"] for row in rows} == {"slack:U1OK"}
    assert {row["finding"] for row in rows} == {"f-00001", "f-00002"}
    assert {str(row["expires"]) for row in rows} == {"2026-12-01"}
    assert all("更换在途" in str(row["because"]) for row in rows)
    assert len(rows) == 2
    assert standings(place) == {"open"}
    (reply,) = told(place)
    assert "slack:U1OK" in reply["text"]
    assert rows[0]["id"] in str(reply["blocks"])
    assert "更换在途" not in str(reply)


def test_whoever_asked_by_button_does_not_approve_it(place):
    submitted(place)
    role = place.scope.roles[0].model_copy(update={"acts_as": ("engineer", "approver")})
    there = replace(place, scope=place.scope.model_copy(update={"roles": (role,)}))
    id_ = asked_for(place)[0]["id"]

    with pytest.raises(ConfigError, match="another person must decide"):
        decide_waiver(there, id_, WaiverAct.APPROVE, "slack:U1OK")
    assert {row["state"] for row in asked_for(place)} == {"requested"}


def test_a_form_may_ask_for_the_check_at_its_whole_source(place):
    _, answer = submitted(place, scope="check-source")

    assert answer.reply is None
    (row,) = asked_for(place)
    said = [row[name] for name in ("suite", "expectation", "source")]
    assert said == ["aws/s3_buckets", "is-private", "demo-aws"]
    assert not row["finding"]


@pytest.mark.parametrize(
    ("field", "filled"),
    [
        ("because", {"because": "   "}),
        ("because", {"because": "长" * 2001}),
        ("until", {"until": "2026-11-20"}),
        ("until", {"until": "2028-11-21"}),
        ("until", {"until": ""}),
        ("scope", {"scope": "everything"}),
    ],
)
def test_a_form_that_lacks_something_comes_back_and_changes_nothing(place, field, filled):
    said, answer = submitted(place, **filled)

    assert answer.reply["response_action"] == "errors"
    assert set(answer.reply["errors"]) == {field}
    assert asked_for(place) == []
    # The same form may be sent again once it is mended.
    mended = sent(said["view"])
    assert asked(place, mended).reply is None
    assert len(asked_for(place)) == 2


def test_a_form_whose_scope_grew_since_it_was_shown_is_shown_once_more(place):
    mark = mark_of(told(place))
    opened, _ = form_of(place, mark)
    judged(place, NOW + timedelta(minutes=1), [fault(3)])
    told(replace(place, clock=lambda: NOW + timedelta(minutes=1)))

    answer = asked(place, sent(opened["view"]))

    assert answer.reply["response_action"] == "update"
    shown = json.dumps(answer.reply["view"], ensure_ascii=False)
    assert "将标记 3 个问题" in shown
    assert "更换在途" in shown
    assert asked_for(place) == []
    assert asked(place, sent(answer.reply["view"])).reply is None
    assert len(asked_for(place)) == 3


def test_a_form_sent_by_somebody_without_the_role_is_refused_recorded_and_says_so(place):
    mark = mark_of(told(place))
    opened, _ = form_of(place, mark)

    answer = asked(place, sent(opened["view"], user="U9NO"))

    assert answer.reply["response_action"] == "update"
    assert "refused and recorded" in str(answer.reply["view"])
    assert asked_for(place) == []
    assert [row["outcome"] for row in press_rows(place)] == ["opened", "refused"]


def test_a_form_that_slack_does_not_open_changes_nothing_and_is_told_to_who_pressed(place):
    mark = mark_of(told(place))
    expired = Says(body={"ok": False, "error": "expired_trigger_id"})
    with fake_slack(expired) as slack:
        there = replace(place, settings=replace(place.settings, slack_url=slack.url))
        asked(there, payload(mark, act="waive-request"))

    (row,) = press_rows(place)
    assert (row["outcome"], asked_for(place)) == ("failed", [])
    assert "expired_trigger_id" in row["because"]
    (whisper,) = told(place)
    assert whisper["user"] == "U1OK"
    assert "press once more" in str(whisper["blocks"])


def test_a_form_whose_process_died_half_way_asks_once_for_each_finding(place, monkeypatch):
    mark = mark_of(told(place))
    opened, _ = form_of(place, mark)
    said = sent(opened["view"])
    real, calls = waiver_asking.request_waiver, []

    def dies(*given, **named):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(*given, **named)

    monkeypatch.setattr(waiver_asking, "request_waiver", dies)
    with pytest.raises(RuntimeError, match="killed"):
        asked(place, said)
    monkeypatch.setattr(waiver_asking, "request_waiver", real)
    assert len(asked_for(place)) == 1
    assert asked(place, said).reply is None

    assert {row["finding"] for row in asked_for(place)} == {"f-00001", "f-00002"}
    assert len(asked_for(place)) == 2


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
    (whisper,) = told(place)
    assert (whisper["user"], whisper["channel"], whisper["thread_ts"]) == ("U9NO", "C1", "1.2")
    assert "拒绝" in whisper["text"]


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
    opened, _ = form_of(place, mark, stamp="1.3")
    asked(place, sent(opened["view"]))
    asked(place, payload(mark, user="U9NO"))
    asked(place, payload(mark), secret="guess")

    with place.database.read() as connection:
        held = {
            key: entry_of(body)
            for kind in ("press", "finding-act", "waiver-act", "refused-act")
            for key, body in ledger.bodies(connection, f"{kind}/")
        }
        drafts = [draft for draft, _, _ in drafts_of(connection) if draft.key in held]

    # Five presses; two findings acknowledged, two waivers asked for, one refusal.
    assert len(drafts) == 5 + 2 + 2 + 1
    assert all(draft.agrees(held[draft.key]) for draft in drafts)
