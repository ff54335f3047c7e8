"""What the second research corrected in the first: dates, recipients and clocks as they come out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from zicha.catalog.duties import load_duties
from zicha.catalog.yaml_files import load_yaml, parse_model
from zicha.duties.time import due, end_of, moment_of
from zicha.duties.working_days import chinese_working_days
from zicha.incidents.facts import IncidentFile
from zicha.pipeline.incidents.use_cases import desk

FIXTURES = Path(__file__).parents[2] / "fixtures"
CORRECTIONS = load_yaml(FIXTURES / "duties" / "researched_corrections.yaml")["corrections"]
LICENSEE = load_yaml(FIXTURES / "incidents" / "worked_cases.yaml")["licensee"]
DUTIES, DAYS, DESK = load_duties(), chinese_working_days(), desk(None)
FOUND = "2026-06-19T16:00+08:00"


def cases(kind):
    return [
        pytest.param(correction, case, id=f"{correction['field']}-{number}")
        for correction in CORRECTIONS
        for number, case in enumerate(correction.get(kind, ()), 1)
    ]


def told(case):
    raw = {
        "who": LICENSEE | case.get("who", {}),
        "discovered_at": FOUND,
        "facts": case["facts"],
        "complete": True,
    }
    if "finished" in case:
        raw["handling_finished_at"] = case["finished"]
    return DESK.tell(parse_model(raw, IncidentFile, "incident.yaml"))


def shown(row):
    moment = row.due.isoformat() if row.due else "none" if row.level == "below" else "open"
    return [row.duty, row.authority, row.level, "once" if row.at_once else moment, row.grade]


def end(said):
    return moment_of(said) if "T" in said else end_of(date.fromisoformat(said))


def test_every_correction_is_held_to_what_follows_from_it_or_says_that_nothing_does():
    kinds = {c["field"]: {"clocks", "told", "words_only"} & c.keys() for c in CORRECTIONS}

    assert len(kinds) == 22
    assert [field for field, held in kinds.items() if not held] == []
    assert [field for field, held in kinds.items() if "words_only" in held and len(held) > 1] == []


@pytest.mark.parametrize(("correction", "case"), cases("clocks"))
def test_a_corrected_clock_ends_when_the_correction_says(correction, case):
    duty = DUTIES[correction["file"].partition("/")[2]]

    (found,) = [
        each for each in due(duty, moment_of(case["from"]), DAYS) if each.clock == case["clock"]
    ]

    assert found.at == (case["due"] and end(case["due"]))
    assert found.whose == case.get("whose", "operator")
    if "rolls_to" in case:
        assert str(found.rolls_to) == case["rolls_to"]
    if case["due"] is None:
        assert not found.at_once


@pytest.mark.parametrize(("correction", "case"), cases("told"))
def test_a_corrected_line_tells_whom_the_correction_says_by_when(correction, case):
    rows = told(case)

    for expected in case.get("expect", ()):
        assert expected in [shown(row) for row in rows], "\n".join(map(str, map(shown, rows)))
    assert not {row.duty for row in rows} & set(case.get("absent", ()))
    for duty, plan in case.get("plan", {}).items():
        assert {row.plan_by for row in rows if row.duty == duty} == {moment_of(plan)}
    if "judgement" in case:
        asked = " ".join(text.en for row in rows for text in row.judgement)
        assert case["judgement"] in asked


def test_what_is_owed_to_a_regulator_of_the_corrected_duties_goes_where_the_research_says():
    """The evaluation's result goes into the protection system; the yearly reports to the CA."""
    said = {
        id_: [recipient.regulator or recipient.says.en for recipient in DUTIES[id_].recipients]
        for id_ in ("cnp-conformity-l3", "miit-insp-annual", "export-scc-filing", "cii-incident")
    }

    assert said == {
        "cnp-conformity-l3": [
            "filing authority",
            "communication network protection system (www.mii-aqfh.cn)",
        ],
        "miit-insp-annual": ["provincial-ca"],
        "export-scc-filing": ["provincial-cac"],
        "cii-incident": ["cii-protection-department", "psb"],
    }
