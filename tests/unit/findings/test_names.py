from __future__ import annotations

from types import SimpleNamespace

from zicha.findings.names import former_names


def expectation(id_, *formerly):
    return SimpleNamespace(id=id_, formerly=formerly)


def suite(id_, *expectations, formerly=()):
    return SimpleNamespace(id=id_, expectations=expectations, formerly=formerly)


def test_an_expectation_had_every_earlier_name_of_itself_in_every_earlier_suite():
    found = former_names([suite("s", expectation("e", "d"), formerly=("r",))])

    assert found == {"s#e": ("s#d", "r#e", "r#d")}


def test_a_name_that_is_still_in_use_leads_nowhere_else():
    assert former_names([suite("s", expectation("e", "d"), expectation("d"))]) == {}


def test_what_was_never_renamed_is_not_listed():
    assert former_names([suite("s", expectation("e"))]) == {}
