"""Columns of a table: no id, clause, date or word of a reader's is broken where there is room."""

from __future__ import annotations

from zicha.reports.column_widths import MARGIN, fitted
from zicha.reports.safe_text import breakable

LINE = 100
ROW = {
    "id": "f-6f68c9e698d2",
    "clause": "L3-8.1.4.3-a\nL3-8.2.1.1-a",
    "object": "计费云账号 111122223333，话单",
    "problem": "依据：日志转储至境外。\n资源：arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/legacy",
}
TITLES = {"id": "编号", "clause": "条款", "object": "对象", "problem": "问题"}


def test_a_column_holds_its_longest_word_and_the_widest_one_gives_way():
    found = fitted({"id": 1, "clause": 1, "object": 1, "problem": 9}, TITLES, [ROW], LINE)

    assert round(sum(found.values())) == LINE
    assert found["id"] == 14 + MARGIN
    assert found["clause"] == 12 + MARGIN
    assert found["object"] == 12 + MARGIN
    assert found["problem"] > found["id"]


def test_a_table_of_short_words_keeps_the_proportions_it_was_given():
    found = fitted({"id": 1, "problem": 3}, {"id": "项", "problem": "内容"}, [], LINE)

    assert found["problem"] == 3 * found["id"]


def test_a_title_counts_as_a_word():
    found = fitted({"id": 1, "problem": 30}, {"id": "Severity", "problem": "P"}, [], LINE)

    assert found["id"] > 8 + MARGIN


def test_where_the_line_is_too_short_each_column_gets_its_part():
    narrow = {f"c{n}": 1.0 for n in range(12)}
    rows = [dict.fromkeys(narrow, "f-6f68c9e698d2")]

    assert len(set(fitted(narrow, dict.fromkeys(narrow, ""), rows, LINE).values())) == 1


def test_an_id_that_fits_is_given_no_place_to_break():
    assert breakable("f-6f68c9e698d2", 14) == "f-6f68c9e698d2"
    assert "\u200b" in breakable("f-6f68c9e698d2", 10)
