from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pytest

from fakes.report_facts import empty_facts, findings, hostile_everywhere, report_facts
from zicha.catalog.scope_entities import BusinessKind, ObjectType
from zicha.model.coverage import Conformity
from zicha.model.errors import ConfigError
from zicha.model.finding import State
from zicha.model.text import Text
from zicha.model.verdict import Reason, Severity
from zicha.reports.content import MOST_ROWS, OUTLINE, content
from zicha.reports.facts import Rate
from zicha.reports.rows import short_id
from zicha.reports.wording import wording

BOTH = pytest.mark.parametrize("lang", ["zh", "en"])


def said(laid_out):
    cells = [v for s in laid_out.sections for t in s.tables for r in t.rows for v in r.values()]
    sentences = [sentence for s in laid_out.sections for sentence in s.sentences]
    return "\n".join([*cells, *sentences, *(v for _, v in laid_out.cover)])


@BOTH
def test_every_section_of_the_outline_is_there_in_order(lang):
    laid_out = content(report_facts(), lang)

    assert [s.key for s in laid_out.sections] == [shape.key for shape in OUTLINE]
    assert laid_out.sections[0].heading == ("一、基本情况" if lang == "zh" else "1. Basic facts")


@BOTH
def test_an_empty_report_says_so_in_a_sentence_everywhere(lang):
    laid_out = content(empty_facts(), lang)

    tables = [t for s in laid_out.sections for t in s.tables]
    assert all(t.empty for t in tables)
    assert {t.key for t in tables if t.rows} == {"basic"}
    assert wording(lang)("text.untested") in said(laid_out)


def test_the_rate_is_printed_with_its_range_and_conclusion():
    laid_out = content(report_facts(), "zh")

    assert "符合率（预估）为 14.6%，可能取值区间为 14.6% 至 84.0%" in said(laid_out)
    assert "预估结论：暂不能得出结论" in said(laid_out)


def test_a_hostile_conclusion_is_not_read_as_a_format():
    odd = Rate(50, 40, 60, Text("{rate.__class__}", "{0}"))

    assert "{0}" in said(content(replace(report_facts(), rate=odd), "en"))


def test_findings_stand_gravest_first_and_name_what_was_not_measured_again():
    rows = content(report_facts(9), "en").table("findings").rows

    assert [row["severity"] for row in rows] == ["critical"] * 3 + ["warning"] * 3 + ["info"] * 3
    assert any("not re-measured since 2026-11-18" in row["problem"] for row in rows)


def test_without_a_plan_each_finding_brings_its_own_remedy():
    facts = report_facts(3)

    rows = content(facts, "en").table("rectification").rows

    assert {row["finding"] for row in rows} == {short_id(f.id) for f in facts.findings}
    assert "Turn versioning on for the bucket" in {row["measure"] for row in rows}


def test_the_users_threshold_stands_beside_the_floor():
    [row] = content(report_facts(), "en").table("thresholds").rows

    assert (row["yours"], row["floor"], row["effective"]) == ("90", "180", "180")


def test_gaps_come_before_the_items_that_they_leave_undetermined():
    section = next(s for s in content(report_facts(), "zh").sections if s.key == "undetermined")

    assert [table.key for table in section.tables] == ["gaps", "undetermined"]


def test_a_very_long_table_is_cut_and_says_where_the_rest_is():
    table = content(report_facts(MOST_ROWS + 1), "en").table("findings")

    assert len(table.rows) == MOST_ROWS
    assert "XLSX" in table.note


@BOTH
def test_no_control_or_direction_character_survives(lang):
    text = said(content(hostile_everywhere(), lang))

    assert not set("\u202e\u2066\x07\x00") & set(text)
    assert "<script>alert(1)</script>" in text or "{{7*7}}" in text


def test_moments_are_shown_by_the_clock_of_the_organisation():
    late = replace(report_facts(), as_of=datetime(2026, 11, 21, 20, 0, tzinfo=UTC))

    assert "2026-11-22 04:00" in said(content(late, "en"))


def test_a_missing_sentence_names_itself():
    with pytest.raises(ConfigError, match=r"no text\.nothing\.zh"):
        wording("zh")("text.nothing")


def test_the_hostile_names_are_all_among_the_findings():
    assert len({f.subject for f in findings(24)}) == 24


def test_a_risk_that_nobody_could_judge_is_not_told_as_met():
    rows = content(report_facts(), "en").table("high_risks").rows

    assert [row["state"] for row in rows] == ["met, to be judged", "not known"]


def test_a_chinese_reader_gets_the_remedy_of_a_gap_in_chinese():
    rows = content(report_facts(), "zh").table("gaps").rows

    assert rows[0]["remedy"] == "demo-aws 拒绝访问：授予 s3:GetBucketPolicyStatus"
    assert rows[1]["remedy"] == "检查网络、地址和端口后重新采集"


@BOTH
def test_every_code_that_facts_may_carry_has_its_word(lang):
    w = wording(lang)
    codes = {
        "statuses": Conformity,
        "severities": Severity,
        "reasons": Reason,
        "states": State,
        "object_types": get_args(ObjectType),
        "kinds": get_args(BusinessKind),
    }

    for group, members in codes.items():
        for code in members:
            assert w(f"{group}.{code}")
