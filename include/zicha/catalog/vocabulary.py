"""The engine's expectations that a suite may use: each judges a row by itself, or a whole table.

Left out on purpose: whatever makes one row's verdict hang on other rows (unique, increasing,
outliers), what another engine would read differently (SQL, dialects, type names), and the null
test that `nulls` already is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Judges = Literal["rows", "table"]

_ORDERED: tuple[type, ...] = (int, float, datetime)
_LISTED: tuple[type, ...] = (str, int, bool)
_ANY: tuple[type, ...] = (str, int, float, bool, datetime)


@dataclass(frozen=True, slots=True)
class Form:
    """How one expectation is written: what it judges, its parameters, the columns it suits.

    Args:
        judges: rows by themselves, or a table as a whole.
        needs: parameters that must be there.
        takes: parameters that may be there; of `bounds` at least one must.
        kinds: the types of column it suits.
        values: the kind of thing the parameters hold.
    """

    judges: Judges
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()
    kinds: tuple[type, ...] = _ANY
    values: Literal["members", "pairs", "bounds", "lengths", "counts", "regexes", ""] = ""


_BOUNDS = ("min_value", "max_value", "strict_min", "strict_max")
_RANGE = ("min_value", "max_value")

VOCABULARY: dict[str, Form] = {
    "expect_column_values_to_be_in_set": Form(
        "rows", ("column", "value_set"), kinds=_LISTED, values="members"
    ),
    "expect_column_values_to_not_be_in_set": Form(
        "rows", ("column", "value_set"), kinds=_LISTED, values="members"
    ),
    "expect_column_values_to_be_between": Form("rows", ("column",), _BOUNDS, _ORDERED, "bounds"),
    "expect_column_value_lengths_to_be_between": Form(
        "rows", ("column",), _BOUNDS, (str,), "lengths"
    ),
    "expect_column_value_lengths_to_equal": Form(
        "rows", ("column", "value"), kinds=(str,), values="lengths"
    ),
    "expect_column_values_to_match_regex": Form(
        "rows", ("column", "regex"), kinds=(str,), values="regexes"
    ),
    "expect_column_values_to_not_match_regex": Form(
        "rows", ("column", "regex"), kinds=(str,), values="regexes"
    ),
    "expect_column_values_to_match_regex_list": Form(
        "rows", ("column", "regex_list"), ("match_on",), (str,), "regexes"
    ),
    "expect_column_values_to_not_match_regex_list": Form(
        "rows", ("column", "regex_list"), kinds=(str,), values="regexes"
    ),
    "expect_column_values_to_not_be_null": Form("rows", ("column",)),
    "expect_column_pair_values_to_be_equal": Form("rows", ("column_A", "column_B")),
    "expect_column_pair_values_a_to_be_greater_than_b": Form(
        "rows", ("column_A", "column_B"), ("or_equal",), _ORDERED
    ),
    "expect_column_pair_values_to_be_in_set": Form(
        "rows", ("column_A", "column_B", "value_pairs_set"), kinds=_LISTED, values="pairs"
    ),
    "expect_column_distinct_values_to_be_in_set": Form(
        "table", ("column", "value_set"), kinds=_LISTED, values="members"
    ),
    "expect_column_distinct_values_to_contain_set": Form(
        "table", ("column", "value_set"), kinds=_LISTED, values="members"
    ),
    "expect_column_distinct_values_to_equal_set": Form(
        "table", ("column", "value_set"), kinds=_LISTED, values="members"
    ),
    "expect_column_max_to_be_between": Form("table", ("column",), _BOUNDS, _ORDERED, "bounds"),
    "expect_column_min_to_be_between": Form("table", ("column",), _BOUNDS, _ORDERED, "bounds"),
    "expect_column_sum_to_be_between": Form("table", ("column",), _BOUNDS, (int, float), "bounds"),
    "expect_column_unique_value_count_to_be_between": Form(
        "table", ("column",), _BOUNDS, values="counts"
    ),
    "expect_column_proportion_of_unique_values_to_be_between": Form(
        "table", ("column",), _BOUNDS, values="counts"
    ),
    "expect_table_row_count_to_be_between": Form("table", (), _RANGE, (), "counts"),
    "expect_table_row_count_to_equal": Form("table", ("value",), (), (), "counts"),
}

READS = ("column", "column_A", "column_B")
"""The parameters that name a column."""


def unsafe_regex(regex: str) -> str:
    """Why the pattern may not be used; empty when it may.

    The engine searches rather than matches, and its dialect depends on how the column is stored:
    only what every dialect reads alike passes.
    """
    try:
        re.compile(regex)
    except re.error as error:
        return f"does not compile ({error})"
    if not (regex.startswith("^") and regex.endswith("$")) or regex.endswith(r"\$"):
        return "must be anchored: write ^…$"
    if re.search(r"\(\?(?!:)", regex) or re.search(r"\\[1-9AZzbB]", regex):
        return "uses look-around, flags, a back-reference or a boundary: dialects differ"
    if "|" in _outside_brackets(regex):
        return "has alternatives outside brackets, which ^ and $ do not hold: write ^(?:a|b)$"
    return ""


def _outside_brackets(regex: str) -> str:
    plain = re.sub(r"\\.", "", regex)
    plain = re.sub(r"\[\^?\]?[^\]]*\]", "", plain)
    while (shorter := re.sub(r"\([^()]*\)", "", plain)) != plain:
        plain = shorter
    return plain
