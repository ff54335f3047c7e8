"""Incident reports as documents: the recorded body, field by field."""

from __future__ import annotations

import pytest

from fakes.regulator_facts import example_scope, facts_for, section, words
from zicha.catalog.yaml_files import parse_model
from zicha.incidents.facts import IncidentFile
from zicha.incidents.reporting import Reporter
from zicha.model.text import Text
from zicha.pipeline.incidents.use_cases import desk
from zicha.reports.documents.registry import build

DESK = desk(example_scope())
PROVINCIAL = "provincial-cac"
LEAK = {"leak": ["confirmed"], "leaked_persons": 1_200_000}
INITIAL, FINAL = "cac-incident-initial", "cac-incident-final"


def body(kind="first", authority=PROVINCIAL, earlier=None, facts=None, **more):
    raw = {
        "system": "billing",
        "who": {"cii": False},
        "discovered_at": "2026-10-02T03:10+08:00",
        "complete": True,
        "facts": LEAK | (facts or {}),
        **more,
    }
    file = parse_model(raw, IncidentFile, "incident.yaml")
    built = Reporter(DESK).build(file, DESK.tell(file), authority, kind, earlier)
    return {"incident": "inc-1", "version": 1, "inherits": "", **built}


def document(form, report):
    return build(form, facts_for(form, incident={"report": report}))


def test_the_first_wave_holds_what_is_known_and_asks_for_the_rest_of_it():
    found = document(INITIAL, body(report={"place": "北京市"}))

    assert section(found, "place").state == "filled"
    assert section(found, "incident_level").sentences == (Text("较大", "relatively major"),)
    assert section(found, "entity_name").sentences[0].en == "Yunqiao Telecom Ltd. (demo)"
    assert section(found, "measures_taken").state == "missing"
    assert "(measures_taken)" in section(found, "measures_taken").lacks.en


@pytest.mark.parametrize("field", ["trend", "preliminary_cause", "tracing_clues", "other"])
def test_items_three_to_eight_may_follow_and_say_so(field):
    """CAC measures, Art. 7: items 1 and 2 come first."""
    found = section(document(INITIAL, body()), field)

    assert (found.state, "may follow" in found.lacks.en) == ("missing", True)


@pytest.mark.parametrize(
    ("facts", "state", "says"),
    [({}, "filled", "not applicable"), ({"ransomware": True}, "missing", "ransom_amount")],
)
def test_the_ransom_is_asked_for_only_where_there_was_one(facts, state, says):
    found = section(document(INITIAL, body(facts=facts)), "ransom_amount")

    assert (found.state, says in words(found)) == (state, True)


def test_a_ransom_that_nobody_spoke_of_is_no_ransom_denied():
    found = section(document(INITIAL, body(complete=False)), "ransom_amount")

    assert found.state == "missing"
    assert "not said" in found.lacks.en


def test_what_a_closing_report_takes_over_is_to_be_confirmed():
    first = body(report={"measures_taken": "已隔离主机"})
    ended = "2026-10-05T18:00+08:00"

    found = document(
        FINAL,
        body(
            "closing",
            earlier=first,
            handling_finished_at=ended,
            report={"measures_taken": "已隔离主机"},
        ),
    )

    taken = section(found, "emergency_measures")
    assert (taken.state, taken.sentences[0].zh) == ("part", "已隔离主机")
    assert "confirm" in taken.lacks.en
    assert "2026-11-04" in words(found.cover)


def test_the_cover_says_to_whom_and_by_when():
    told = words(document(INITIAL, body()).cover)

    assert "北京" in told
    assert "2026-10-02 07:10 (Asia/Shanghai)" in told


def test_a_data_incident_goes_to_the_administration_on_its_own_form():
    found = document(
        "miit-data-incident", body(authority="provincial-ca", report={"contact": "林某"})
    )

    assert section(found, "contact").state == "filled"
    assert section(found, "data_class_level_size").state == "missing"


def test_what_a_person_decides_stands_in_the_notes():
    told = body(authority="provincial-ca", report={})
    told["judgement"] = [{"zh": "是否较大", "en": "is it relatively major"}]

    assert "A person decides: is it relatively major" in words(document("miit-data-incident", told))


def test_a_hostile_value_stays_text():
    found = document(INITIAL, body(report={"place": "=1+1{{7*7}}#eval\u202e"}))

    assert section(found, "place").sentences[0].en == "=1+1{{7*7}}#eval"


def test_without_an_incident_every_field_says_which_command_names_one():
    found = build(INITIAL, facts_for(INITIAL))

    assert {s.state for s in found.sections} == {"missing"}
    assert all("zicha incident report" in s.lacks.zh for s in found.sections)
