"""An expectation's parameters as the engine gets them: limits put in, days made moments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from zicha.catalog.suite_parameters import days_of, is_days, is_threshold
from zicha.catalog.suites import Expectation
from zicha.catalog.thresholds import Limit, Number
from zicha.model.errors import ConfigError

_TIGHTENS = {"at_least": "min_value", "at_most": "max_value"}
_TIGHTENS_AGE = {"at_least": "max_value", "at_most": "min_value"}


def parameters_of(
    expectation: Expectation, thresholds: Mapping[str, Limit], as_of: datetime
) -> dict[str, Any]:
    """What the engine gets; moments become seconds of the epoch, as the cells do."""
    given = {
        name: _value(expectation, name, value, thresholds, as_of)
        for name, value in expectation.parameters.items()
    }
    if len(expectation.reads) > 1:
        given["ignore_row_if"] = "neither"
    return given


def _value(
    expectation: Expectation,
    name: str,
    value: Any,
    thresholds: Mapping[str, Limit],
    as_of: datetime,
) -> Any:
    if is_days(value):
        is_ahead = "days_after_run" in value
        tightens = _TIGHTENS if is_ahead else _TIGHTENS_AGE
        days = timedelta(days=_number(expectation, name, days_of(value), thresholds, tightens))
        return (as_of + days if is_ahead else as_of - days).timestamp()
    if is_threshold(value):
        return _number(expectation, name, value, thresholds, _TIGHTENS)
    return value


def _number(
    expectation: Expectation,
    name: str,
    value: Any,
    thresholds: Mapping[str, Limit],
    tightens: Mapping[str, str],
) -> Number:
    if not is_threshold(value):
        return value  # type: ignore[no-any-return]
    limit = thresholds.get(value["threshold"])
    if limit is None:
        raise ConfigError(f"{expectation.id}: there is no threshold {value['threshold']}: add it")
    if name not in {tightens[limit.direction], "value"}:
        raise ConfigError(
            f"{expectation.id}: {limit.id} is {limit.direction}: use {tightens[limit.direction]}"
        )
    return limit.value
