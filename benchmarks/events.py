"""From a change notice to the alert: seconds, calls and losses, as benchmarks/results/events.json.

The account is a server on loopback (moto) that tells nobody of a change to EC2, so the bench puts
the notice, shaped as EventBridge's, on the queue itself: what AWS takes from the call to the queue
(CloudTrail's delivery) is not in the figures. `N=5` makes fewer changes.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from benchmarks.event_phases import phases  # noqa: E402

from fakes.changes import changed_bucket, cloud, opened_group, workplace  # noqa: E402
from fakes.watched_account import Watched, watched  # noqa: E402
from zicha.collectors import collectors  # noqa: E402
from zicha.pipeline.events.dispatching import follow  # noqa: E402
from zicha.pipeline.events.receiving import drain  # noqa: E402
from zicha.pipeline.runs.sources import opened  # noqa: E402

CHANGES = 50
PATIENCE_S = 120.0
SMALL = 0.05
WITHOUT = (
    "AWS's own delay from the call to the queue: the stand-in for AWS (moto) sends no notice of a "
    "change to EC2, so the bench puts it on the queue itself"
)
RESULT = ROOT / "benchmarks" / "results" / "events.json"


def calls(folder: Path, groups: int) -> tuple[dict[str, int], int]:
    """Requests for one change, by type of subject, beside those of a full scan."""
    with cloud() as account, workplace(account, folder) as place:
        made = [account.group(f"group-{n}", is_open=True) for n in range(groups)]
        bucket = account.bucket("zicha-bench")
        cost = {}
        for kind, notice in (
            ("AWS::EC2::SecurityGroup", opened_group(made[0])),
            ("AWS::S3::Bucket", changed_bucket(bucket)),
        ):
            account.send(notice)
            drain(place)
            cost[kind] = follow(place)[0]["calls"]
        with opened(place, place.scope.sources[0], "bench") as found:
            for collector in collectors().values():
                if collector.source == "aws":
                    list(collector.fetch(found))
            return cost, found.calls


def seconds(watch: Watched, groups: list[str]) -> list[float]:
    """One change after the other, from `SendMessage` to the request at the Slack stand-in."""
    taken = []
    for n, group in enumerate(groups):
        watch.change(group)
        until = time.time() + PATIENCE_S
        while not (told := watch.told().get(group)) and time.time() < until:
            time.sleep(SMALL)
        if told:
            taken.append(told[0][0] - watch.sent[group])
            print(f"{n + 1}/{len(groups)} {taken[-1]:.1f} s", file=sys.stderr, flush=True)
    return taken


def duplicates(told: dict[str, list[tuple[float, bool]]]) -> int:
    """Alerts of the same change beyond the first that do not say that they may be a repeat."""
    return sum(not marked for alerts in told.values() for _, marked in alerts[1:])


def figures(folder: Path, count: int) -> dict[str, Any]:
    """Everything that commands.md asks of this bench."""
    cost, full = calls(folder / "calls", count)
    with watched(folder / "watched", count + 1) as (watch, (first, *groups)):
        # The first one pays for the watcher's start and is not counted.
        seconds(watch, [first])
        taken = seconds(watch, groups)
        told = watch.told()
        spent = phases(watch, {group: told[group] for group in groups if group in told})
    return {
        "n": len(groups),
        "p50_s": round(statistics.median(taken), 2) if taken else None,
        "p95_s": round(sorted(taken)[max(0, -(-len(taken) * 95 // 100) - 1)], 2) if taken else None,
        "max_s": round(max(taken), 2) if taken else None,
        "phases": spent,
        "calls_per_change": cost,
        "full_scan_calls": full,
        "lost": sum(group not in told for group in groups),
        "unmarked_duplicates": duplicates(told),
        "without": WITHOUT,
    }


def summary(found: dict[str, Any]) -> str:
    """The figures as a person reads them."""
    spent = " · ".join(f"{name} {one['p50_s']} s" for name, one in found["phases"].items())
    cost = ", ".join(f"{kind} {count}" for kind, count in found["calls_per_change"].items())
    took = f"p50 {found['p50_s']} s, p95 {found['p95_s']} s, max {found['max_s']} s"
    bad = f"lost {found['lost']}, twice unmarked {found['unmarked_duplicates']}"
    said = [
        f"{found['n']} changes: {took}; {bad}",
        f"at the median: {spent}",
        f"requests: {cost}; a full scan {found['full_scan_calls']}",
        f"without {found['without']}",
    ]
    return "\n".join(said)


def main() -> None:
    """Measure, and write the result."""
    with tempfile.TemporaryDirectory() as folder:
        found = figures(Path(folder), int(os.environ.get("N", CHANGES)))
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    said = {
        "name": "events",
        "commit": commit,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "figures": found,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(said, indent=1))
    print(summary(found), file=sys.stderr)


if __name__ == "__main__":
    main()
