"""Triggers of major hazards: counted before rectification, never unmet for lack of evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.regulator_facts import answer, facts_for, section, words
from fakes.report_facts import report_facts
from zicha.catalog.risk_lists import load_hazard_triggers
from zicha.model.coverage import Conformity
from zicha.model.text import Text
from zicha.reports.documents.hazards import standings
from zicha.reports.documents.mlps_hazards import counted_as
from zicha.reports.documents.registry import build
from zicha.reports.facts import ItemLine, RiskLine

FORM = "mlps-hazards"
PASSWORDS, TWO_FACTORS = "A-18", "A-19"


def item(ref, status):
    return ItemLine(ref, Text("x", "x"), Text("x", "x"), status)


def report(hazards=(), items=()):
    return replace(report_facts(0), hazards=tuple(hazards), items=tuple(items))


def met(id_, **more):
    return RiskLine(id_, Text("x", "x"), ("L3-x",), **more)


def document(found, **answers):
    facts = facts_for(FORM, reports={("billing", "mlps-l3"): found}, answers=answers)
    return build(FORM, facts)


def state_of(found, id_):
    return next(s.state for s in standings(found) if s.trigger.id == id_)


def ref_of(trigger):
    from zicha.catalog.frameworks import load_frameworks

    items = load_frameworks()["mlps-l3"].items
    return next(each.ref for each in items if each.hazard_trigger == trigger)


def test_the_count_is_that_before_rectification_with_those_set_right_in_brackets():
    assert counted_as(10, 5) == Text("10（其中已整改5）", "10 (5 rectified)")


def test_met_and_measured_as_set_right_are_counted_apart():
    found = document(report([met("A-18"), met("A-21"), met("A-24", rectified=True)]))

    assert "3 (1 rectified)" in words(section(found, "count"))
    assert "A-24" in words(section(found, "rectified"))


def test_every_trigger_of_the_list_is_accounted_for():
    assert [s.trigger.id for s in standings(report())] == list(load_hazard_triggers())


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Conformity.CONFORMING, "not-met"),
        (Conformity.NOT_APPLICABLE, "not-applicable"),
        (Conformity.UNDETERMINED, "undetermined"),
        (Conformity.NONCONFORMING, "undetermined"),
    ],
)
def test_a_trigger_is_unmet_only_where_its_clause_was_proved(status, state):
    """A clause that fails without the run having named its trigger is for a person."""
    found = report(items=[item(ref_of(PASSWORDS), status)])

    assert state_of(found, PASSWORDS) == state


def test_a_trigger_without_any_result_is_undetermined():
    assert state_of(report(), PASSWORDS) == "undetermined"
    assert state_of(report(), "A-32") == "undetermined"
    assert state_of(report([met(PASSWORDS, is_open=True)]), PASSWORDS) == "undetermined"


@pytest.mark.parametrize(
    ("found", "said", "counted", "why"),
    [
        (
            report(items=[item(ref_of(TWO_FACTORS), Conformity.CONFORMING)]),
            "a-19 ",
            "1 (1 rectified)",
            "",
        ),
        (report(), TWO_FACTORS, "0 (0 rectified)", "no measurement"),
        (report([met(TWO_FACTORS)]), TWO_FACTORS, "1 (0 rectified)", "still met it"),
        (report(), "=cmd()", "0 (0 rectified)", "no measurement"),
    ],
)
def test_nobodys_word_alone_sets_a_trigger_right(found, said, counted, why):
    row = {"trigger": said, "measure": "x", "done_on": "x", "evidence": "x"}

    told = section(document(found, rectified=answer(row)), "count")

    assert counted in words(told)
    assert why in told.lacks.en


def test_the_plan_holds_the_findings_of_triggers_still_met():
    facts = report_facts(6)

    found = section(document(facts), "plan")

    assert len(found.tables[0].rows) == len(facts.hazards[0].findings)
