"""Buttons: verified, authorised, recorded with their actor; spoofed ones refused and recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from fakes.pressing import (
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
from zicha.custody.entry import entry_of
from zicha.pipeline.alerts.desk import press_rows
from zicha.pipeline.alerts.slack_worker import heard
from zicha.pipeline.custody.row_verification import drafts_of
from zicha.pipeline.findings.acts import chosen
from zicha.storage import finding_acts, findings, ledger, presses


@pytest.fixture
def place(tmp_path):
    opened = buttoned_place(tmp_path / "data")
    yield opened
    opened.database.close()


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
