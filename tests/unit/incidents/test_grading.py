"""Incidents: every worked case on every scale, each boundary from below, at and above."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zicha.catalog.incident_scales import LEVELS, load_scales
from zicha.catalog.roots import default_scope_dir
from zicha.catalog.scope import load_scope
from zicha.catalog.yaml_files import load_yaml, parse_model
from zicha.duties.time import moment_of
from zicha.incidents.facts import IncidentFile, load_incident
from zicha.incidents.grading import rank
from zicha.model.errors import ConfigError
from zicha.pipeline.incidents.use_cases import desk

CASES = load_yaml(Path(__file__).parents[2] / "fixtures" / "incidents" / "worked_cases.yaml")
DESK = desk(None)
LEAK = {"leak": ["confirmed"], "leaked_persons": 1_200_000}


def incident(facts, found="2026-10-02T03:10+08:00", who=None, complete=True, **more):
    raw = {
        "who": CASES["licensee"] | (who or {}),
        "discovered_at": found,
        "facts": facts,
        "complete": complete,
        **more,
    }
    return parse_model(raw, IncidentFile, "incident.yaml")


def told(case):
    more = {"handling_finished_at": case["finished"]} if "finished" in case else {}
    return DESK.tell(incident(case["facts"], case["found"], case.get("who"), **more))


def shown(row):
    if row.at_once:
        due = "once"
    elif row.due:
        due = row.due.isoformat()
    else:
        due = "none" if row.level == "below" else "open"
    return [row.duty, row.authority, row.level, due, row.grade]


def rows_of(duty, file):
    return [row for row in DESK.tell(file) if row.duty == duty]


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["id"])
def test_a_worked_case_tells_whom_the_instruments_name_by_when(case):
    found = told(case)

    rows = [shown(row) for row in found]
    for expected in case["expect"]:
        assert expected in rows, "\n".join(map(str, rows))
    assert not {row.duty for row in found} & set(case.get("absent", ()))


@pytest.mark.parametrize(
    "case", [c for c in CASES["cases"] if "judgement" in c], ids=lambda case: case["id"]
)
def test_what_a_person_must_judge_is_asked(case):
    asked = " ".join(text.en for row in told(case) for text in row.judgement)

    assert case["judgement"] in asked


RESEARCHED = load_yaml(
    Path(__file__).parents[2] / "fixtures" / "incidents" / "researched_cases.yaml"
)
BY_ID = {case["id"]: case for case in CASES["cases"]}


@pytest.mark.parametrize("id_", RESEARCHED)
def test_no_recipient_and_no_moment_of_a_researched_case_is_left_out(id_):
    expected = {(row[1], row[3]) for row in BY_ID[id_]["expect"]}

    assert {tuple(each) for each in RESEARCHED[id_]["to"]} <= expected


def test_every_case_that_a_person_must_judge_is_marked_and_every_case_cites_its_source():
    marked = {case["id"] for case in CASES["cases"] if {"judgement", "confirm"} & case.keys()}

    assert {id_ for id_, said in RESEARCHED.items() if said.get("person")} <= marked
    assert [case["id"] for case in CASES["cases"] if not case.get("source")] == []


def test_no_two_cases_are_the_same_but_for_a_number_on_one_side_of_a_boundary():
    def shape(case):
        facts = {k: v if not isinstance(v, int) else "n" for k, v in case["facts"].items()}
        rows = [[duty, to, level] for duty, to, level, *_ in case["expect"]]
        return json.dumps([facts, case.get("who"), rows, case["source"]], sort_keys=True)

    shapes = [shape(case) for case in CASES["cases"]]

    assert len(shapes) == len(set(shapes))


def test_every_scale_draws_its_own_lines():
    case = next(c for c in CASES["cases"] if c["id"] == "W26")

    levels = DESK.levels(incident(case["facts"], case["found"], case["who"]))

    assert {id_: graded.level for id_, graded in levels.items()} == {
        "cac-2025": "relatively_major",
        "miit-2017": "general",
        "miit-214": None,
        "netop-2009": "extremely_major",
    }


NUMBERS = [
    (scale.id, criterion.id, rule.level, part.field, part.at_least)
    for scale in load_scales().values()
    for criterion in scale.criteria
    for rule in criterion.levels
    if rule.doubt is None
    for part in [rule.when, *rule.when.all, *rule.when.any]
    if part.at_least is not None and part.at_least > 1
]


def answering(rule_, field, value):
    """Facts that make everything true but this number."""
    facts = {}

    def fill(condition):
        for part in condition.all or condition.any[:1]:
            fill(part)
        if condition.members:
            facts[condition.field] = [condition.members[0]]
        elif condition.at_least is not None:
            facts[condition.field] = condition.at_least
        elif condition.equals is True:
            facts[condition.field] = True

    fill(rule_.when)
    for part in rule_.when.any:
        facts.pop(part.field, None)
    return facts | {field: value}


@pytest.mark.parametrize(("scale", "criterion", "level", "field", "number"), NUMBERS)
def test_every_number_of_every_scale_holds_below_at_and_above(
    scale, criterion, level, field, number
):
    table = next(c for c in load_scales()[scale].criteria if c.id == criterion)
    rule = next(
        r for r in table.levels if r.level == level and field in {*r.when.fields()} and not r.doubt
    )

    def level_at(value):
        file = incident(answering(rule, field, value), "2026-11-10T11:00+08:00")
        return rank(DESK.levels(file)[scale].level)

    assert level_at(number - 1) < LEVELS.index(level)
    assert level_at(number) >= LEVELS.index(level)
    assert level_at(number + 1) >= LEVELS.index(level)


@given(st.integers(0, 200_000_000), st.integers(0, 200_000_000))
def test_more_people_never_lower_a_level(one, other):
    few, many = sorted((one, other))

    low = DESK.levels(incident({"leak": ["confirmed"], "leaked_persons": few}))
    high = DESK.levels(incident({"leak": ["confirmed"], "leaked_persons": many}))

    assert all(rank(low[id_].level) <= rank(high[id_].level) for id_ in low)


COUNTED = sorted(name for name, fact in DESK.incident_facts.items() if fact.kind == "number")
SAID = {
    "leak": ["confirmed"],
    "cause": ["tampering"],
    "unlawful_content": True,
    "site_class": ["prefecture_organ"],
    "data_cause": True,
    "telecom_object": ["important"],
}


@given(
    st.dictionaries(st.sampled_from(COUNTED), st.integers(0, 2_000_000_000)),
    st.sampled_from(COUNTED),
    st.integers(1, 1_000_000_000),
)
def test_a_larger_number_never_lowers_a_level_of_any_scale(numbers, name, more):
    raised = numbers | {name: numbers.get(name, 0) + more}

    low, high = (DESK.levels(incident(SAID | facts)) for facts in (numbers, raised))

    assert all(rank(low[id_].level) <= rank(high[id_].level) for id_ in low)


@given(st.dictionaries(st.sampled_from(COUNTED), st.integers(0, 2_000_000_000)), st.data())
def test_what_is_said_later_never_lowers_a_level_that_stands(numbers, data):
    some = data.draw(st.sets(st.sampled_from(sorted(numbers)))) if numbers else set()
    partly = {name: number for name, number in numbers.items() if name in some}

    before = DESK.levels(incident(SAID | partly, complete=False))
    after = DESK.levels(incident(SAID | numbers, complete=False))

    assert all(rank(before[id_].level) <= rank(after[id_].level) for id_ in before)


def test_the_first_report_may_leave_out_what_follows_later():
    file = incident(LEAK, report={"impact_so_far": "1.2 M persons", "place": "Beijing"})

    row = rows_of("inc-cac-general", file)[0]

    assert "preliminary_cause" in row.later
    assert "preliminary_cause" not in row.fields
    assert row.missing == ("entity_name", "affected_system", "incident_type", "measures_taken")


def test_a_ransom_is_asked_for_only_where_there_is_one():
    plain = rows_of("inc-cac-general", incident(LEAK))[0]
    ransom = rows_of("inc-cac-general", incident(LEAK | {"ransomware": True}))[0]

    assert set(ransom.missing) - set(plain.missing) == {
        "ransom_amount",
        "ransom_method",
        "ransom_date",
    }


def test_what_nobody_said_could_raise_the_level_and_is_named():
    row = rows_of("inc-cac-general", incident({"cause": ["fault"]}, complete=False))[0]

    assert row.level == "?"
    assert row.due == moment_of("2026-10-02T07:10+08:00")
    assert "leaked_persons" in row.judgement[0].en


def test_an_unknown_cause_is_not_taken_for_maintenance():
    facts = {"cause": ["unknown"], "portal_minutes": 300, "site_class": ["prefecture_organ"]}

    row = rows_of("inc-cac-general", incident(facts))[0]

    assert (row.level, row.due is not None) == ("?", True)


def test_who_we_are_decides_the_clock_and_what_is_unknown_shows_every_one():
    who = {key: value for key, value in CASES["licensee"].items() if key != "cii"}
    raw = {"who": who, "discovered_at": "2026-10-02T03:10+08:00", "facts": LEAK}
    file = parse_model(raw, IncidentFile, "incident.yaml")

    found = {row.duty: row for row in DESK.tell(file)}

    assert {"inc-cac-general", "inc-cac-cii"} <= found.keys()
    assert any("critical" in text.en for text in found["inc-cac-cii"].judgement)


def test_a_file_that_is_complete_says_nothing_of_who_we_are():
    raw = {"discovered_at": "2026-10-02T03:10+08:00", "facts": LEAK, "complete": True}

    found = {row.duty for row in DESK.tell(parse_model(raw, IncidentFile, "incident.yaml"))}

    assert {"inc-cac-general", "inc-cac-cii", "inc-cac-central"} <= found


def test_before_its_instrument_was_in_force_a_scale_says_nothing():
    file = incident(LEAK, "2025-10-31T10:00+08:00")

    assert rows_of("inc-cac-general", file) == []
    assert "cac-2025" not in DESK.levels(file)
    assert rows_of("inc-miit-2017", file)


def test_on_its_first_day_it_does():
    assert rows_of("inc-cac-general", incident(LEAK, "2025-11-01T00:00+08:00"))


def test_a_new_version_of_a_scale_counts_from_its_day_and_the_old_one_until_then():
    old = DESK.scales["cac-2025"].model_copy(update={"in_force_to": date(2026, 12, 31)})
    rows = [c for c in old.criteria if c.id == "loss"]
    new = old.model_copy(
        update={
            "id": "cac-2027",
            "replaces": "cac-2025",
            "in_force_from": date(2027, 1, 1),
            "in_force_to": None,
            "criteria": rows,
        }
    )
    later = replace(DESK, scales=dict(DESK.scales) | {"cac-2025": old, "cac-2027": new})

    levels = {
        day: next(r.level for r in later.tell(incident(LEAK, day)) if r.duty == "inc-cac-general")
        for day in ("2026-12-31T23:59+08:00", "2027-01-01T00:00+08:00")
    }

    assert list(levels.values()) == ["relatively_major", "below"]


def test_at_once_is_planned_by_our_own_target_and_a_disputed_clock_by_the_strictest():
    with_target = replace(DESK, targets={"": timedelta(hours=1)})

    rows = {row.duty: row for row in with_target.tell(incident(LEAK))}

    miit, data = rows["inc-miit-2017"], rows["data-inc-miit"]
    assert (miit.due, miit.plan_by) == (None, miit.clock_from + timedelta(hours=1))
    assert (data.due, data.disputed) == (None, True)
    assert data.plan_by == data.clock_from + timedelta(minutes=10)


def test_a_vendor_that_knew_earlier_is_a_question_for_a_person():
    file = incident(LEAK, learned_by_vendor_at="2026-10-01T20:00+08:00")

    assert "vendor" in rows_of("inc-cac-general", file)[0].judgement[0].en


def test_with_a_system_of_the_scope_the_offices_are_those_of_its_province():
    here = desk(load_scope(default_scope_dir()))
    file = incident(LEAK, system="billing", who={"cii": False})

    row = next(row for row in here.tell(file) if row.duty == "inc-cac-general")

    assert row.office.zh == "北京市互联网信息办公室"
    assert "entity_name" not in row.missing


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"facts": {"leaked_people": 3}}, "is no fact"),
        ({"facts": {"leaked_persons": True}}, "must be a number"),
        ({"discovered_at": "2026-10-02T03:10"}, "says no zone"),
        ({"handling_finished_at": "2026-10-01T00:00+08:00"}, "lies before"),
        ({"discovered": "2026-10-02"}, "not a key"),
    ],
)
def test_a_wrong_incident_file_is_refused_in_one_sentence(tmp_path, change, said):
    raw = {"discovered_at": "2026-10-02T03:10+08:00", "facts": {}} | change
    path = tmp_path / "incident.yaml"
    path.write_text(json.dumps(raw), encoding="utf-8")

    with pytest.raises(ConfigError, match=said):
        DESK.tell(load_incident(path))
