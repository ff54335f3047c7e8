"""When duties are due: worked examples with their sources, and what holds for every duty."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zicha.catalog.duties import load_duties
from zicha.catalog.yaml_files import load_yaml
from zicha.duties.time import ZONE, due, end_of, latest_safe, moment_of
from zicha.duties.working_days import WorkingDays, chinese_working_days
from zicha.model.errors import ConfigError

CASES = load_yaml(Path(__file__).parents[2] / "fixtures" / "duties" / "due_cases.yaml")
DUTIES = load_duties()
DAYS = chinese_working_days()

dates = st.dates(date(2017, 12, 1), date(2027, 6, 1))
zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
# The engine of the property tests takes plain bounds and adds the zone itself.
FIRST, LAST = datetime(2018, 1, 1), datetime(2027, 6, 1)  # noqa: DTZ001
moments = st.datetimes(FIRST, LAST, timezones=zones)


@pytest.mark.parametrize("case", CASES["calendar_vectors"], ids=lambda c: f"{c['from']}+{c['add']}")
def test_working_days_reproduce_the_published_dates(case):
    counted = DAYS.count(date.fromisoformat(case["from"]), case["add"])

    assert counted.day == date.fromisoformat(case["equals"])
    assert counted.provisional is case.get("provisional", False)


def test_every_researched_calendar_vector_is_among_them():
    researched = {
        ("2025-06-01", 30, "2025-07-14"),
        ("2025-07-18", 30, "2025-08-29"),
        ("2026-02-09", 15, "2026-03-06"),
        ("2026-04-27", 10, "2026-05-13"),
        ("2026-09-21", 10, "2026-10-12"),
        ("2026-09-10", 30, "2026-10-28"),
    }

    assert researched <= {(c["from"], c["add"], c["equals"]) for c in CASES["calendar_vectors"]}


@pytest.mark.parametrize("case", CASES["due"], ids=lambda c: f"{c['duty']} from {c['from']}")
def test_a_duty_is_due_as_the_worked_example_says(case):
    duty, since = DUTIES[case["duty"]], moment_of(case["from"])

    found = due(duty, since, DAYS)
    plan = latest_safe(duty, found, since, DAYS)

    assert (plan.at and plan.at.isoformat()) == case["plan"]
    assert plan.disputed is case.get("disputed", False)
    assert plan.provisional is case.get("provisional", False)
    if found:
        assert (found[0].rolls_to and found[0].rolls_to.isoformat()) == case.get("rolls_to")
        if "opens" in case:
            assert found[0].opens_at.isoformat() == case["opens"]


def test_no_two_worked_examples_differ_in_a_number_only():
    keys = [(c["duty"], c["source"]) for c in CASES["due"]]

    assert len(keys) == len(set(keys))


@given(dates, st.integers(1, 90))
def test_counting_ends_on_a_working_day_and_counts_each_once(start, number):
    counted = DAYS.count(start, number).day

    between = [start + timedelta(n) for n in range(1, (counted - start).days + 1)]
    assert DAYS.is_working(counted)
    assert sum(map(DAYS.is_working, between)) == number


@given(dates, st.integers(1, 90))
def test_counting_back_never_lands_later_than_the_start_counted_forward(start, number):
    back = DAYS.count(start, -number).day

    assert DAYS.is_working(back)
    assert DAYS.count(back, number).day >= start or not DAYS.is_working(start)


@given(dates, st.integers(1, 60))
def test_a_date_outside_the_published_years_is_never_called_settled(start, number):
    counted = DAYS.count(start, number)

    assert counted.provisional or (start >= date(2017, 12, 31) and counted.day < date(2026, 12, 25))


@given(moments)
def test_hours_run_through_everything_whatever_the_zone(since):
    for clock, hours in (("inc-cac-general", 4), ("vuln-national-24h", 24)):
        first = due(DUTIES[clock], since, DAYS)[0]

        assert first.at - since == timedelta(hours=hours)
        assert first.at.tzinfo is ZONE


@pytest.mark.parametrize("duty", DUTIES.values(), ids=DUTIES)
@settings(max_examples=15)
@given(since=moments)
def test_the_plan_is_never_later_than_any_clock_that_must_be_kept(duty, since):
    found = due(duty, since, DAYS, targets={"": timedelta(hours=1)})
    plan = latest_safe(duty, found, since, DAYS)

    first = found[0] if found else None
    if first and first.whose == "operator" and first.purpose == "act" and first.at:
        assert plan.at is not None
        assert plan.at <= first.at
    for each in found:
        assert each.rolls_to is None or each.rolls_to > each.at.date()
        assert each.at_once == (each.at is None and each.target is not None)


@given(st.datetimes(FIRST, LAST))
def test_the_day_of_the_event_is_not_counted(naive):
    since = naive.replace(tzinfo=ZONE)

    first = due(DUTIES["vuln-product-2d"], since, DAYS)[0]

    assert first.at == end_of(since.date() + timedelta(days=2))


def test_midnight_in_shanghai_begins_the_day_whatever_utc_says():
    since = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)

    assert due(DUTIES["lic-annual-report"], since, DAYS)[0].at == end_of(date(2027, 3, 31))


def test_at_once_has_no_number_and_shows_the_internal_target_beside():
    since = moment_of("2026-10-02T03:10")

    found = due(DUTIES["inc-miit-2017"], since, DAYS, targets={"": timedelta(minutes=30)})[0]

    assert (found.at, found.at_once) == (None, True)
    assert found.target == since + timedelta(minutes=30)


def test_the_date_in_a_notice_is_taken_from_the_notice():
    since = moment_of("2020-01-08")

    found = due(DUTIES["app-rectify"], since, DAYS, notice=date(2020, 1, 17))[0]

    assert found.at == end_of(date(2020, 1, 17))


def test_an_authoritys_own_clock_is_never_ours_to_plan_by():
    since = moment_of("2026-03-05T09:00")
    found = due(DUTIES["inc-cac-cii"], since, DAYS)

    assert [each.whose for each in found] == ["operator", "authority"]
    assert latest_safe(DUTIES["inc-cac-cii"], found, since, DAYS).at == since + timedelta(hours=1)


def test_next_years_table_is_asked_for_from_november_on():
    known = WorkingDays({2026: None})

    assert known.lacking(date(2026, 10, 31)) is None
    assert known.lacking(date(2026, 11, 1)) == 2027


@pytest.mark.parametrize("said", ["2026-09-31", "tomorrow", "2026-13-01T00:00"])
def test_an_impossible_moment_is_refused_in_a_sentence(said):
    with pytest.raises(ConfigError, match="is no moment"):
        moment_of(said)
