"""A month of obligations on one page: what is due, and which days people work."""

from __future__ import annotations

from zicha.pipeline.duties.calendar import LEGEND, month_view


def due(*days):
    return [{"due": f"2026-10-{day:02}T23:59:59+08:00"} for day in days]


def test_october_2026_shows_its_holiday_its_make_up_day_and_what_is_due():
    lines = [line.split() for line in month_view(due(12, 12, 15), "2026-10")]

    assert lines[0] == ["2026-10"]
    assert lines[2] == ["·", "·", "·", "1休", "2休", "3休", "4休"]
    assert lines[3] == ["5休", "6休", "7休", "8", "9", "10", "11休"]
    assert lines[4][:4] == ["12*2", "13", "14", "15*"]
    assert lines[-1] == LEGEND.split()


def test_a_month_that_no_notice_settles_is_marked_day_by_day():
    lines = month_view([], "2027-02")

    assert lines[2].split() == ["1~", "2~", "3~", "4~", "5~", "6休~", "7休~"]


def test_the_last_week_of_the_newest_year_is_not_settled_either():
    last = month_view([], "2026-12")[-2].split()

    assert last[:4] == ["28~", "29~", "30~", "31~"]
