"""The catalogue of duties: complete, consistent, strict."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest

from zicha.catalog.calendars import YearTable, load_calendars
from zicha.catalog.conditions import load_facts, load_incident_facts
from zicha.catalog.duties import Duty, load_duties
from zicha.catalog.roots import catalog_dir
from zicha.catalog.scope_entities import BusinessKind, LicenceKind
from zicha.catalog.yaml_files import load_yaml, parse_model
from zicha.model.errors import ConfigError

FIXTURES = Path(__file__).parents[2] / "fixtures" / "duties"
RESEARCHED = (FIXTURES / "researched_ids.txt").read_text(encoding="utf-8").split()
DUTIES = load_duties()


def span(duty, clock):
    rule = DUTIES[duty].clock(clock).rule
    return rule.unit, rule.count, rule.moment


@pytest.fixture
def catalogue(tmp_path):
    for name in ("duties", "regulators", "report_forms"):
        shutil.copytree(catalog_dir() / name, tmp_path / name)
    for name in ("duty_sources", "duty_moments", "duty_facts"):
        shutil.copy(catalog_dir() / f"{name}.yaml", tmp_path)
    return tmp_path


def test_every_researched_duty_is_there():
    assert len(RESEARCHED) == 104
    assert set(RESEARCHED) <= DUTIES.keys()


def test_every_duty_cites_a_source_or_says_that_it_rests_on_memory():
    assert [d.id for d in DUTIES.values() if not d.sources and d.grade != "memory"] == []


def test_the_self_inspection_of_order_24_has_no_date_and_no_recipient_but_a_record():
    duty = DUTIES["upi-self-inspection"]

    assert (duty.asks_for, duty.recipients) == ("record", ())
    assert duty.hold


def test_a_clock_may_run_backward_and_no_number_is_invented():
    assert span("icp-change", "main") == ("days", -30, "change_effective")
    assert span("export-assessment-renewal", "main") == ("working_days", -60, "assessment_expiry")
    assert DUTIES["app-rectify"].clock("main").rule.kind == "in-notice"
    assert DUTIES["sms-records"].clock("main").rule.kind == "unnumbered"


def test_an_authority_has_clocks_of_its_own():
    whose = {c.id: c.whose for c in DUTIES["user-complaint-15d"].clocks}

    assert whose == {"main": "operator", "acceptance": "authority", "answer": "authority"}


@pytest.mark.parametrize(
    ("duty", "clock", "grade"),
    [
        ("cnp-conformity-l3", "report", "excerpt"),
        ("cnp-conformity-l3", "on-regrade", "excerpt"),
        ("cnp-conformity-l2", "on-regrade", "excerpt"),
        ("cii-incident", "threat", "text"),
        ("cnp-filing", "change", "memory"),
    ],
)
def test_the_corrections_of_the_second_research_are_applied(duty, clock, grade):
    assert DUTIES[duty].clock(clock).grade == grade


def test_every_set_of_words_has_its_closed_list_or_may_hold_anything_for_a_reason():
    facts = load_facts() | load_incident_facts()

    assert {id_ for id_, f in facts.items() if f.kind == "words" and not f.words} == {"province"}
    assert facts["licences"].words == get_args(LicenceKind)
    assert facts["business_kinds"].words == get_args(BusinessKind)


def test_a_condition_on_a_word_that_nobody_can_say_is_refused(catalogue):
    path = catalogue / "duties" / "cnp-grading.yaml"
    path.write_text(path.read_text().replace("basic_telecom,", "basic_telecoms,"), encoding="utf-8")

    with pytest.raises(ConfigError, match="licences has no word basic_telecoms"):
        load_duties(catalogue)


CORRECTIONS = load_yaml(FIXTURES / "researched_corrections.yaml")["corrections"]


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda each: each["field"])
def test_each_correction_of_the_second_research_stands_in_its_file(correction):
    said = (catalog_dir() / f"{correction['file']}.yaml").read_text(encoding="utf-8")

    assert [words for words in correction["says"] if words not in said] == []


def test_the_threat_branch_of_the_cii_regulation_has_no_hours():
    duty = DUTIES["cii-incident"]

    assert span("cii-incident", "main")[:2] == ("hours", 1)
    assert duty.clock("threat").rule.kind == "unnumbered"


def test_the_2019_campaign_keeps_four_disputes_with_both_notes():
    duty = DUTIES["miit-insp-2019"]

    assert [d.about for d in duty.disputes] == ["due", "recipient", "who", "contents"]
    for dispute in duty.disputes:
        assert {r.source for r in dispute.readings} == {"tl-group-2019-06-13", "law-firm-note-2"}
    assert duty.campaign is not None


def test_a_duty_that_names_an_unknown_regulator_is_refused(catalogue):
    path = catalogue / "duties" / "csl-logs.yaml"
    path.write_text(path.read_text().replace("[cac,", "[ministry-of-magic,"), encoding="utf-8")

    with pytest.raises(ConfigError, match="no regulator ministry-of-magic"):
        load_duties(catalogue)


def test_a_duty_that_asks_for_a_fact_nobody_can_declare_is_refused(catalogue):
    path = catalogue / "duties" / "csl-logs.yaml"
    said = path.read_text().replace("field: network_operator", "field: is_nice")
    path.write_text(said, encoding="utf-8")

    with pytest.raises(ConfigError, match="is_nice is no fact"):
        load_duties(catalogue)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"kind": "on-date", "day": "2018-09-31"}, "day"),
        ({"kind": "span", "unit": "days", "from": "found"}, "lacks count"),
        ({"kind": "at-once", "from": "found", "count": 3}, "takes no count"),
        ({"kind": "each-year", "month_day": "13-01"}, "month_day"),
    ],
)
def test_an_impossible_clock_is_refused_in_one_sentence(rule, said):
    raw = json.loads(DUTIES["csl-logs"].model_dump_json(by_alias=True, exclude_unset=True))
    raw["clocks"][0]["rule"] = rule

    with pytest.raises(ConfigError, match=said):
        parse_model(raw, Duty, "here")


def test_years_2018_to_2026_have_a_table_with_its_source():
    tables = load_calendars()

    assert list(tables) == list(range(2018, 2027))
    assert all("gov.cn" in table.source for table in tables.values())


@pytest.mark.parametrize("year", range(2018, 2027))
def test_a_years_table_agrees_with_an_independent_calendar_on_every_day(year):
    peer = pytest.importorskip("chinese_calendar")
    table = load_calendars()[year]
    kinds = {day.day: day.kind == "work" for day in table.days}
    days = [date(year, 1, 1) + timedelta(n) for n in range(366)]
    days = [day for day in days if day.year == year]

    ours = {day: kinds.get(day, day.weekday() < 5) for day in days}

    assert ours == {day: peer.is_workday(day) for day in days}
    assert sum(ours.values()) == table.working_days


def test_a_table_that_repeats_what_the_weekday_says_is_refused():
    raw = json.loads(load_calendars()[2026].model_dump_json())
    raw["days"][0]["day"] = "2026-01-03"

    with pytest.raises(ConfigError, match="by its weekday"):
        parse_model(raw, YearTable, "cn-2026.yaml")
