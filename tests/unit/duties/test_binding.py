"""Whom a duty binds: known facts decide, an unknown one is asked for, and nothing is silently no."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zicha.catalog.conditions import load_facts
from zicha.catalog.duties import load_duties
from zicha.catalog.roots import project_root
from zicha.catalog.scope import load_scope
from zicha.catalog.yaml_files import load_yaml
from zicha.duties.binding import ask, explain
from zicha.model.errors import ConfigError


def _words(condition):
    yield from condition.members
    inner = [condition.none_of] if condition.none_of else []
    for part in (*condition.all, *condition.any, *inner):
        yield from _words(part)


EXAMPLE = project_root() / "include" / "scope" / "example"
DUTIES = load_duties()
SCOPE = load_scope(EXAMPLE)


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "scope")
    return tmp_path / "scope"


def changed(folder, name, old, new):
    path = folder / f"{name}.yaml"
    said = path.read_text(encoding="utf-8")
    assert old in said
    path.write_text(said.replace(old, new), encoding="utf-8")
    return load_scope(folder)


def binds(duty, system="billing", scope=SCOPE):
    return explain(DUTIES[duty], scope, system)


@pytest.mark.parametrize(
    ("duty", "system", "expected"),
    [
        ("miit-insp-2019", "billing", "yes"),
        ("mlps-assessment", "billing", "yes"),
        ("mlps-assessment", "portal", "no"),
        ("cnp-conformity-l2", "billing", "no"),
        ("cnp-conformity-l2", "portal", "yes"),
        ("inc-cac-general", "billing", "yes"),
        ("inc-cac-cii", "billing", "no"),
        ("inc-cac-cii", "portal", "no"),
        ("pi-officer-filing", "portal", "yes"),
        ("pi-audit", "billing", "no"),
        ("cnp-verify-2025", "billing", "no"),
        ("data-risk-assessment-cac", "billing", "yes"),
        ("data-risk-assessment-cac", "portal", "undetermined"),
        ("minors-audit-report", "billing", "undetermined"),
        ("csl-logs", "portal", "yes"),
        ("app-filing", "portal", "yes"),
        ("export-scc-filing", "billing", "no"),
    ],
)
def test_the_example_scope_is_bound_as_its_facts_say(duty, system, expected):
    assert binds(duty, system).binds == expected


@pytest.mark.parametrize("duty", DUTIES.values(), ids=DUTIES)
def test_every_duty_says_why_in_both_languages(duty):
    for system in ("billing", "portal"):
        found = explain(duty, SCOPE, system)

        assert found.because.zh
        assert found.because.en
        assert bool(found.declare) == (found.binds == "undetermined")


def test_an_undetermined_duty_names_the_fact_and_where_to_declare_it():
    found = binds("minors-audit-report")

    assert found.declare == ("processes_minors_pi",)
    assert "duties.yaml" in found.because.en


def test_a_default_that_nobody_wrote_is_no_statement(folder):
    scope = changed(folder, "entities", "    critical_infrastructure: false\n", "")

    assert binds("inc-cac-cii", "portal", scope).binds == "undetermined"
    assert binds("inc-cac-general", "portal", scope).declare == ("cii",)


def test_declaring_the_fact_decides(folder):
    new = "facts:\n  - {of: yunqiao, fact: processes_minors_pi, value: true}\n"
    scope = changed(folder, "duties", "facts:\n", new)

    assert binds("minors-audit-report", "portal", scope).binds == "yes"


@pytest.mark.parametrize(
    ("billing", "portal", "expected"),
    [
        (9_999_999, 1, "no"),
        (9_999_999, 2, "undetermined"),
        (10_000_000, 0, "no"),
        (10_000_001, 0, "yes"),
    ],
)
def test_persons_of_several_systems_may_be_the_same_ones(folder, billing, portal, expected):
    changed(folder, "systems", "persons: 2600000", f"persons: {billing}")
    scope = changed(folder, "systems", "persons: 180000", f"persons: {portal}")

    assert binds("pi-audit", "billing", scope).binds == expected


FACTS = load_facts()
FULL = {"flag": st.booleans(), "number": st.integers(0, 20_000_000)}
WORDS = sorted({w for d in DUTIES.values() for w in (*_words(d.binds), "something_else")})


class Told:
    """Facts that may be told bit by bit."""

    def __init__(self, values):
        self.values = values

    def value(self, name):
        return self.values.get(name)

    def fact(self, name):
        return FACTS[name]


@pytest.mark.parametrize("duty", DUTIES.values(), ids=DUTIES)
@settings(max_examples=20)
@given(data=st.data())
def test_what_is_decided_stays_decided_whatever_is_said_later(duty, data):
    names = sorted({*duty.binds.fields()})
    kinds = FULL | {"words": st.frozensets(st.sampled_from(WORDS))}
    whole = {name: data.draw(kinds[FACTS[name].kind], name) for name in names}
    known = data.draw(st.sets(st.sampled_from(names)), "known")

    part = ask(duty.binds, Told({name: whole[name] for name in known}))
    full = ask(duty.binds, Told(whole))

    assert full.truth is not None
    assert part.truth in {None, full.truth}
    assert bool(part.missing) == (part.truth is None)
    assert not set(part.missing) & known


def test_without_licences_the_campaign_binds_nobody_but_the_undated_self_assessment_does(folder):
    path = folder / "entities.yaml"
    entity = load_yaml(path)["entities"][0]
    kinds = [each["kind"] for each in entity["licences"]]
    said = path.read_text(encoding="utf-8")
    path.write_text(said[: said.index("    licences:")], encoding="utf-8")
    scope = load_scope(folder)

    assert kinds
    assert binds("miit-insp-2019", "billing", scope).binds == "no"
    assert binds("mlps-self-assessment-2019", "billing", scope).binds == "yes"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{of: yunqiao, fact: is_nice, value: true}", "is not known"),
        ("{of: yunqiao, fact: iov, value: 3}", "must be true or false"),
        ("{of: nobody, fact: iov, value: true}", "nobody"),
    ],
)
def test_a_wrong_declaration_is_refused_in_one_sentence(folder, line, said):
    old = "  - {of: yunqiao, fact: iov, value: false}\n"

    with pytest.raises(ConfigError, match=said):
        binds("csl-logs", "billing", changed(folder, "duties", old, f"  - {line}\n"))
