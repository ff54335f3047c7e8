"""One outcome per expectation and subject; what cannot be shown is unknown."""

from __future__ import annotations

import gc
import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from zicha.catalog.suite_fit import misfit
from zicha.catalog.suites import Expectation, Suite
from zicha.catalog.thresholds import Limit
from zicha.evaluation.engine import Engine
from zicha.evaluation.parameters import parameters_of
from zicha.evaluation.partitions import PLACE_KEYS, Partition, partitions
from zicha.evaluation.settle import Settled, observed, settle, shortened, shown
from zicha.model.collector import PlaceState, Table
from zicha.model.errors import ConfigError, ZichaError
from zicha.model.evidence import Row
from zicha.model.outcome import Outcome
from zicha.model.verdict import FAIL, PASS, Reason, Status, Verdict, unknown

log = logging.getLogger(__name__)

_SHOWN_VALUES = 5
NOT_OFFERED = Verdict(Status.NOT_APPLICABLE, "not-offered")


def evaluate(  # noqa: PLR0917 - all callers name them
    suite: Suite,
    table: Table,
    scope: Sequence[Mapping[str, str]],
    as_of: datetime,
    thresholds: Mapping[str, Limit],
    max_age: timedelta,
    subject_type: str = "",
) -> list[Outcome]:
    """One outcome per expectation and subject, and per partition that has nothing to show.

    Args:
        suite: what is expected.
        table: the rows of the suite's collector or view, and how its listings ended.
        scope: every place that answers: the table's place columns and `source`.
        as_of: the moment of the run, against which ages are computed.
        thresholds: the limits in force.
        max_age: what is older is stale.
        subject_type: what a row of the table is; a partition is named by the suite's `per`.
    """
    judgement = _Judgement(suite, table.as_of(as_of, max_age), as_of, thresholds, subject_type)
    listed = list(partitions(suite.per, judgement.table, scope))
    try:
        return [
            outcome
            for expectation in suite.expectations
            for outcome in judgement.outcomes(expectation, listed)
        ]
    finally:
        if judgement.engine:
            judgement.engine = None
            gc.collect()  # it holds its frames in cycles: free them before the next table


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where a subject was seen, what it is, and what of it was read."""

    state: PlaceState
    where: Mapping[str, str]
    kind: str
    shows: str
    tags: Mapping[str, str]


@dataclass(slots=True)
class _Judgement:
    suite: Suite
    table: Table
    as_of: datetime
    thresholds: Mapping[str, Limit]
    subject_type: str
    engine: Engine | None = field(default=None)

    def outcomes(self, expectation: Expectation, listed: Sequence[Partition]) -> list[Outcome]:
        """Every outcome of one expectation, by subject: never two for one."""
        found = {} if expectation.judges == "table" else self._of_rows(expectation)
        for partition in listed:
            if settled := self._of_partition(expectation, partition):
                # A subject that is its own partition is no better known than its listing.
                found[partition.key] = self._named(expectation, partition, settled)
        return list(found.values())

    def _of_partition(self, expectation: Expectation, partition: Partition) -> Settled | None:
        state = partition.state
        if state.reason:
            return Settled(unknown(state.reason), state.remedy, state.permission)
        if state.not_offered:
            return Settled(NOT_OFFERED)
        if not partition.rows:
            return Settled(_when_empty(self.suite))
        if expectation.judges == "rows":
            return None
        return self._as_a_whole(expectation, partition.rows)

    def _as_a_whole(self, expectation: Expectation, rows: Sequence[Row]) -> Settled:
        settled = [settle(expectation, row, self.table.columns) for row in rows]
        unread = (s for s in settled if s and s.verdict.status is Status.UNKNOWN)
        if found := next(unread, None):
            return found
        asked = {n: row for n, row in enumerate(rows) if not settled[n]}
        has_null = any(s and s.verdict == FAIL for s in settled)
        # A count of none is an answer; a column of nothing could only be passed by silence.
        if not asked and expectation.reads:
            return Settled(FAIL) if has_null else next(filter(None, settled))
        if expectation.nulls == "forbid" and has_null:
            return Settled(FAIL)
        return self._ask(expectation, asked).get(0) or Settled(unknown(Reason.ERRORED))

    def _of_rows(self, expectation: Expectation) -> dict[tuple[str, ...], Outcome]:
        rows = self.table.rows
        settled = dict(enumerate(settle(expectation, row, self.table.columns) for row in rows))
        asked = {n: rows[n] for n, verdict in settled.items() if not verdict}
        answered = self._ask(expectation, asked) if asked else {}
        keys = [self.table.key_of(row) for row in rows]
        times = Counter(keys)
        found: dict[tuple[str, ...], Outcome] = {}
        for number, (row, key) in enumerate(zip(rows, keys, strict=True)):
            said = settled[number] or answered[number]
            if times[key] > 1:
                said = Settled(unknown(Reason.TRUNCATED), f"{times[key]} rows share a name")
            found[key] = self._of_row(expectation, row, key, said)
        return found

    def _ask(self, expectation: Expectation, rows: Mapping[int, Row]) -> dict[int, Settled]:
        """The engine's verdict for each row (for a table, under 0), or why there is none."""
        try:
            return self._answer(expectation, rows)
        except Exception as error:  # noqa: BLE001 - whatever the engine raises, nothing was shown
            kind = type(error).__name__
            log.warning("%s: %s was not judged: %s", self.suite.id, expectation.id, kind)
            nothing = Settled(unknown(Reason.ERRORED), f"{expectation.id} was not judged: {kind}")
            if isinstance(error, ZichaError):
                nothing = Settled(unknown(error.reason), str(error))
            return dict.fromkeys((0, *rows), nothing)

    def _answer(self, expectation: Expectation, rows: Mapping[int, Row]) -> dict[int, Settled]:
        columns = self.table.columns
        if problem := misfit(expectation, columns):
            raise ConfigError(f"{self.suite.id}: {expectation.id} {problem}")
        self.engine = self.engine or Engine()
        given = parameters_of(expectation, self.thresholds, self.as_of)
        if expectation.judges == "table":
            holds = self.engine.holds(expectation, given, columns, rows)
            return {0: Settled(PASS if holds else FAIL)}
        failing = self.engine.failing(expectation, given, columns, rows)
        return {number: Settled(FAIL if number in failing else PASS) for number in rows}

    def _of_row(
        self, expectation: Expectation, row: Row, key: tuple[str, ...], said: Settled
    ) -> Outcome:
        # Elsewhere a column of that name is something else: on a host an account is a person's.
        names = PLACE_KEYS if "account" in self.table.places else ()
        where = {name: str(row[name]) for name in names if isinstance(row.get(name), str)}
        state = self.table.states.get(self.table.place_of(row), PlaceState())
        kind, shows = self.subject_type, observed(expectation, row)
        seen = _Seen(state, where, kind, shows, _tags(row))
        return self._outcome(expectation, key, said, seen)

    def _named(self, expectation: Expectation, partition: Partition, said: Settled) -> Outcome:
        kind, shows = "/".join(self.suite.per), _observed(expectation, partition.rows)
        seen = _Seen(partition.state, partition.where, kind, shows, {})
        return self._outcome(expectation, partition.key, said, seen)

    def _outcome(
        self, expectation: Expectation, subject: tuple[str, ...], said: Settled, seen: _Seen
    ) -> Outcome:
        return Outcome(
            expectation=expectation.id,
            subject=subject,
            verdict=said.verdict,
            suite=self.suite.id,
            source=seen.state.source,
            account=seen.where.get("account", ""),
            region=seen.where.get("region", ""),
            subject_type=seen.kind,
            controls=expectation.controls,
            severity=expectation.severity,
            measured_at=seen.state.collected_at,
            evidence_digest=seen.state.evidence_digest,
            remedy=said.remedy,
            permission=said.permission,
            observed=seen.shows,
            tags=seen.tags,
        )


def _when_empty(suite: Suite) -> Verdict:
    status = Status(suite.when_empty.status)
    return Verdict(status, "nothing-listed" if status is Status.NOT_APPLICABLE else "")


def _observed(expectation: Expectation, rows: Sequence[Row]) -> str:
    return shortened(", ".join([f"rows={len(rows)}", *_distinct(expectation, rows)]))


def _distinct(expectation: Expectation, rows: Sequence[Row]) -> Iterator[str]:
    for name in expectation.reads if expectation.judges == "table" else ():
        values = sorted({shown(row.get(name)) for row in rows})
        more = "" if len(values) <= _SHOWN_VALUES else ", …"
        yield f"{name} in {{{', '.join(values[:_SHOWN_VALUES])}{more}}}"


def _tags(row: Row) -> Mapping[str, str]:
    said = row.get("tags")
    if not isinstance(said, str):
        return {}
    try:
        found = json.loads(said)
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
