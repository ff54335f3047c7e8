"""Failures that our own database could not be told of: kept in a file beside it until it opens.

One line of JSON each: a failure, or what became of the message that said so (decision 0035).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from zicha.alerts.health_message import compose_opened
from zicha.catalog.scope_alerts import Destination
from zicha.pipeline.alerts.entering import enter
from zicha.pipeline.workplace import Workplace

FILE = "kept-failures.jsonl"
MOST_KEPT = 1000
"""Failures that are kept; the first ones tell more than the last."""


@dataclass
class Kept:
    """What the file holds, while nobody else may touch it."""

    file: TextIO
    failures: list[tuple[str, str]] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)

    def fail(self, at: datetime, line: str) -> None:
        """Keep a failure."""
        if len(self.failures) < MOST_KEPT:
            self._add({"at": at.isoformat(timespec="seconds"), "line": line})

    def tell(self, day: str, state: str) -> None:
        """Keep that a message of the day said so, and how it ended."""
        self._add({"day": day, "state": state})

    def _add(self, row: dict[str, str]) -> None:
        self.file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())


@contextmanager
def kept_failures(folder: Path) -> Iterator[Kept]:
    """What is kept, alone with it.

    Raises:
        OSError: the folder takes no file.
    """
    handle = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "a+", encoding="utf-8", errors="replace") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        kept = Kept(file)
        for row in map(_row, file):
            if "line" in row:
                kept.failures.append((str(row.get("at", "")), str(row["line"])))
            elif "day" in row:
                kept.told[str(row["day"])] = str(row.get("state", ""))
        yield kept


def enter_kept(place: Workplace, health: Destination) -> list[str]:
    """Put what is kept into the outbox as one message, then empty the file; the keys."""
    if not (place.data / FILE).exists():
        return []
    with kept_failures(place.data) as kept:
        if not kept.failures:
            return []
        lines = [line for _, line in kept.failures]
        digest = hashlib.sha256("\n".join(map("\t".join, kept.failures)).encode()).hexdigest()[:16]
        states = set(kept.told.values())
        told = next((state for state in ("sent", "maybe-sent") if state in states), "")
        key = f"health-kept-{digest}:{health.recipient}"
        message = compose_opened(key, kept.failures[0][0], lines, told, place.scope.demo)
        with place.database.write() as connection:
            enter(place, connection, health, message)
        # Whoever dies before this enters the same again, under the same key.
        kept.file.truncate(0)
    return [key]


def _row(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        return {}  # a line that a crash cut
    return said if isinstance(said, dict) else {}
