"""Triggerer, worker and scheduler die at random points while an account changes: nothing is lost.

Ten changes where tests are short, two hundred in `make test-long`. Each kill falls while a task is
at work, at a random moment of it; `ZICHA_SEED` repeats a course.
"""

from __future__ import annotations

import os
import random
import sys
import time

import pytest

from fakes.changes import trail
from fakes.watched_account import Watched, watched
from fakes.whole_airflow import end

pytestmark = [pytest.mark.scheduler, pytest.mark.slow, pytest.mark.timeout(5400)]

LONG = bool(os.environ.get("ZICHA_LONG"))
CHANGES = 200 if LONG else 10
KILLS = 20 if LONG else 4
SEED = int(os.environ.get("ZICHA_SEED") or 20261122)
KILLED = ("worker", "triggerer", "scheduler", "task")
MORE_LOOKS = 8
BUSY_WITHIN_S = 60.0
LONGEST_TASK_S = 4.0
"""About as long as a task works on one change: a kill falls anywhere in it, or just after."""
SURELY_AT_WORK_S = 0.5
"""The moments left for a part that no kill has met at work yet."""
PATIENCE_S = 900.0
"""What a dead worker or scheduler held is missed after 30 s and tried again; or by the drain."""


def kill(watch: Watched, part: str, after_s: float) -> bool:
    """Kill a part so long after a task began, then start it again; whether one was at work."""
    until = time.monotonic() + BUSY_WITHIN_S
    while watch.airflow.busy() is None and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(after_s)
    found = watch.airflow.busy()
    if part in {"triggerer", "scheduler"}:
        watch.kill(part)
        watch.airflow.start(part)
    elif found is not None:
        worker, tasks = found
        end([worker, *tasks] if part == "worker" else tasks)
    return found is not None


def test_no_change_is_lost_and_none_is_told_twice_without_saying_so(tmp_path):
    sys.stdout.write(f"ZICHA_SEED={SEED}\n")
    chance, hits = random.Random(SEED), dict.fromkeys(KILLED, 0)
    every = max(2, CHANGES // KILLS)
    with watched(tmp_path, CHANGES) as (watch, groups):
        watch.change(groups[0])
        watch.airflow.wait_for(watch.told, "the watcher has begun")
        due = list(KILLED)
        for n, group in enumerate(groups[1:]):
            watch.change(group)
            if n % every == 1:
                part = due.pop(0)
                is_hit = kill(watch, part, chance.uniform(0, LONGEST_TASK_S))
                hits[part] += is_hit
                # One that found nobody at work comes again; after all four, any.
                due = [*due, part] if not is_hit else due or [chance.choice(KILLED)]
            else:
                time.sleep(chance.uniform(0, 5))
        for _ in range(MORE_LOOKS):
            left = [part for part in KILLED if not hits[part]]
            if left:
                # A notice that changes nothing and is not told, so that somebody is at work.
                watch.cloud.send(trail("AuthorizeSecurityGroupEgress", {"groupId": groups[0]}))
                hits[left[0]] += kill(watch, left[0], chance.uniform(0, SURELY_AT_WORK_S))
        watch.airflow.wait_for(
            lambda: len(watch.told()) == len(groups) and not watch.waiting(),
            f"{len(groups)} changes are told of",
            PATIENCE_S,
        )
        told = watch.told()

    assert all(hits.values()), hits
    assert set(told) == set(groups)
    assert [g for g, alerts in told.items() if any(not marked for _, marked in alerts[1:])] == []
