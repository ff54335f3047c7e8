"""Cases for the contract tests of suites: rows of which a person said what they deserve.

`tests/fixtures/suites/<source>/<name>.yaml` holds `good`, a row that passes every expectation;
`fail`, for each expectation the cells that make it fail (or a list of such, one per row); where one
good row cannot pass all, `pass` in the same form; and `fail_too`, where there are two ways to fail. A moment is `{days_ago: N}`. Rows that were
not read, are absent, are excluded, or belong to another place are made from these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from zicha.catalog.roots import suites_dir, views_dir
from zicha.catalog.suites import Expectation, Suite, load_suites
from zicha.catalog.thresholds import limits, load_thresholds
from zicha.catalog.yaml_files import load_yaml
from zicha.collectors import collectors
from zicha.evaluation.outcomes import evaluate
from zicha.evaluation.views import View, load_views
from zicha.model.collector import Collector, PlaceState, Table
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

FOLDER = Path(__file__).parents[1] / "fixtures" / "suites"
RUN = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)

SUITES = load_suites(suites_dir())
VIEWS = load_views(views_dir())


def evidence_of(suite: Suite) -> Collector | View:
    """The collector or the view whose rows the suite judges."""
    return VIEWS[suite.view] if suite.view else collectors()[suite.table_id]


@dataclass(frozen=True)
class Case:
    """Rows of a place of their own, and what each expectation named must say of them."""

    name: str
    rows: Sequence[Mapping[str, Any]]
    expected: Mapping[str, str]
    state: PlaceState | None = field(default_factory=lambda: PlaceState(collected_at=RUN))


def cases(suite: Suite) -> Iterator[Case]:
    """Every case of one suite."""
    source = evidence_of(suite)
    said = load_yaml(FOLDER / f"{suite.id}.yaml")
    good = _row(said["good"], source)
    for expectation in suite.expectations:
        passing = _rows(said.get("pass", {}).get(expectation.id, {}), good, source)
        yield from _cases(expectation, passing, _rows(said["fail"][expectation.id], good, source))
        if too := said.get("fail_too", {}).get(expectation.id):
            name = f"{expectation.id}: bad in another way"
            yield Case(name, _rows(too, good, source), {expectation.id: "fail"})
    each = [expectation.id for expectation in suite.expectations]
    yield Case("empty", [], dict.fromkeys(each, suite.when_empty.status))
    yield Case("not-asked", [], dict.fromkeys(each, "unknown not-collected"), None)
    refused = PlaceState(Reason.REFUSED, "a remedy", "a:Permission", RUN)
    yield Case("refused", [], dict.fromkeys(each, "unknown refused"), refused)
    old = PlaceState(collected_at=RUN - source.max_age - timedelta(seconds=1))
    yield Case("stale", [good], dict.fromkeys(each, "unknown stale"), old)


def _cases(
    expectation: Expectation, passing: list[dict[str, Any]], failing: list[dict[str, Any]]
) -> Iterator[Case]:
    id_ = expectation.id
    yield Case(f"{id_}: good", passing, {id_: "pass"})
    yield Case(f"{id_}: bad", failing, {id_: "fail"})
    for name in dict.fromkeys((*expectation.reads, *expectation.only_if)):
        unread = Unread(Reason.THROTTLED, "a remedy")
        spoilt = [*passing[:-1], passing[-1] | {name: unread}]
        yield Case(f"{id_}: {name} unread", spoilt, {id_: "unknown throttled"})
    for name in expectation.reads:
        if expectation.judges == "rows":
            skips = expectation.nulls == "skip"
            said = "not-applicable null" if skips else "fail"
            yield Case(f"{id_}: {name} absent", [passing[0] | {name: None}], {id_: said})
    for name in expectation.only_if:
        excluded = [row | {name: None} for row in failing]
        counts = expectation.judges == "table" and not expectation.reads
        if not counts:
            yield Case(f"{id_}: {name} excludes", excluded, {id_: "not-applicable only-if"})


def judged(suite: Suite, given: Sequence[Case]) -> dict[str, dict[str, str]]:
    """What the suite says of every case, each in a place of its own of one pooled table."""
    source = evidence_of(suite)
    places = {case.name: (f"place-{n}", *source.places[1:]) for n, case in enumerate(given)}
    rows = [
        row
        | dict(zip(source.places, places[case.name], strict=True))
        | {name: f"{name}-{n}" for name in source.subject if n and name not in source.places}
        for case in given
        for n, row in enumerate(case.rows)
    ]
    states = {places[case.name]: case.state for case in given if case.state}
    table = Table(source.id, source.columns, source.subject, source.places, tuple(rows), states)
    scope = [dict(zip(source.places, place, strict=True)) for place in places.values()]
    outcomes = evaluate(
        suite, table, scope, RUN, limits(load_thresholds(), {}), source.max_age, source.subject_type
    )
    names = {place[0]: name for name, place in places.items()}
    found: dict[str, dict[str, str]] = {name: {} for name in places}
    for outcome in outcomes:
        said = f"{outcome.verdict.status} {outcome.verdict.because}".strip()
        of_place = found[names[outcome.subject[0]]]
        of_place[outcome.expectation] = worse(of_place.get(outcome.expectation), said)
    return found


def worse(one: str | None, other: str) -> str:
    """Of two rows of one case, the one that did not pass speaks."""
    return other if one is None or one == "pass" else one


def _rows(said: Any, good: Mapping[str, Any], source: Collector | View) -> list[dict[str, Any]]:
    listed = said if isinstance(said, list) else [said]
    return [dict(good) | _cells(each, source) for each in listed]


def _row(said: Mapping[str, Any], source: Collector | View) -> dict[str, Any]:
    row = dict.fromkeys(source.columns) | _cells(said, source)
    return row | {name: row[name] or f"a-{name}" for name in (*source.subject, *source.places)}


def _cells(said: Mapping[str, Any], source: Collector | View) -> dict[str, Any]:
    odd = sorted(said.keys() - source.columns.keys())
    assert not odd, f"{source.id} has no column {odd[0]}"
    return {name: _cell(cell, source.columns[name]) for name, cell in said.items()}


def _cell(said: Any, kind: type) -> Any:
    if isinstance(said, dict):
        return RUN - timedelta(days=said["days_ago"])
    if kind is float and isinstance(said, int):
        return float(said)
    assert said is None or type(said) is kind, f"{said!r} is no {kind.__name__}"
    return said
