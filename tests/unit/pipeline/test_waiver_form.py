"""The form behind the waiver button: shown with what it would hide, asked for once, or sent back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.judged_runs import fault, judged
from fakes.pressing import (
    NOW,
    asked,
    asked_for,
    buttoned_place,
    form_of,
    mark_of,
    payload,
    sent,
    standings,
    told,
)
from fakes.slack_server import Says, fake_slack
from fakes.team_channel import beside
from zicha.findings.waivers import WaiverAct
from zicha.model.errors import ConfigError
from zicha.pipeline.alerts import waiver_asking
from zicha.pipeline.alerts.desk import press_rows
from zicha.pipeline.findings.waiving import decide_waiver


@pytest.fixture
def place(tmp_path):
    opened = buttoned_place(tmp_path / "data")
    yield opened
    opened.database.close()


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
        there = beside(place, slack)
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
