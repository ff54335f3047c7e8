"""Suites as native Great Expectations files, for people who run the engine by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from zicha.catalog.suites import Expectation, Suite
from zicha.catalog.thresholds import Limit
from zicha.evaluation.parameters import parameters_of

_ROWS_WITHOUT_NULLS = "expect_column_values_to_not_be_null"


def export_suites(
    suites: Iterable[Suite], out: Path, thresholds: Mapping[str, Limit], as_of: datetime
) -> list[Path]:
    """Write each suite to `out/<source>/<name>.json`, to be loaded by `ExpectationSuite(**json)`.

    Thresholds and days are put in as they stand at `as_of`; moments are seconds of the epoch. What
    the engine cannot say (`per`, `when_empty`, `only_if`, cells that were not read) is in `meta`.
    """
    written = []
    for suite in suites:
        path = out / f"{suite.id}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        said = json.dumps(native(suite, thresholds, as_of), ensure_ascii=False, indent=2)
        path.write_text(f"{said}\n", encoding="utf-8")
        written.append(path)
    return written


def native(suite: Suite, thresholds: Mapping[str, Limit], as_of: datetime) -> dict[str, Any]:
    """One suite in the engine's own shape."""
    expectations = [
        each
        for expectation in suite.expectations
        for each in _natives(expectation, parameters_of(expectation, thresholds, as_of))
    ]
    meta = {
        "id": suite.id,
        "title": asdict(suite.title),
        "evidence": suite.table_id,
        "per": list(suite.per),
        "when_empty": suite.when_empty.model_dump(mode="json"),
        "as_of": as_of.isoformat(),
    }
    return {"name": suite.id, "expectations": expectations, "meta": meta}


def _natives(expectation: Expectation, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    meta = {
        "controls": list(expectation.controls),
        "because": asdict(expectation.because),
        "remedy": asdict(expectation.remedy),
        "judges": expectation.judges,
        "nulls": expectation.nulls,
        "only_if": {name: list(values) for name, values in expectation.only_if.items()},
    }
    condition = _condition(expectation)
    asked = [(expectation.id, expectation.expect, dict(parameters))]
    if expectation.nulls == "forbid" and expectation.expect != _ROWS_WITHOUT_NULLS:
        asked += [
            (f"{expectation.id}#{column}-is-there", _ROWS_WITHOUT_NULLS, {"column": column})
            for column in expectation.reads
        ]
    return [
        {
            "type": type_,
            "kwargs": kwargs | condition,
            "meta": {"key": key, **meta},
            "severity": expectation.severity.value,
            "notes": re.sub(r"\s+", " ", f"{expectation.because.zh} / {expectation.because.en}"),
        }
        for key, type_, kwargs in asked
    ]


def _condition(expectation: Expectation) -> dict[str, Any]:
    """`only_if` as the engine's row condition."""
    if not expectation.only_if:
        return {}
    conditions = [_comparison(name, values) for name, values in expectation.only_if.items()]
    return {"row_condition": {"type": "and", "conditions": conditions}}


def _comparison(name: str, values: tuple[Any, ...]) -> dict[str, Any]:
    column = {"name": name}
    if set(values) == {True, False}:  # its IN takes no booleans, and nulls are neither
        return {"type": "nullity", "column": column, "is_null": False}
    if len(values) == 1:
        return {"type": "comparison", "column": column, "operator": "==", "parameter": values[0]}
    return {"type": "comparison", "column": column, "operator": "IN", "parameter": list(values)}
