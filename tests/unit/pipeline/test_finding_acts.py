"""People's acts on findings: roles, second persons, filters, waivers; nothing of it is a verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.command_line import CommandLine
from fakes.findings import faults, measure, plant
from fakes.tampering import unguarded
from integration.one_day import NOON, Steps, workplace
from zicha.findings.waivers import WaiverAct
from zicha.model.errors import ConfigError
from zicha.model.finding_life import Act
from zicha.pipeline.authority import MOST_REFUSED, record_refusal
from zicha.pipeline.custody.row_verification import drafts_of
from zicha.pipeline.findings import deciding
from zicha.pipeline.findings.acts import Step, act_on, chosen
from zicha.pipeline.findings.history import finding_document
from zicha.pipeline.findings.lists import finding_rows
from zicha.pipeline.findings.waiving import decide_waiver, request_waiver, waiver_document
from zicha.pipeline.findings.wanted import Wanted
from zicha.storage import finding_acts, ledger

OFFICER, OWNER = "airflow:demo-security-owner", "airflow:demo-billing-owner"
SHELL = "os:0@localhost"
DAY = timedelta(days=1)


@pytest.fixture
def place(tmp_path):
    place = workplace(tmp_path / "data", Steps(), NOON + timedelta(hours=1))
    plant(place, NOON)
    return place


def steps(place, act, **body):
    return [Step(one, act, body) for one in chosen(place, ["f-1"])]


def refused(place):
    with place.database.read() as connection:
        rows = finding_acts.history(connection, finding_acts.REFUSED)
    return [(row["actor"], row["act"]) for row in rows]


def row(place):
    (found,) = finding_rows(place)
    return found


def later(place, days):
    return replace(place, clock=lambda: NOON + days * DAY)


def asked(place, actor=SHELL, **more):
    body = {"finding": "f-1", "because": "borne", "expires": "2026-12-31"} | more
    return request_waiver(place, body, actor)["id"]


def test_an_act_is_in_the_history_with_its_actor_and_in_the_ledger(place):
    act_on(place, steps(place, Act.ACKNOWLEDGE), SHELL)

    found = finding_document(place, "f-1")
    with place.database.read() as connection:
        keys = ledger.keys(connection)
        wanted = [d.key for d, _, _ in drafts_of(connection) if d.key.startswith("finding-act/")]
    assert found["state"] == "acknowledged"
    assert [(act["act"], act["actor"]) for act in found["acts"]] == [("acknowledge", SHELL)]
    assert wanted
    assert set(wanted) <= set(keys)


def test_an_act_that_does_not_fit_is_refused_and_writes_nothing(place):
    act_on(place, steps(place, Act.ACKNOWLEDGE), SHELL)

    with pytest.raises(ConfigError, match="it is acknowledged"):
        act_on(place, steps(place, Act.ACKNOWLEDGE), SHELL)

    assert len(finding_document(place, "f-1")["acts"]) == 1


def test_who_lacks_the_role_is_refused_and_recorded(place):
    with pytest.raises(ConfigError, match="engineer or officer"):
        act_on(place, steps(place, Act.ACKNOWLEDGE), "airflow:somebody")

    assert refused(place) == [("airflow:somebody", "acknowledge")]
    assert row(place)["state"] == "open"


def test_refusals_of_one_actor_are_written_down_but_not_without_bound(place):
    for actor, times in (("airflow:somebody", MOST_REFUSED + 3), ("airflow:another", 1)):
        for _ in range(times):
            record_refusal(place, actor, "acknowledge", "f-1", "no role")

    actors = [actor for actor, _ in refused(place)]
    assert actors.count("airflow:somebody") == MOST_REFUSED
    assert actors.count("airflow:another") == 1


def test_a_role_for_one_system_says_nothing_of_what_belongs_to_none(place):
    with pytest.raises(ConfigError, match="may not"):
        act_on(place, steps(place, Act.ACKNOWLEDGE), OWNER)


def test_a_later_due_day_than_the_tables_is_refused(place):
    with place.database.write() as connection:
        connection.exec_driver_sql("UPDATE findings SET due = '2026-11-29'")

    with pytest.raises(ConfigError, match="lies later"):
        act_on(place, steps(place, Act.ASSIGN, owner="li", due="2026-12-30"), SHELL)
    act_on(place, steps(place, Act.ASSIGN, owner="li", due="2026-11-25"), SHELL)

    assert (row(place)["owner"], str(row(place)["due"])) == ("li", "2026-11-25")


def test_a_filter_skips_what_does_not_fit_and_a_dry_run_changes_nothing(place):
    wanted = Wanted(severity="critical", suite="aws/s3_buckets")
    meant = [Step(one, Act.ACKNOWLEDGE, {}) for one in chosen(place, [], wanted)]

    dry = act_on(place, meant, SHELL, dry_run=True, skips=True)
    assert row(place)["state"] == "open"
    first = act_on(place, meant, SHELL, skips=True)
    again = act_on(place, meant, SHELL, skips=True)

    assert [r["done"] for r in (*dry, *first, *again)] == [False, True, False]
    assert chosen(place, [], Wanted(severity="info")) == []
    with pytest.raises(ConfigError, match="no severity is called grave: there is critical, info"):
        chosen(place, [], Wanted(severity="grave"))
    with pytest.raises(ConfigError, match="give ids, or a filter"):
        chosen(place, [], Wanted())


def test_a_waiver_marks_nothing_before_a_second_verified_person_approves_it(place):
    held = replace(
        place,
        scope=place.scope.model_copy(
            update={
                "people": (
                    *place.scope.people,
                    place.scope.people[0].model_copy(update={"id": "root", "actors": (SHELL,)}),
                )
            }
        ),
    )
    id_ = asked(held)

    assert row(held)["state"] == "open"
    with pytest.raises(ConfigError, match="verifies nobody"):
        deciding.approve(held, id_, SHELL)
    found = deciding.approve(held, id_, OFFICER)

    assert (found["state"], found["approver"]) == ("in-force", OFFICER)
    assert refused(held) == [(SHELL, "approve-waiver")]
    assert (row(held)["state"], row(held)["measured"]) == ("waived", "open")


def test_whoever_asked_cannot_approve_nor_one_whom_nobody_tells_apart(place):
    mine, strange = asked(place, OFFICER), asked(place, SHELL)

    with pytest.raises(ConfigError, match="another person"):
        deciding.approve(place, mine, OFFICER)
    with pytest.raises(ConfigError, match="nobody declared who"):
        deciding.approve(place, strange, OFFICER)

    assert row(place)["state"] == "open"


def test_an_expired_waiver_comes_back_and_says_so(place):
    id_ = request_waiver(
        place, {"finding": "f-1", "because": "b", "expires": "2026-11-30"}, OFFICER
    )["id"]
    second = place.scope.roles[0].model_copy(update={"actors": (OFFICER, "airflow:boss")})
    place = replace(
        place, scope=place.scope.model_copy(update={"roles": (second, *place.scope.roles[1:])})
    )
    deciding.approve(place, id_, "airflow:boss")

    last, after = row(later(place, 8)), row(later(place, 9))

    assert last["state"] == "waived"
    assert (after["state"], after["waivers"]) == ("open", [])
    assert [one["id"] for one in after["expired_waivers"]] == [id_]


def test_what_a_waiver_would_hide_is_told_before_it_is_asked_for(place):
    body = {"suite": "aws/s3_buckets", "because": "b", "expires": "2026-12-31"}

    told = request_waiver(place, body, SHELL, dry_run=True)

    assert [one["id"] for one in told["would_hide"]] == ["f-1"]
    with pytest.raises(ConfigError, match="no waiver"):
        waiver_document(place, told["id"])


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"expires": "2026-11-01"}, "has passed"),
        ({"expires": "2036-11-01"}, "more than 366 days"),
        ({"because": " "}, "say why"),
        ({"finding": "", "subject": "**"}, "waives everything"),
        ({"finding": "", "suite": "no/such"}, "no suite"),
    ],
)
def test_a_waiver_for_all_or_for_ever_is_refused(place, more, says):
    with pytest.raises(ConfigError, match=says):
        asked(place, **more)


def test_a_decided_waiver_is_not_decided_again(place):
    id_ = asked(place, OFFICER)
    decide_waiver(place, id_, WaiverAct.WITHDRAW, OFFICER)

    with pytest.raises(ConfigError, match="is withdrawn"):
        decide_waiver(place, id_, WaiverAct.WITHDRAW, OFFICER)


def test_a_false_positive_takes_a_second_person_and_a_pass_still_closes(place):
    act_on(place, steps(place, Act.CLAIM_FALSE, because="b", until="2026-12-31"), OFFICER)

    with pytest.raises(ConfigError, match="another person"):
        deciding.approve(place, "f-1", OFFICER)
    found = row(place)
    measure(place, "f-1", NOON + 2 * DAY, passes=True)

    assert (found["state"], found["false_positive"]["claimed_by"]) == ("open", OFFICER)
    assert finding_document(place, "f-1")["state"] == "closed-passed"


def test_a_risk_register_tells_an_overdue_review(place):
    body = {"treatment": "mitigate", "residual": "low", "review_on": "2026-11-30", "because": "b"}
    act_on(place, steps(place, Act.TREAT, **body), OFFICER)

    before, after = row(later(place, 8)), row(later(place, 10))

    assert (before["treatment"], before["residual"], before["state"]) == ("mitigate", "low", "open")
    assert [before["review_overdue"], after["review_overdue"]] == [False, True]
    assert before["risk"] == "high"
    assert len(before["risk_because"]) == 3


def test_rows_of_acts_verify_and_an_edit_behind_the_ledger_is_found(place):
    act_on(place, steps(place, Act.ACKNOWLEDGE), SHELL)
    before = faults(place)

    with unguarded(place.database, "finding_acts") as connection:
        connection.exec_driver_sql("UPDATE finding_acts SET actor = 'airflow:someone-else'")

    assert before == []
    assert "finding-act f-1 acknowledge 1" in {one["where"] for one in faults(place)}


def test_the_terminal_may_ask_and_not_approve(place):
    zicha = CommandLine(place.data)

    acked = zicha("findings", "ack", "f-1", "--format", "json")
    wanted = ("findings", "waive", "f-1", "--because", "b", "--until", "2099-01-01")
    far = zicha(*wanted)
    approved = zicha("findings", "approve", "f-1")

    assert (acked.code, acked.json[0]["after"]) == (0, "acknowledged")
    assert (far.code, approved.code) == (2, 2)
    assert "verifies nobody" in approved.sentence
