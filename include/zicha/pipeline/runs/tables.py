"""The tables of a run, read back from what was sealed; a table nobody could collect says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from zicha.custody.rows import from_parquet
from zicha.evaluation.derived import build_view
from zicha.evaluation.views import View
from zicha.model.collector import Collector, PlaceState, Table, merged
from zicha.model.verdict import Reason
from zicha.pipeline.runs.rules import Rules
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, runs

CRASHED = "the collection of this source crashed: see the task's log, then collect again"


class RunTables:
    """Every table of one run, by collector or view."""

    def __init__(self, place: Workplace, rules: Rules, run: runs.Run) -> None:
        """Read what the run sealed, and which sources it asked."""
        self._place = place
        self._rules = rules
        self._as_of: datetime = run.started_at
        with place.database.read() as connection:
            records = evidence.of_run(connection, run.id)
            batches = runs.batches_of(connection, run.id)
        self.sources = {batch.source for batch in batches}
        self._crashed = {batch.source for batch in batches if batch.state == runs.ERRORED}
        self._rows: dict[str, list[str]] = {}
        for record in records:
            self._rows.setdefault(record.table_id, []).append(record.rows_digest)
        self._read: dict[str, Table] = {}

    def scope(self, table: Collector | View) -> list[dict[str, str]]:
        """The places of this table that the run was to answer for."""
        places = self._rules.places(self._place.scope, table)
        return [place for place in places if place["source"] in self.sources]

    def table(self, wanted: Collector | View) -> Table:
        """The rows of a collector over all sources, or of a view over them."""
        if wanted.id not in self._read:
            self._read[wanted.id] = (
                self._collected(wanted) if isinstance(wanted, Collector) else self._derived(wanted)
            )
        return self._read[wanted.id]

    def _collected(self, collector: Collector) -> Table:
        store = self._place.store
        tables = [from_parquet(store.get(digest)) for digest in self._rows.get(collector.id, [])]
        return merged([*tables, self._missing(collector, tables)])

    def _missing(self, collector: Collector, tables: Sequence[Table]) -> Table:
        """No rows, and a crash as the reason, for each place of a source that crashed."""
        answered = {place for table in tables for place in table.states}
        states = {
            tuple(place[name] for name in collector.places): PlaceState(
                Reason.ERRORED, CRASHED, source=place["source"]
            )
            for place in self.scope(collector)
            if place["source"] in self._crashed
        }
        left = {place: state for place, state in states.items() if place not in answered}
        return Table(collector.id, collector.columns, collector.subject, collector.places, (), left)

    def _derived(self, view: View) -> Table:
        inputs = {id_: self._whole(self._rules.collectors[id_]) for id_ in view.reads}
        return build_view(view, inputs, self._as_of)

    def _whole(self, collector: Collector) -> Table:
        """A view's input with every place of the scope: one that this run left out is not known."""
        table = self.table(collector).as_of(self._as_of, collector.max_age)
        left = {
            tuple(place[name] for name in collector.places): PlaceState(
                Reason.NOT_COLLECTED,
                f"{collector.id} of {place['source']} was not asked in this run: collect it too",
                source=place["source"],
            )
            for place in self._rules.places(self._place.scope, collector)
        }
        return replace(table, states=left | dict(table.states))
