"""What the engine forgets, skips, cuts or confuses must not look like a pass (or a failure)."""

from __future__ import annotations

import gc
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from fakes.suites import NOW, expectation, judged, suite, table, verdicts
from zicha.catalog.suites import Expectation, Suite
from zicha.catalog.vocabulary import VOCABULARY, Form
from zicha.evaluation.engine import Engine, accounted
from zicha.model.errors import TruncatedResultError

IN_SET = "expect_column_values_to_be_in_set"
BETWEEN = "expect_column_values_to_be_between"
REGEX = "expect_column_values_to_match_regex"
PAIR = "expect_column_pair_values_to_be_equal"
CONTAINS = "expect_column_distinct_values_to_contain_set"
ONLY = "expect_column_distinct_values_to_be_in_set"
COUNT = "expect_table_row_count_to_be_between"


def found(columns, rows, expect, **other):
    return verdicts(judged(suite(expectation(expect, **other)), table(columns, rows)))


def unchecked(the_suite: Suite, **changed: object) -> Suite:
    """The suite with a first expectation that the loader would have refused."""
    odd = Expectation.model_construct(**(dict(the_suite.expectations[0]) | changed))
    return the_suite.model_copy(update={"expectations": (odd,)})


def test_the_engine_drops_a_misspelt_expectation_and_passes_the_empty_suite():
    import great_expectations as gx

    suite_ = gx.ExpectationSuite(
        name="s", expectations=[{"type": "expect_tyop", "kwargs": {}, "meta": {}}]
    )

    assert len(suite_.expectations) == 0


def test_an_expectation_that_the_engine_does_not_know_is_unknown(monkeypatch):
    monkeypatch.setitem(VOCABULARY, "expect_tyop", Form("rows", ("column",)))

    assert found({"n": int}, [{"n": 1}], "expect_tyop", column="n") == {"a": "unknown errored"}


def test_two_alike_expectations_under_two_controls_both_answer():
    alike = [
        expectation(IN_SET, id=name, controls=[f"{name}/b"], column="n", value_set=[1])
        for name in ("one", "two")
    ]

    outcomes = judged(suite(*alike), table({"n": int}, [{"n": 1}]))

    assert [(o.expectation, o.controls) for o in outcomes] == [
        ("one", ("one/b",)),
        ("two", ("two/b",)),
    ]


def test_every_verdict_stays_with_its_expectation_whatever_order_the_engine_prefers():
    mixed = [
        expectation(IN_SET, id="last-column", column="z", value_set=[1]),
        expectation(IN_SET, id="first-column", column="a", value_set=[1]),
        expectation(BETWEEN, id="last-again", column="z", max_value=0),
    ]

    outcomes = judged(suite(*mixed), table({"a": int, "z": int}, [{"a": 2, "z": 1}]))

    assert [(o.expectation, o.verdict.status) for o in outcomes] == [
        ("last-column", "pass"),
        ("first-column", "fail"),
        ("last-again", "fail"),
    ]


def test_every_failing_row_of_many_is_named():
    rows = [{"n": n % 2} for n in range(1000)]

    said = found({"n": int}, rows, IN_SET, column="n", value_set=[1])

    assert sorted(said.values()) == ["fail"] * 500 + ["pass"] * 500


def test_a_null_fails_where_nulls_are_forbidden():
    said = found({"n": int}, [{"n": None}, {"n": 1}], IN_SET, column="n", value_set=[1])

    assert said == {"a": "fail", "b": "pass"}


def test_a_null_is_not_applicable_where_nulls_are_skipped():
    said = found({"n": int}, [{"n": None}], IN_SET, column="n", value_set=[1], nulls="skip")

    assert said == {"a": "not-applicable null"}


def test_an_all_null_column_does_not_pass():
    said = found({"x": float}, [{"x": None}, {"x": None}], BETWEEN, column="x", min_value=0)

    assert said == {"a": "fail", "b": "fail"}


@pytest.mark.parametrize(
    "other",
    [
        {"expect": ONLY, "column": "t", "value_set": ["x"]},
        {"expect": CONTAINS, "column": "t", "value_set": ["x"]},
        {
            "expect": "expect_column_unique_value_count_to_be_between",
            "column": "t",
            "max_value": 9,
        },
    ],
)
def test_a_column_of_nulls_cannot_speak_for_its_table(other):
    said = found({"t": str}, [{"t": None}], other.pop("expect"), judges="table", **other)

    assert said == {"1": "fail"}


def test_a_forbidden_null_fails_its_table():
    rows = [{"t": None}, {"t": "x"}]

    said = found(
        {"t": str}, rows, ONLY, judges="table", nulls="forbid", column="t", value_set=["x"]
    )

    assert said == {"1": "fail"}


def test_a_pair_with_a_null_fails_and_a_pair_of_nulls_is_no_equality():
    rows = [{"p": "x", "q": None}, {"p": None, "q": None}, {"p": "x", "q": "x"}]

    said = found({"p": str, "q": str}, rows, PAIR, column_A="p", column_B="q")

    assert said == {"a": "fail", "b": "fail", "c": "pass"}


def test_a_column_that_is_not_there_is_unknown():
    said = found({"n": int}, [{"n": 1}], IN_SET, column="other", value_set=[1])

    assert said == {"a": "unknown malformed"}


def test_a_row_without_the_cell_is_unknown_and_its_neighbour_is_judged():
    said = found({"n": int}, [{}, {"n": 1}], IN_SET, column="n", value_set=[1])

    assert said == {"a": "unknown malformed", "b": "pass"}


def test_a_condition_that_no_row_meets_passes_nothing():
    rows = [{"n": 5, "kind": "x"}, {"n": 5, "kind": None}]
    columns = {"n": int, "kind": str}

    said = found(columns, rows, IN_SET, column="n", value_set=[1], only_if={"kind": ["y"]})

    assert said == {"a": "not-applicable only-if", "b": "not-applicable only-if"}


def test_a_table_with_no_row_that_meets_the_condition_is_not_applicable():
    rows = [{"n": 5, "kind": "x"}]
    other = {"column": "n", "value_set": [5], "only_if": {"kind": ["y"]}, "judges": "table"}

    assert found({"n": int, "kind": str}, rows, CONTAINS, **other) == {
        "1": "not-applicable only-if"
    }


def test_a_count_of_none_is_an_answer():
    other = {"judges": "table", "min_value": 1, "only_if": {"kind": ["y"]}}

    assert found({"kind": str}, [{"kind": "x"}], COUNT, **other) == {"1": "fail"}


def test_a_condition_is_not_met_by_another_type():
    said = found(
        {"n": int, "on": bool}, [{"n": 1, "on": True}], IN_SET, column="n", value_set=[1],
        only_if={"on": [1]},
    )  # fmt: skip

    assert said == {"a": "not-applicable only-if"}


def test_one_is_not_true():
    said = found({"on": bool}, [{"on": True}], IN_SET, column="on", value_set=[1])

    assert said == {"a": "unknown errored"}


def test_a_numeric_text_is_not_between_numbers():
    said = found({"t": str}, [{"t": "5"}], BETWEEN, column="t", min_value=1)

    assert said == {"a": "unknown errored"}


def test_a_pattern_that_the_engine_cannot_read_is_unknown_not_failed():
    good = suite(expectation(REGEX, column="t", regex="^a$"))
    bad = unchecked(good, parameters={"column": "t", "regex": "("})

    assert verdicts(judged(bad, table({"t": str}, [{"t": "("}]))) == {"a": "unknown errored"}


def test_an_anchored_pattern_holds_the_whole_text_up_to_its_last_line_break():
    rows = [{"t": "v1"}, {"t": "TLSv1.2"}, {"t": "v1\n"}, {"t": "x\nv1"}]

    said = found({"t": str}, rows, REGEX, column="t", regex="^v1$")

    assert said == {"a": "pass", "b": "fail", "c": "unknown malformed", "d": "fail"}


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (float, float("nan")),
        (int, 2**70),
        (int, True),
        (str, "\ud800"),
        (datetime, datetime(2026, 1, 1)),  # noqa: DTZ001 - without a zone on purpose
    ],
)
def test_a_cell_that_the_engine_would_misread_costs_its_own_row_only(kind, cell):
    good = {float: 1.0, int: 1, str: "x", datetime: NOW}[kind]

    said = found(
        {"c": kind}, [{"c": cell}, {"c": good}], "expect_column_values_to_not_be_null", column="c"
    )

    assert said == {"a": "unknown malformed", "b": "pass"}


def test_moments_are_held_against_the_run_not_against_the_clock():
    rows = [{"at": NOW - timedelta(days=89)}, {"at": NOW - timedelta(days=91)}]
    days = {"days_before_run": {"threshold": "password-max-age-days"}}

    assert found({"at": datetime}, rows, BETWEEN, column="at", min_value=days) == {
        "a": "pass",
        "b": "fail",
    }


def test_a_threshold_on_its_wrong_side_is_unknown():
    said = found(
        {"n": int}, [{"n": 20}], BETWEEN, column="n", max_value={"threshold": "password-min-length"}
    )

    assert said == {"a": "unknown errored"}


def test_a_threshold_that_does_not_exist_is_unknown():
    said = found({"n": int}, [{"n": 20}], BETWEEN, column="n", max_value={"threshold": "none"})

    assert said == {"a": "unknown errored"}


GOOD = {"element_count": 2, "missing_count": 0, "unexpected_count": 1}
ONE = [{"#": 7, "n": 1}]


def test_a_result_that_adds_up_names_its_failing_rows():
    assert accounted("e", GOOD | {"unexpected_index_list": ONE}, False, [7, 8]) == {7}


@pytest.mark.parametrize(
    ("changed", "success"),
    [
        ({"element_count": 1}, False),
        ({"missing_count": 1}, False),
        ({"unexpected_count": 2}, False),
        ({"unexpected_index_list": []}, False),
        ({"unexpected_index_list": ONE * 2, "unexpected_count": 2}, False),
        ({"unexpected_index_list": [{"#": 9}]}, False),
        ({}, True),
        ({"unexpected_index_list": [], "unexpected_count": 0}, None),
        ({"element_count": None}, False),
    ],
)
def test_a_result_that_does_not_add_up_is_truncated(changed, success):
    with pytest.raises(TruncatedResultError):
        accounted("e", GOOD | {"unexpected_index_list": ONE} | changed, success, [7, 8])


def test_an_empty_result_is_no_pass():
    with pytest.raises(TruncatedResultError):
        accounted("e", {}, True, [7, 8])


def test_the_engine_draws_no_progress_bars(capfd):
    found({"n": int}, [{"n": 1}], IN_SET, column="n", value_set=[1])

    assert "Calculating" not in "".join(capfd.readouterr())


def test_each_question_is_answered_from_its_own_rows_whatever_was_asked_before():
    engine = Engine()
    asked = expectation(IN_SET, column="n", value_set=[1])
    (one,) = suite(asked).expectations
    given = {"column": "n", "value_set": [1]}
    frames = [{0: {"n": 1}, 1: {"n": 2}}, {0: {"n": 2}, 1: {"n": 1}}, {5: {"n": 1}}, {7: {"n": 3}}]

    said = [engine.failing(one, given, {"n": int}, rows) for rows in (*frames, *frames)]

    assert said == [{1}, {0}, set(), {7}] * 2


def test_no_frame_outlives_its_judgement():
    import pandas as pd

    def frames():
        return sum(isinstance(thing, pd.DataFrame) for thing in gc.get_objects())

    found({"n": int}, [{"n": 1}], IN_SET, column="n", value_set=[1])
    before = frames()
    for _ in range(3):
        found({"n": int}, [{"n": 1}], IN_SET, column="n", value_set=[1])

    assert frames() <= before


def test_importing_the_adapter_loads_no_engine():
    heavy = "{'great_expectations', 'pandas', 'duckdb', 'pyarrow'}"
    code = (
        "import sys, zicha.evaluation.outcomes, zicha.evaluation.derived, zicha.evaluation.export\n"
        f"sys.exit(len({heavy} & sys.modules.keys()))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
