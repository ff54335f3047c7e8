"""Suites and tables for tests, in as few words as the case needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from zicha.catalog.suites import Suite
from zicha.catalog.thresholds import Limit, limits, load_thresholds
from zicha.evaluation.outcomes import evaluate
from zicha.model.collector import PlaceState, Table
from zicha.model.evidence import Place
from zicha.model.outcome import Outcome

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
WORDS = {"zh": "测试", "en": "a test"}


def expectation(expect: str, /, id: str = "as-expected", **other: Any) -> dict[str, Any]:  # noqa: A002
    """One expectation; what is not an own key of it goes under `with`."""
    own = {"judges", "nulls", "only_if", "severity", "controls"}
    said = {"id": id, "expect": expect, "severity": "critical", "controls": ["a/b"]}
    said |= {"because": WORDS, "remedy": WORDS, "judges": "rows"}
    said |= {name: value for name, value in other.items() if name in own}
    if said["judges"] == "rows":
        said.setdefault("nulls", "forbid")
    return said | {"with": {name: value for name, value in other.items() if name not in own}}


def suite(*expectations: Mapping[str, Any], **other: Any) -> Suite:
    """A suite over the table `toy/things`."""
    dated = "days_before_run" in json.dumps(expectations)
    said = {"id": "toy/things", "evidence": "toy/things", "title": WORDS, "per": "account"}
    said |= {"when_empty": {"status": "fail", "because": WORDS}, "depends_on_time": dated}
    return Suite.model_validate_json(json.dumps(said | {"expectations": expectations} | other))


def table(
    columns: Mapping[str, type],
    rows: Sequence[Mapping[str, Any]],
    states: Mapping[Place, PlaceState] | None = None,
) -> Table:
    """A table with one place, the account "1", and rows named a, b, c unless they say otherwise."""
    named = [
        {"account": "1", "name": "abcdefghijklmnopqrstuvwxyz"[n % 26] * (n // 26 + 1)} | dict(row)
        for n, row in enumerate(rows)
    ]
    known = states or {("1",): PlaceState(collected_at=NOW, source="toy", evidence_digest="d")}
    kinds = {"account": str, "name": str} | dict(columns)
    return Table("toy/things", kinds, ("account", "name"), ("account",), tuple(named), known)


def judged(
    the_suite: Suite,
    the_table: Table,
    accounts: str = "1",
    thresholds: Mapping[str, Limit] | None = None,
) -> list[Outcome]:
    """What `evaluate` finds, an hour after the collection."""
    scope = [{"account": account, "region": "r", "source": "toy"} for account in accounts]
    known = thresholds or limits(load_thresholds(), {})
    moment = NOW + timedelta(hours=1)
    return evaluate(the_suite, the_table, scope, moment, known, timedelta(hours=26), "toy/thing")


def verdicts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """The subject's last name to its status, with the reason where there is one."""
    return {o.subject[-1]: f"{o.verdict.status} {o.verdict.because}".strip() for o in outcomes}
