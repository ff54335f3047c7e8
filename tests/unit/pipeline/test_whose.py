"""Which systems a command is about: by an id, an option, a file; what is not there is said."""

from __future__ import annotations

import pytest

from fakes.findings import plant
from fakes.judged_runs import fault, judged
from fakes.roles import commands
from zicha.catalog.roles import load_roles
from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError
from zicha.pipeline.duties.obligations import calendar_rows, watch_duties
from zicha.pipeline.filings.use_cases import open_filing
from zicha.pipeline.incidents.use_cases import open_incident
from zicha.pipeline.inspections.use_cases import open_inspection
from zicha.pipeline.orders.entering import enter_order
from zicha.pipeline.whose import systems_named
from zicha.pipeline.workplace import open_workplace

NOW = moment_of("2026-11-21T09:00+08:00")
ME = "os:0@desk"
FACTS = """
system: billing
who: {cii: false}
discovered_at: "2026-10-02T03:10+08:00"
complete: true
facts: {leak: [confirmed], leaked_persons: 1200000}
"""
NOTICE = """
kind: on-site
authority: provincial-ca
received: 2026-11-20T10:00+08:00
systems: [portal, billing]
"""
ORDER = """
authority: provincial-ca
number: no. 7
received: 2026-11-20T10:00+08:00
of: yunqiao
items:
  - {id: "1", text: mend it, due: {days: 30}}
"""
ENTITY = "miit-insp-annual:yunqiao"


@pytest.fixture
def place(tmp_path):
    opened = open_workplace({"ZICHA_DATA": str(tmp_path / "data")}, clock=lambda: NOW)
    yield opened
    opened.database.close()


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "said.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_an_incident_is_of_the_system_that_its_facts_name(place, written):
    id_ = open_incident(place, written(FACTS), ME)["incident"]

    assert systems_named(place, "incident open", {"facts": str(written(FACTS))}) == ("billing",)
    assert systems_named(place, "incident close", {"id_": id_}) == ("billing",)
    assert systems_named(place, "incident decide", {"subject": f"{id_}/csl-61"}) == ("billing",)


def test_a_decision_about_a_finding_is_of_the_systems_that_claim_it(place):
    plant(place, NOW)

    # Nothing of the example claims this bucket, so only a role for all of it reaches it.
    assert systems_named(place, "incident decide", {"subject": "f-1"}) == ()


def test_an_inspection_is_of_every_system_of_its_notice(place, written):
    judged(place, NOW, [fault(1)])
    file = written(NOTICE)
    id_ = open_inspection(place, file, ME)["inspection"]

    assert systems_named(place, "inspection open", {"file": str(file)}) == ("portal", "billing")
    assert systems_named(place, "inspection close", {"id_": id_}) == ("portal", "billing")


def test_what_an_entity_owes_is_of_all_its_systems(place, written):
    watch_duties(place)
    owed = next(r["obligation"] for r in calendar_rows(place) if r["obligation"].startswith(ENTITY))
    filing = open_filing(place, owed, ME)["filing"]
    order = enter_order(place, written(ORDER), ME).id
    both = ("billing", "portal")

    assert systems_named(place, "obligation", {"what": "take", "id_": owed}) == both
    assert systems_named(place, "filing open", {"obligation": owed}) == both
    assert systems_named(place, "filing build", {"id_": filing}) == both
    assert systems_named(place, "order item close", {"id_": order, "item": "1"}) == both
    assert systems_named(place, "order enter", {"file": str(written(ORDER))}) == both


def test_an_option_names_the_system_and_without_one_all_are_meant(place):
    assert systems_named(place, "bundle", {"system": "billing"}) == ("billing",)
    assert systems_named(place, "bundle", {"system": ""}) == ()


@pytest.mark.parametrize(
    ("words", "given", "says"),
    [
        ("filing build", {"id_": "fil-1"}, "no filing has the id"),
        ("order close", {"id_": "ord-1"}, "no order has the id"),
        ("inspection close", {"id_": "insp-1"}, "no inspection has the id"),
        ("incident close", {"id_": "inc-1"}, "no incident has the id"),
        ("incident decide", {"subject": "f-9"}, "no finding has the id"),
        ("incident open", {"facts": "/nowhere.yaml"}, "nowhere"),
        ("order enter", {"file": "/nowhere.yaml"}, "is not a file"),
        ("attest load", {"file": "/nowhere.xlsx"}, "nowhere"),
        ("obligation", {"id_": "a:b:c"}, "no obligation has the id"),
    ],
)
def test_what_is_not_there_is_one_sentence(place, words, given, says):
    with pytest.raises(ConfigError, match=says):
        systems_named(place, words, given)


def test_every_command_about_a_subject_belongs_to_a_group_that_tells_whose_it_is():
    groups = {"attest", "bundle", "filing", "incident", "inspection", "obligation", "order"}
    about = {
        words.partition(" ")[0]
        for act in load_roles().acts
        if act.about == "subject"
        for words in act.commands
    }

    assert about == groups & {words.partition(" ")[0] for words in commands()}
