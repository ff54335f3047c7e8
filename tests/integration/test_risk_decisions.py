"""What people decided of a fault stands in the risk report, and changes no measurement of it."""

from __future__ import annotations

from datetime import date

import pytest

from fakes.risk_months import (
    Fault,
    inspect_on,
    place_on,
    scope_in,
)
from fakes.risk_texts import tables_of, whole
from zicha.model.finding_life import Act
from zicha.model.period import named_period
from zicha.pipeline.findings.acts import Step, act_on, chosen
from zicha.pipeline.findings.lists import finding_rows
from zicha.pipeline.risk.report import risk_facts
from zicha.reports.risk_facts import DEPTHS
from zicha.reports.risk_report import risk_document
from zicha.reports.risk_words import risk_words

NOVEMBER = named_period("month", "2026-11")


SCRATCH = Fault(
    "aws/s3_buckets#plain-http-is-refused",
    "demo-aws",
    "111122223333",
    "billing-scratch",
    "AWS::S3::Bucket",
    [(date(2026, 11, 1), date(2027, 12, 31))],
)


def test_a_waiver_is_told_with_its_scope_reason_people_end_and_what_still_fails(tmp_path):
    day = date(2026, 11, 20)
    place = place_on(tmp_path, day)
    inspect_on(place, day, [SCRATCH])

    facts = risk_facts(place, NOVEMBER)
    (row,) = tables_of(facts, "team")["waivers"].rows
    (outside,) = tables_of(facts, "regulator")["waivers"].rows
    summary = whole(risk_document(facts, "management", risk_words()))

    assert row["scope"] == (
        "billing · aws/s3_buckets#plain-http-is-refused · demo-aws · billing-scratch"
    )
    assert (row["requester"], row["approver"]) == (
        "airflow:demo-billing-owner",
        "airflow:demo-security-owner",
    )
    assert (row["valid_until"], row["verdict"].en) == ("2027-03-31", "fails, 1 open")
    assert "batch jobs" in row["because"].en
    assert [item.subject for item in facts.open] == ["billing-scratch"]
    assert set(outside) == {"requirement", "systems", "approval", "valid_until", "verdict"}
    assert "Waivers in force, whose faults still fail; before they end, mend or renew: 1" in summary


def test_an_expired_waiver_is_told_while_what_it_covered_is_open(tmp_path):
    day = date(2027, 4, 5)
    place = place_on(tmp_path, day)
    inspect_on(place, day, [SCRATCH])

    (row,) = tables_of(risk_facts(place, named_period("month", "2027-04")), "team")["waivers"].rows

    assert row["valid_until"].en == "2027-03-31 (expired)"
    assert row["verdict"].en == "fails, 1 open"


@pytest.mark.parametrize("level", [1, 4, 5])
def test_a_level_that_the_catalogue_lacks_is_said_in_every_depth(tmp_path, level):
    day = date(2026, 11, 20)
    scope = scope_in(tmp_path / "scope", systems=("level: 3", f"level: {level}"))
    place = place_on(tmp_path / "data", day, scope)
    inspect_on(place, day, [SCRATCH])

    facts = risk_facts(place, NOVEMBER)

    for depth in DEPTHS:
        said = whole(risk_document(facts, depth, risk_words()))
        assert f"nothing of level {level} was inspected" in said
        assert "未判定，不等于符合" in said


ACT = Fault(
    "change/events#recording-was-not-stopped",
    "demo-aws",
    "111122223333",
    "e-1",
    "AWS::CloudTrail::Event",
    [(date(2026, 11, 19), date(2027, 12, 31))],
)
REVIEWER = "airflow:demo-security-owner"


def reviewed(place, act, **body):
    (one,) = chosen(place, [row["id"] for row in finding_rows(place)])
    act_on(place, [Step(one, act, body)], REVIEWER)


def test_a_review_of_an_act_is_told_by_whom_when_and_why_and_closes_nothing(tmp_path):
    day = date(2026, 11, 20)
    place = place_on(tmp_path, day)
    inspect_on(place, day, [ACT])
    reviewed(place, Act.REVIEW, because="按变更单 CHG-7 停用")

    facts = risk_facts(place, NOVEMBER)
    (row,) = tables_of(facts, "team")["reviews"].rows
    (outside,) = tables_of(facts, "regulator")["reviews"].rows

    assert (row["reviewer"], row["reviewed"]) == (REVIEWER, "2026-11-20")
    assert row["because"] == "按变更单 CHG-7 停用"
    assert row["state"].en == "reviewed, open as measured"
    assert set(outside) == {"requirement", "systems", "reviewed", "state"}
    assert facts.open_at_end == 1
    assert facts.open[0].due is None


def test_a_review_that_was_taken_up_again_stays_told_and_a_later_one_is_not_of_the_period(tmp_path):
    day = date(2026, 11, 20)
    place = place_on(tmp_path, day)
    inspect_on(place, day, [ACT])
    reviewed(place, Act.REVIEW, because="误停")
    reviewed(place, Act.ASSIGN, owner="li", due="2026-11-24")
    later = place_on(tmp_path, date(2026, 12, 3))
    reviewed(later, Act.REVIEW, because="已复核")

    november = tables_of(risk_facts(later, NOVEMBER), "team")["reviews"].rows
    inspect_on(later, date(2026, 12, 3), [ACT])
    december = tables_of(risk_facts(later, named_period("month", "2026-12")), "team")["reviews"]

    assert [(row["because"], row["state"].en) for row in november] == [
        ("误停", "taken up again since")
    ]
    assert [row["because"] for row in december.rows] == ["已复核", "误停"]
    assert december.rows[1]["state"].en == "reviewed, open as measured"


def test_without_a_review_there_is_no_table_of_reviews(tmp_path):
    day = date(2026, 11, 20)
    place = place_on(tmp_path, day)
    inspect_on(place, day, [SCRATCH])

    assert "reviews" not in tables_of(risk_facts(place, NOVEMBER), "team")
