"""Whether a suite suits the table it names: its columns are there, and hold what it compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from zicha.catalog.suite_parameters import is_days
from zicha.catalog.suites import Expectation, Suite


def misfits(suite: Suite, columns: Mapping[str, type], places: tuple[str, ...]) -> list[str]:
    """Why the suite does not suit a table of these columns and places, if it does not."""
    found = [f"{suite.id}: per names {name}, no place" for name in suite.per if name not in places]
    for expectation in suite.expectations:
        why = misfit(expectation, columns)
        found += [f"{suite.id}: {expectation.id} {why}"] if why else []
    return found


def misfit(expectation: Expectation, columns: Mapping[str, type]) -> str:
    """Why one expectation does not suit these columns; empty when it does."""
    for name in (*expectation.reads, *expectation.only_if):
        if name not in columns:
            return f"reads {name}, which its table does not have"
    return next(_mismatches(expectation, columns), "")


def _mismatches(expectation: Expectation, columns: Mapping[str, type]) -> Iterator[str]:
    form, given = expectation.form, expectation.parameters
    kinds = [columns[name] for name in expectation.reads]
    for name, values in expectation.only_if.items():
        if not _are_of(values, columns[name]):
            yield f"compares {name} with a value of another type"
    for name, kind in zip(expectation.reads, kinds, strict=True):
        if kind not in form.kinds:
            yield f"does not suit {name}, which holds {kind.__name__}"
    if len(set(kinds)) > 1 and form.values != "pairs":
        yield "compares columns of different types"
    if "value_set" in given and not _are_of(given["value_set"], kinds[0]):
        yield f"compares {expectation.reads[0]} with a value of another type"
    for position, kind in enumerate(kinds):
        if not _are_of([pair[position] for pair in given.get("value_pairs_set", ())], kind):
            yield "compares its pair with values of other types"
    if form.values == "bounds":
        yield from _odd_bounds(given, kinds[0])


def _odd_bounds(given: Mapping[str, Any], kind: type) -> Iterator[str]:
    for name in given.keys() & {"min_value", "max_value"}:
        if is_days(given[name]) != (kind is datetime):
            yield "must bound moments by days before or after the run, and nothing else by them"


def _are_of(values: Any, kind: type) -> bool:
    # A bool is an int to Python, and 1 is True to the engine: neither may stand for the other.
    return all(type(value) is kind for value in values)
