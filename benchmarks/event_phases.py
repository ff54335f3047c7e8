"""Where the seconds between a notice and its alert go, from the moments that both books keep."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from fakes.watched_account import DAG, Watched
from zicha.storage.schema import runs
from zicha.storage.schema_events import notices

PHASES = ("trigger", "start", "receive", "collect", "judge", "announce")
"""From the queue to the asset event; to the task's start; to the inbox; to closed books; to the
verdict; to the request at the Slack stand-in."""


@dataclass(frozen=True, slots=True)
class Started:
    """One run of the dispatcher as Airflow's own database tells of it, in seconds."""

    told: float
    began: float


def phases(watch: Watched, told: Mapping[str, Sequence[tuple[float, bool]]]) -> dict[str, Any]:
    """For each phase the median and the longest, in seconds; a change that skipped one counts 0."""
    began = _started(watch)
    found: dict[str, list[float]] = {name: [] for name in PHASES}
    for group, moments in _ours(watch).items():
        if group not in told or group not in watch.sent:
            continue
        before = [one for one in began if one.began <= moments[0]]
        airflow = [before[-1].told, before[-1].began] if before else []
        at = watch.sent[group]
        steps = [*airflow, *moments, told[group][0][0]]
        for name, moment in zip(PHASES[len(PHASES) - len(steps) :], steps, strict=True):
            found[name].append(max(0.0, moment - at))
            at = max(at, moment)
    return {
        name: {"p50_s": round(statistics.median(taken), 2), "max_s": round(max(taken), 2)}
        for name, taken in found.items()
        if taken
    }


def _ours(watch: Watched) -> dict[str, list[float]]:
    """By group: when its notice was in the inbox, its books were closed, and it was judged."""
    said = select(notices.c.row, notices.c.received_at, runs.c.collected_at, runs.c.judged_at).join(
        runs, runs.c.id == notices.c.run
    )
    with watch.place.database.read() as connection:
        return {
            row["resource"]: [moment.timestamp() for moment in moments]
            for row, *moments in connection.execute(said)
            if row and all(moments)
        }


def _started(watch: Watched) -> list[Started]:
    events = sorted(
        at
        for (said,) in watch.airflow.rows("SELECT timestamp FROM asset_event")
        if (at := _at(said))
    )
    rows = watch.airflow.rows(
        "SELECT r.queued_at, t.start_date FROM task_instance t JOIN dag_run r"  # noqa: S608
        f" ON r.dag_id = t.dag_id AND r.run_id = t.run_id WHERE t.dag_id = '{DAG}'"
    )
    found = []
    for queued, start in rows:
        began, waited = _at(start), _at(queued)
        if began:
            known = [at for at in events if at <= (waited or began) + 1]
            found.append(Started(known[-1] if known else began, began))
    return sorted(found, key=lambda one: one.began)


def _at(said: Any) -> float:
    """A moment of Airflow's database; 0 where there is none."""
    return datetime.fromisoformat(said).replace(tzinfo=UTC).timestamp() if said else 0.0
