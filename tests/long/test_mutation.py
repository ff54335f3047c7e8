"""Every expectation is needed: taken away, turned round or loosened, one of its cases notices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fakes.suite_cases import SUITES, cases, judged
from zicha.catalog.suite_parameters import is_days, is_threshold
from zicha.catalog.suites import Expectation, Suite
from zicha.catalog.thresholds import limits, load_thresholds

pytestmark = pytest.mark.slow

PAIRS = (
    ("expect_column_values_to_be_in_set", "expect_column_values_to_not_be_in_set"),
    ("expect_column_values_to_match_regex", "expect_column_values_to_not_match_regex"),
    ("expect_column_values_to_match_regex_list", "expect_column_values_to_not_match_regex_list"),
)
OPPOSITE = dict(PAIRS) | {other: one for one, other in PAIRS}
LIMITS = limits(load_thresholds(), {})
OTHER_END = {"min_value": "max_value", "max_value": "min_value"}


def mutants(expectation: Expectation) -> Iterator[tuple[str, Expectation]]:
    """The expectation turned round, and without each thing that narrows it."""
    bounds = expectation.parameters.keys() & OTHER_END.keys()
    if len(bounds) < 2:  # with its two ends changed over no value could be between them
        yield "negated", expectation.model_copy(update=_negated(expectation))
    if expectation.judges == "rows" and not expectation.expect.endswith("not_be_null"):
        other = "skip" if expectation.nulls == "forbid" else "forbid"
        yield f"nulls: {other}", expectation.model_copy(update={"nulls": other})
    for name in expectation.only_if:
        rest = {n: v for n, v in expectation.only_if.items() if n != name}
        yield f"without only_if {name}", expectation.model_copy(update={"only_if": rest})
    for name in bounds if len(bounds) > 1 else ():
        rest = {n: v for n, v in expectation.parameters.items() if n != name}
        yield f"without {name}", expectation.model_copy(update={"parameters": rest})


def _negated(expectation: Expectation) -> dict[str, Any]:
    if expectation.expect in OPPOSITE:
        return {"expect": OPPOSITE[expectation.expect]}
    said = {name: _plain(value) for name, value in expectation.parameters.items()}
    if expectation.expect.endswith("not_be_null"):
        return {"nulls": "skip"}
    if said.keys() & OTHER_END.keys():
        return {"parameters": {OTHER_END.get(name, name): value for name, value in said.items()}}
    if said.keys() >= {"column_A", "column_B"}:
        return {"parameters": said | {"column_A": said["column_B"], "column_B": said["column_A"]}}
    if "value_set" in said:
        others = [not v if isinstance(v, bool) else f"not {v}" for v in said["value_set"]]
        return {"parameters": {**said, "value_set": others}}
    raise AssertionError(f"say here what the opposite of {expectation.expect} is")


def _plain(value: Any) -> Any:
    """A number instead of the threshold, which knows its own side and would refuse the other."""
    if is_days(value):
        return {name: _plain(days) for name, days in value.items()}
    return LIMITS[value["threshold"]].value if is_threshold(value) else value


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_every_mutant_is_noticed(suite: Suite):
    given = list(cases(suite))
    made = [(e, name, mutant) for e in suite.expectations for name, mutant in mutants(e)]
    ids = [f"mutant-{number}" for number in range(len(made))]
    copies = [m.model_copy(update={"id": i}) for i, (*_, m) in zip(ids, made, strict=True)]

    found = judged(suite.model_copy(update={"expectations": tuple(copies)}), given)

    survivors = [
        (expectation.id, name)
        for id_, (expectation, name, _) in zip(ids, made, strict=True)
        if all(
            found[case.name].get(id_) == case.expected[expectation.id]
            for case in given
            if case.name.startswith(f"{expectation.id}: ")
        )
    ]
    assert survivors == []


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_an_expectation_taken_away_is_missed(suite: Suite):
    given = list(cases(suite))

    for expectation in suite.expectations:
        own = [case for case in given if case.name.startswith(f"{expectation.id}: ")]
        assert {case.expected[expectation.id].split()[0] for case in own} >= {"pass", "fail"}
