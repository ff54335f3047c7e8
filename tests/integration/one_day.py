"""One inspection day that can be killed at any step, and what it leaves behind."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zicha.custody.keys import NAME
from zicha.pipeline import (
    announce,
    close_collection,
    collect,
    judge,
    open_workplace,
    plan_collection,
    report,
)
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, findings, gaps, ledger, messages, outcomes, runs

RECORDED = ("recorded-host", "demo-cloudtrail", "demo-register")
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DAY = "2026-11-22"
EXAMPLE = Path(__file__).parents[2] / "include" / "scope" / "example"


class Steps:
    """Hears the steps, and kills its own process at the one it was told."""

    def __init__(self, deadly: str = "", heard: Path | None = None) -> None:
        """Die at the step `name:n`, the n-th of its name; note every step in `heard`."""
        self._deadly = deadly
        self._heard = heard
        self._count: dict[str, int] = {}

    def step(self, name: str, **counts: int | str) -> None:
        self._count[name] = self._count.get(name, 0) + 1
        here = f"{name}:{self._count[name]}"
        if self._heard:
            with self._heard.open("a") as out:
                out.write(here + "\n")
        if here == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def workplace(folder: Path, steps: Steps, now: datetime = NOON, database: str = "") -> Workplace:
    """A workplace whose clock stands still and whose key is fixed."""
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / NAME
    if not key.exists():
        key.write_bytes(bytes(range(32)))
        key.chmod(0o600)
    environ = {"ZICHA_DATA": str(folder), "ZICHA_SCOPE": str(EXAMPLE)}
    environ |= {"ZICHA_DATABASE_URL": database} if database else {}
    return open_workplace(environ, progress=steps, clock=lambda: now)


def inspect(folder: Path, steps: Steps, *, reports: bool = False, database: str = "") -> None:
    """The whole day, as the command line and the tasks do it."""
    place = workplace(folder, steps, database=database)
    day = place.today()
    for batch in plan_collection(place, day, sources=RECORDED):
        collect(place, batch)
    close_collection(place, day)
    judge(place, day)
    if reports:
        report(place, day)
    announce(place, day)


def in_a_child(work: Callable[[], None], kill_after: float | None = None) -> int:
    """Run in a forked process, perhaps kill it after so many seconds; its exit code."""
    child = multiprocessing.get_context("fork").Process(target=_quietly, args=(work,))
    child.start()
    if kill_after is not None:
        time.sleep(kill_after)
        child.kill()
    child.join()
    return child.exitcode or 0


def _quietly(work: Callable[[], None]) -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    work()


def left_behind(folder: Path, database: str = "") -> dict[str, Any]:
    """Everything that must be the same however often a day was killed and taken up again."""
    place = workplace(folder, Steps(), database=database)
    with place.database.read() as connection:
        run = runs.latest(connection)
        assert run is not None
        sealed = evidence.of_run(connection, run.id)
        return {
            "runs": [(r.id, r.state) for r in runs.every(connection)],
            "evidence": sorted((e.source, e.table_id, e.content_mark) for e in sealed),
            "outcomes": [str(o) for o in outcomes.of_run(connection, run.id)],
            "current": [str(s) for s in outcomes.standing(connection)],
            "findings": [str(f) for f in findings.listed(connection)],
            "history": [
                json.dumps({k: str(v) for k, v in event.items() if k != "id"})
                for event in findings.history(connection)
            ],
            "gaps": [str(gap) for gap in gaps.every(connection)],
            "ledger": sorted(key.rpartition("/")[0] for key in ledger.keys(connection)),
            "told": [m.key for m in messages.waiting(connection, messages.SENT)],
        }
