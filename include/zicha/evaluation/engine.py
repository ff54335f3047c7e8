"""Great Expectations, asked so that nothing it forgets, skips or cuts can look like a pass."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from zicha.catalog.suites import Expectation
from zicha.model.errors import ConfigError, TruncatedResultError
from zicha.model.evidence import Row

INDEX = "#"

_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [INDEX],
    "return_unexpected_index_query": False,
}
_DTYPES = {bool: "bool", int: "int64", float: "float64", datetime: "float64", str: "str"}


class Engine:
    """One fresh context for one table; its frames are freed with it. Not for threads."""

    def __init__(self) -> None:
        """Open a context that keeps nothing and says nothing."""
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = _engine().get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        # One asset for every question: each that is added is written out as YAML, which took as
        # long as a third of the judging.
        asset = context.data_sources.add_pandas("rows").add_dataframe_asset("asked")
        self._whole = asset.add_batch_definition_whole_dataframe("all")

    def failing(
        self,
        expectation: Expectation,
        parameters: Mapping[str, Any],
        columns: Mapping[str, type],
        rows: Mapping[int, Row],
    ) -> set[int]:
        """The numbers of the failing rows, if the engine accounts for every one it was given.

        The rows hold no null and no unread cell in what the expectation reads.
        """
        result = self._result(expectation, parameters, _frame(expectation.reads, columns, rows))
        return accounted(expectation.id, result.result, result.success, rows.keys())

    def holds(
        self,
        expectation: Expectation,
        parameters: Mapping[str, Any],
        columns: Mapping[str, type],
        rows: Mapping[int, Row],
    ) -> bool:
        """Whether the rows, taken as a whole, are as expected."""
        result = self._result(expectation, parameters, _frame(expectation.reads, columns, rows))
        return result.success is True

    def _result(self, expectation: Expectation, parameters: Mapping[str, Any], frame: Any) -> Any:
        from great_expectations import ExpectationSuite
        from great_expectations.expectations.expectation_configuration import (
            ExpectationConfiguration,
        )

        # Built by itself: given a dictionary, the suite silently drops what it cannot parse.
        built = ExpectationConfiguration(
            type=expectation.expect,
            kwargs=dict(parameters),
            meta={"key": expectation.id},
            severity=expectation.severity.value,
        ).to_domain_obj()
        suite = ExpectationSuite(name=expectation.id, expectations=[built])
        results = self._whole.get_batch({"dataframe": frame}).validate(suite, result_format=_FORMAT)
        answered = [each.expectation_config.meta.get("key") for each in results.results]
        if answered != [expectation.id]:
            raise TruncatedResultError(f"{expectation.id}: {answered} came back: ask again")
        result = results.results[0]
        # When a metric raises, the flag moves one level down, under the metric's name.
        if result.exception_info.get("raised_exception", True) or result.success is None:
            raise ConfigError(f"{expectation.id}: {expectation.expect} does not suit its column")
        return result


@cache
def _engine() -> Any:
    """The engine's library, loaded once per process and kept out of every later collection."""
    import great_expectations as gx

    # Its half a million objects live as long as the process; scanning them for each table cost
    # more than judging it.
    gc.freeze()
    return gx


def accounted(
    name: str, said: Mapping[str, Any], success: object, given: Sequence[int] | Any
) -> set[int]:
    """The failing rows, if every row was counted and every failing one is named."""
    named = [index[INDEX] for index in said.get("unexpected_index_list") or ()]
    failing = {int(number) for number in named}
    counts = (said.get("element_count"), said.get("missing_count", 0), said.get("unexpected_count"))
    expected = (len(given), 0, len(failing))
    if counts != expected or success is not (not failing) or len(named) != len(failing):
        raise TruncatedResultError(f"{name}: counts {counts} and {success}, not {expected}")
    if not failing <= set(given):
        raise TruncatedResultError(f"{name}: rows came back that were not given")
    return failing


def _frame(reads: Sequence[str], columns: Mapping[str, type], rows: Mapping[int, Row]) -> Any:
    import pandas as pd

    laid_out = {INDEX: pd.Series(list(rows), dtype="int64")}
    for name in reads:
        kind = columns[name]
        cells = [row[name] for row in rows.values()]
        if kind is datetime:
            cells = [cell.timestamp() for cell in cells]  # type: ignore[union-attr]
        laid_out[name] = pd.Series(cells, dtype=_DTYPES[kind])
    return pd.DataFrame(laid_out)
