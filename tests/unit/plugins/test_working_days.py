"""Runs on Chinese working days: holidays, make-up Saturdays, the year's end, and the unknown."""

from __future__ import annotations

import json

import pendulum
import pytest
from airflow.timetables.base import DataInterval, TimeRestriction

from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError
from zicha_airflow import working_days
from zicha_airflow.plugin import ZichaPlugin
from zicha_airflow.working_days import EachWorkingDay

CATCH_UP = TimeRestriction(None, None, catchup=True)
LATEST_ONLY = TimeRestriction(None, None, catchup=False)


class At(EachWorkingDay):
    """Nine o'clock, asked at a moment of the test's own."""

    def __init__(self, now):
        super().__init__("09:00")
        self.moment = moment_of(now)

    def _now(self):
        return self.moment


@pytest.fixture(autouse=True)
def _forget_warnings():
    working_days._warn_if_unsettled.cache_clear()


def pendulum_of(said):
    return pendulum.instance(moment_of(said))


def following(last, now="2026-01-01T00:00", restriction=CATCH_UP):
    interval = DataInterval.exact(pendulum_of(last)) if last else None
    found = At(now).next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)
    return found and found.run_after.in_timezone("Asia/Shanghai").format("YYYY-MM-DD HH:mm")


@pytest.mark.parametrize(
    ("last", "following_day"),
    [
        ("2026-11-19T09:00", "2026-11-20 09:00"),  # Thursday to Friday
        ("2026-11-20T09:00", "2026-11-23 09:00"),  # over a weekend
        ("2026-09-30T09:00", "2026-10-08 09:00"),  # National Day: eight days off
        ("2026-10-09T09:00", "2026-10-10 09:00"),  # the Saturday that makes up for it
        ("2026-09-18T09:00", "2026-09-20 09:00"),  # the Sunday before it
        ("2025-12-31T09:00", "2026-01-04 09:00"),  # New Year, then a Sunday at work
        ("2018-12-28T09:00", "2018-12-29 09:00"),  # moved by the next year's notice
    ],
)
def test_a_run_follows_on_the_next_day_that_people_work(last, following_day):
    assert following(last) == following_day


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2026-11-20T08:59:59", "2026-11-20 09:00"),
        ("2026-11-20T09:00", "2026-11-23 09:00"),
        ("2026-11-20T09:01", "2026-11-23 09:00"),
    ],
)
def test_without_a_start_the_first_run_lies_ahead(now, first):
    assert following(None, now, CATCH_UP) == first
    assert following(None, now, LATEST_ONLY) == first


def test_a_start_that_is_a_run_is_the_first_one():
    restriction = TimeRestriction(pendulum_of("2026-10-10T09:00"), None, catchup=True)

    assert following(None, restriction=restriction) == "2026-10-10 09:00"


def test_of_missed_days_only_the_latest_is_run_without_catch_up():
    assert following("2026-11-16T09:00", "2026-11-20T10:00", LATEST_ONLY) == "2026-11-20 09:00"
    assert following("2026-11-16T09:00", "2026-11-20T10:00", CATCH_UP) == "2026-11-17 09:00"


def test_a_run_is_not_repeated_on_its_own_day():
    assert following("2026-11-20T09:00", "2026-11-20T10:00", LATEST_ONLY) == "2026-11-23 09:00"


def test_nothing_runs_after_the_end():
    ended = TimeRestriction(None, pendulum_of("2026-10-07T23:59"), catchup=True)

    assert following("2026-09-30T09:00", restriction=ended) is None


def test_the_day_is_shanghais_and_the_moment_utc():
    early = EachWorkingDay("00:30").next_dagrun_info(
        last_automated_data_interval=DataInterval.exact(pendulum_of("2026-11-20T00:30")),
        restriction=CATCH_UP,
    )

    assert early.run_after.isoformat() == "2026-11-22T16:30:00+00:00"
    assert early.logical_date == early.run_after


def test_beyond_the_tables_the_weekday_decides_and_the_log_says_so(caplog):
    # 1 October 2027 is a Friday: a holiday that nobody has published yet.
    assert following("2027-09-30T09:00") == "2027-10-01 09:00"
    assert following("2027-10-01T09:00") == "2027-10-04 09:00"

    assert "load the table of 2027" in caplog.text
    assert "2027-10-01 is taken for a working day" in caplog.text


def test_a_doubtful_day_is_said_once_however_often_it_is_asked_for(caplog):
    for _ in range(3):
        following("2027-09-30T09:00")

    assert caplog.text.count("2027-10-01") == 1


def test_a_settled_day_is_not_warned_of(caplog):
    following("2026-09-30T09:00")

    assert caplog.text == ""


def test_the_last_week_of_the_last_sourced_year_may_still_be_moved(caplog):
    assert following("2026-12-30T09:00") == "2026-12-31 09:00"

    assert "2026-12-31 is taken" in caplog.text


def test_the_summary_says_from_when_it_is_provisional():
    said = EachWorkingDay("09:00").summary

    assert "每个工作日 09:00 Asia/Shanghai each working day" in said
    assert "2027 年起暂定 provisional from 2027" in said


def test_it_survives_being_written_down():
    kept = json.loads(json.dumps(EachWorkingDay("17:30").serialize()))

    assert EachWorkingDay.deserialize(kept).serialize() == {"at": "17:30"}


@pytest.mark.parametrize("at", ["25:00", "9:00", "09:00:30", "", "09", "09:00+08:00", None, 9])
def test_what_is_no_time_is_refused_with_an_example(at):
    with pytest.raises(ConfigError, match="write HH:MM"):
        EachWorkingDay(at)


def test_a_run_by_hand_stands_for_its_moment():
    now = pendulum_of("2026-10-03T12:00")

    assert EachWorkingDay("09:00").infer_manual_data_interval(run_after=now) == (now, now)


def test_a_year_of_runs_has_as_many_as_its_table_says():
    count, moment = 0, "2025-12-31T09:00"
    while (moment := following(moment))[:4] == "2026":
        count += 1

    assert count == 248


def test_airflow_knows_it_by_the_plugin():
    assert ZichaPlugin.timetables == [EachWorkingDay]
