"""What judging costs: seconds per expectation for tables of several sizes, as JSON."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

from zicha.catalog.suites import Suite
from zicha.evaluation.outcomes import evaluate
from zicha.model.collector import PlaceState, Table

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SAID = {"zh": "测量", "en": "a measurement"}
EXPECTATIONS = 10
SIZES = (10, 1_000, 10_000, 100_000)


def suite(count: int) -> Suite:
    each = {
        "expect": "expect_column_values_to_be_in_set",
        "with": {"column": "is_on", "value_set": [True]},
        "nulls": "forbid",
        "severity": "info",
        "controls": ["bench/cost"],
        "because": SAID,
        "remedy": SAID,
    }
    said = {
        "id": "bench/rows",
        "evidence": "bench/rows",
        "title": SAID,
        "depends_on_time": False,
        "per": "account",
        "when_empty": {"status": "fail", "because": SAID},
        "expectations": [each | {"id": f"expectation-{n}"} for n in range(count)],
    }
    return Suite.model_validate_json(json.dumps(said))


def table(size: int) -> Table:
    rows = tuple({"account": "1", "name": f"n{n}", "is_on": n % 100 != 0} for n in range(size))
    columns = {"account": str, "name": str, "is_on": bool}
    states = {("1",): PlaceState(collected_at=NOW)}
    return Table("bench/rows", columns, ("account", "name"), ("account",), rows, states)


def seconds(count: int, size: int) -> float:
    rows, expected = table(size), suite(count)
    start = time.perf_counter()
    evaluate(expected, rows, [{"account": "1"}], NOW, {}, timedelta(hours=1))
    return time.perf_counter() - start


def main() -> None:
    start = time.perf_counter()
    import great_expectations as gx

    found: dict[str, object] = {"engine": gx.__version__, "import": time.perf_counter() - start}
    seconds(1, 10)
    found["rows"] = {
        str(size): {"one": seconds(1, size), "ten": seconds(EXPECTATIONS, size)} for size in SIZES
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
