"""Triggerer, worker and scheduler die at random points while an account changes: nothing is lost.

Ten changes where tests are short, two hundred in `make test-long`.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time

import pytest

from fakes.watched_account import watched

pytestmark = [pytest.mark.scheduler, pytest.mark.slow, pytest.mark.timeout(3600)]

CHANGES = 200 if os.environ.get("ZICHA_LONG") else 10
KILLED = ("triggerer", "scheduler", "worker")


def kill(watch, part):
    """The worker alone, or a part of Airflow with all that it started; then start it again."""
    if part != "worker":
        watch.kill(part)
        watch.airflow.start(part)
        return
    leader = watch.airflow.started["scheduler"].pid
    # The youngest of the scheduler's group is a worker, or the task that it runs.
    said = subprocess.run(
        ["pgrep", "-g", str(leader)], capture_output=True, text=True, check=False
    ).stdout.split()
    youngest = max(map(int, said), default=leader)
    if youngest != leader:
        os.kill(youngest, signal.SIGKILL)


def test_no_change_is_lost_and_none_is_told_twice_without_saying_so(tmp_path):
    chance, kills = random.Random(20261122), 0
    with watched(tmp_path, CHANGES) as (watch, groups):
        watch.change(groups[0])
        watch.airflow.wait_for(watch.told, "the watcher has begun")
        for n, group in enumerate(groups[1:]):
            watch.change(group)
            time.sleep(chance.uniform(0, 5))
            if n % max(2, CHANGES // 6) == 1:
                kill(watch, KILLED[kills % len(KILLED)])
                kills += 1
        watch.airflow.wait_for(
            lambda: len(watch.told()) == len(groups) and not watch.waiting(),
            f"{len(groups)} changes are told of",
        )
        told = watch.told()

    assert kills >= len(KILLED)
    assert set(told) == set(groups)
    assert [g for g, alerts in told.items() if any(not marked for _, marked in alerts[1:])] == []
