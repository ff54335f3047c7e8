"""Periods are evidence days: ISO weeks over the turn of a year, leap days, quarters, years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zicha.model.errors import ConfigError
from zicha.model.period import KINDS, ended_by, named_period, period_of

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("kind", "name", "first", "last"),
    [
        ("week", "2026-W53", "2026-12-28", "2027-01-03"),
        ("week", "2027-W01", "2027-01-04", "2027-01-10"),
        ("month", "2028-02", "2028-02-01", "2028-02-29"),
        ("month", "2100-02", "2100-02-01", "2100-02-28"),
        ("month", "2026-12", "2026-12-01", "2026-12-31"),
        ("quarter", "2026-Q4", "2026-10-01", "2026-12-31"),
        ("quarter", "2028-Q1", "2028-01-01", "2028-03-31"),
        ("year", "2026", "2026-01-01", "2026-12-31"),
    ],
)
def test_a_name_says_which_days(kind, name, first, last):
    found = named_period(kind, name)

    assert (found.first.isoformat(), found.last.isoformat(), found.id) == (first, last, name)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("week", "2026-W54"),
        ("week", "2027-W53"),
        ("week", "2026-11"),
        ("month", "2026-13"),
        ("month", "2026-1"),
        ("quarter", "2026-Q5"),
        ("year", "0000"),
        ("day", "2026-11-22"),
        ("", "2026"),
    ],
)
def test_what_is_no_period_is_refused_with_what_to_give(kind, name):
    with pytest.raises(ConfigError, match="give one"):
        named_period(kind, name)


@given(st.sampled_from(KINDS), DAYS)
def test_periods_follow_each_other_without_a_hole(kind, day):
    found = period_of(kind, day)

    assert found.holds(day)
    assert found.before().last == found.first - timedelta(days=1)
    assert named_period(kind, found.id) == found


@given(st.sampled_from(KINDS), DAYS)
def test_the_steps_of_a_period_are_all_of_its_days_once(kind, day):
    found = period_of(kind, day)

    told = [each for step in found.steps() for each in step.days()]

    assert told == list(found.days())


def test_the_date_says_what_ended_the_day_before():
    ended = {
        day: [period.id for period in ended_by(date.fromisoformat(day))]
        for day in ("2026-11-22", "2026-11-23", "2026-12-01", "2027-01-01", "2024-01-01")
    }

    assert ended == {
        "2026-11-22": [],
        "2026-11-23": ["2026-W47"],
        "2026-12-01": ["2026-11"],
        "2027-01-01": ["2026-12", "2026-Q4", "2026"],
        "2024-01-01": ["2023-W52", "2023-12", "2023-Q4", "2023"],
    }
