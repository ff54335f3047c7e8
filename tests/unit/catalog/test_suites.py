"""Suites are read strictly: what the engine would drop or misread is refused, with its name."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from fakes.suites import WORDS, expectation, suite
from zicha.catalog.suite_fit import misfits
from zicha.catalog.suites import Expectation, load_suites
from zicha.catalog.thresholds import Threshold, limits, load_thresholds
from zicha.catalog.vocabulary import READS, VOCABULARY, unsafe_regex
from zicha.catalog.yaml_files import in_one_sentence
from zicha.model.errors import ConfigError

IN_SET = "expect_column_values_to_be_in_set"
BETWEEN = "expect_column_values_to_be_between"


def refusal(expect, **other):
    with pytest.raises(ValidationError) as caught:
        suite(expectation(expect, **other))
    return in_one_sentence(caught.value)


def test_a_misspelt_expectation_is_refused():
    assert "expect_tyop is not an expectation" in refusal("expect_tyop", column="n")


def test_mostly_is_refused():
    assert "every row counts" in refusal(IN_SET, column="n", value_set=[1], mostly=0.9)


def test_a_word_of_severity_that_the_engine_does_not_know_is_refused():
    assert "severity" in refusal(IN_SET, column="n", value_set=[1], severity="high")


def test_a_parameter_that_the_engine_does_not_know_is_refused():
    assert "with.max is not a parameter" in refusal(BETWEEN, column="n", min_value=1, max=2)


def test_a_missing_parameter_is_named():
    assert "with.value_set is missing" in refusal(IN_SET, column="n")


def test_a_range_without_ends_is_refused():
    assert "min_value" in refusal(BETWEEN, column="n")


def test_nulls_must_be_decided_where_rows_are_judged():
    assert "nulls is missing" in refusal(IN_SET, column="n", value_set=[1], nulls=None)


def test_a_row_expectation_does_not_judge_a_table():
    assert "judges rows" in refusal(IN_SET, column="n", value_set=[1], judges="table")


@pytest.mark.parametrize("values", [[], [None], [1, "1"], [1, True], [1.5]])
def test_a_set_holds_values_of_one_type_and_at_least_one(values):
    assert "value_set" in refusal(IN_SET, column="n", value_set=values)


def test_days_without_dependence_on_time_are_refused():
    dated = expectation(BETWEEN, column="at", min_value={"days_before_run": 3})

    with pytest.raises(ValidationError, match="depends_on_time must be true"):
        suite(dated, depends_on_time=False)


def test_dependence_on_time_without_days_is_refused():
    undated = expectation(IN_SET, column="n", value_set=[1])

    with pytest.raises(ValidationError, match="depends_on_time must be false"):
        suite(undated, depends_on_time=True)


def test_a_suite_without_expectations_is_refused():
    with pytest.raises(ValidationError, match="expectations"):
        suite()


def test_two_expectations_of_one_id_are_refused():
    with pytest.raises(ValidationError, match="stands twice"):
        suite(*[expectation(IN_SET, column="n", value_set=[1])] * 2)


def test_a_suite_names_evidence_or_a_view_and_not_both():
    one = expectation(IN_SET, column="n", value_set=[1])

    with pytest.raises(ValidationError, match="one of evidence and view"):
        suite(one, view="toy/others")


def test_the_id_of_a_suite_is_its_path(tmp_path):
    (tmp_path / "toy").mkdir()
    one = suite(expectation(IN_SET, column="n", value_set=[1]))
    path = tmp_path / "toy" / "others.yaml"
    path.write_text(one.model_dump_json(by_alias=True), encoding="utf-8")

    with pytest.raises(ConfigError, match="call it toy/others"):
        load_suites(tmp_path)


@pytest.mark.parametrize(
    "regex",
    ["v1", "^v1", "v1$", "^a|b$", "^(a$", r"^a\$", "^(?=a)a$", "^(?i)a$", r"^(a)\1$", r"^\bv$"],
)
def test_a_pattern_that_does_not_hold_the_whole_text_in_every_dialect_is_refused(regex):
    assert unsafe_regex(regex)


@pytest.mark.parametrize("regex", ["^v1$", "^(?:a|b)$", "^[|]$", r"^a\|b$", "^((a|b)c)+$"])
def test_a_pattern_that_holds_the_whole_text_is_taken(regex):
    assert unsafe_regex(regex) == ""


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"column": "other", "value_set": [1]}, "does not have"),
        ({"column": "on", "value_set": [1]}, "another type"),
        ({"column": "n", "value_set": [True]}, "another type"),
        ({"column": "x", "value_set": [1]}, "does not suit"),
        ({"column": "n", "value_set": [1], "only_if": {"on": [1]}}, "another type"),
    ],
)
def test_a_suite_that_does_not_suit_its_table_says_why(given, says):
    columns = {"account": str, "n": int, "x": float, "on": bool}

    (found,) = misfits(suite(expectation(IN_SET, **given)), columns, ("account",))

    assert says in found


def test_the_vocabulary_is_the_engines_own():
    from great_expectations.expectations.expectation import (
        BatchExpectation,
        ColumnMapExpectation,
        ColumnPairMapExpectation,
    )
    from great_expectations.expectations.registry import get_expectation_impl

    for name, form in VOCABULARY.items():
        engine = get_expectation_impl(name)
        by_rows = issubclass(engine, ColumnMapExpectation | ColumnPairMapExpectation)
        assert issubclass(engine, BatchExpectation), name
        assert by_rows is (form.judges == "rows"), name
        assert {*form.needs, *form.takes} <= engine.__fields__.keys(), name


def test_every_vocabulary_entry_names_its_columns_in_a_known_way():
    for name, form in VOCABULARY.items():
        assert set(READS) & set(form.needs) or name.startswith("expect_table"), name


def threshold(**changed):
    said = {
        "id": "t", "title": WORDS, "unit": "days", "value": 90, "floor": 180,
        "direction": "at_most", "source": {"says": WORDS, "grade": "D"},
    }  # fmt: skip
    return Threshold.model_validate_json(json.dumps(said | changed))


@pytest.mark.parametrize(("chosen", "value"), [(None, 90), (30, 30), (120, 120), (365, 180)])
def test_a_looser_value_than_the_floor_never_counts(chosen, value):
    picked = {} if chosen is None else {"t": chosen}

    limit = limits({"t": threshold()}, picked)["t"]

    assert (limit.value, limit.chosen) == (value, chosen)


def test_more_is_stricter_where_the_threshold_is_a_least():
    one = threshold(direction="at_least", value=200, floor=180)

    assert limits({"t": one}, {"t": 7})["t"].value == 180


def test_our_own_value_is_not_below_the_floor():
    with pytest.raises(ValidationError, match="looser than floor"):
        threshold(value=200)


def test_a_threshold_that_nobody_knows_is_refused():
    with pytest.raises(ConfigError, match="no-such is not a threshold"):
        limits(load_thresholds(), {"no-such": 1})


def test_the_log_is_kept_for_six_months_whatever_the_user_wrote():
    assert limits(load_thresholds(), {"log-retention-days": 7})["log-retention-days"].value >= 180


def test_an_expectation_lists_its_thresholds():
    days = {"days_before_run": {"threshold": "password-max-age-days"}}
    said = expectation(BETWEEN, column="at", min_value=days, max_value={"threshold": "other"})

    assert Expectation.model_validate(said | {"controls": ("a/b",)}, strict=False).thresholds == (
        "password-max-age-days",
        "other",
    )
