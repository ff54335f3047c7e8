"""How long a filing certificate is valid (1846 of 2025, question 6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fakes.regulator_facts import answer, example_scope, facts_for, section, with_system, words
from zicha.catalog.certificates import asked_from, counts_from, expiry_of
from zicha.catalog.scope_duties import DutyDeclarations
from zicha.reports.documents.registry import build

FORM = "mlps-certificate"


def document(filed=date(2025, 3, 10), assessed=(), today=date(2026, 11, 21)):
    """The certificate of a system with no paper in any register."""
    scope = with_system(example_scope(), "billing", filed_on=filed)
    scope = scope.model_copy(
        update={"registered": {}, "attestations": (), "duties": DutyDeclarations()}
    )
    rows = [
        {"finished_on": day, "body": "x", "conclusion": "x", "report_number": "x"}
        for day in assessed
    ]
    now = datetime(today.year, today.month, today.day, 0, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    answers = {"assessments": answer(*rows)} if rows else {}
    return build(FORM, facts_for(FORM, scope=scope, now=now, answers=answers))


@pytest.mark.parametrize(
    ("filed", "expiry"),
    [
        (date(2019, 5, 1), date(2028, 1, 1)),
        (date(2024, 12, 31), date(2028, 1, 1)),
        (date(2025, 1, 2), date(2028, 1, 2)),
        (date(2028, 2, 29), date(2031, 2, 28)),
    ],
)
def test_three_years_run_from_the_filing_and_for_older_ones_from_2025(filed, expiry):
    assert counts_from(filed) >= date(2025, 1, 1)
    assert expiry_of(filed) == expiry


def test_an_extension_is_asked_for_in_the_last_three_months():
    assert asked_from(date(2028, 5, 31)) == date(2028, 2, 29)


def test_every_reading_of_the_extension_is_shown_and_the_earliest_planned_on():
    found = document(assessed=("2025-09-01", "2026-09-01"))

    told = words(section(found, "validity"))
    assert [day in told for day in ("2028-03-10", "2029-03-10", "2030-03-10")] == [True] * 3
    assert "2028-03-10" in words(section(found, "extension"))


def test_an_assessment_before_the_filing_extends_nothing():
    told = words(section(document(assessed=("2025-03-09",)), "validity"))

    assert "2028-03-10" in told
    assert "2029-03-10" not in told


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (date(2027, 12, 9), "has not come"),
        (date(2027, 12, 10), "has begun"),
        (date(2028, 3, 10), "has begun"),
        (date(2028, 3, 11), "has run out"),
    ],
)
def test_the_window_opens_three_months_before_and_ends_with_the_certificate(day, says):
    assert says in words(section(document(today=day), "extension"))


def test_the_day_is_the_organisations_own():
    found = document(today=date(2027, 12, 10))

    assert found.as_of.astimezone(ZoneInfo("UTC")).date() == date(2027, 12, 10) - timedelta(days=1)
    assert "has begun" in words(section(found, "extension"))


def test_without_a_day_of_filing_nothing_is_computed():
    found = document(filed=None)

    assert section(found, "validity").state == "missing"
    assert "filed_on" in section(found, "validity").lacks.en


def test_a_register_that_contradicts_every_reading_is_named():
    found = section(build(FORM, facts_for(FORM)), "validity")

    assert found.state == "part"
    assert "2027-06-17" in found.lacks.en
