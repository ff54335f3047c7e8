"""The workplace of a command, and its progress on the terminal."""

from __future__ import annotations

import os
import sys
import time

from rich.console import Console

from zicha.model.progress import Progress
from zicha.pipeline.workplace import Workplace, open_workplace
from zicha.reports.safe_text import clean


class Terminal:
    """Shows each step on standard error: a status line on a terminal, plain lines elsewhere."""

    QUIET = frozenset(("pack-sealed", "rows-sealed", "suite-judged", "opening"))

    def __init__(self) -> None:
        """Begin the clock that the lines show."""
        self._console = Console(stderr=True, highlight=False)
        self._began = time.monotonic()

    def step(self, name: str, **counts: int | str) -> None:
        """Show a step; the fine ones only as they pass by."""
        said = " ".join(f"{key}={value}" for key, value in counts.items())
        line = clean(f"{time.monotonic() - self._began:6.1f}s {name} {said}")
        if name in self.QUIET:
            if sys.stderr.isatty():
                self._console.print(line[: self._console.width - 1], end="\r", markup=False)
            return
        self._console.print(line.ljust(min(self._console.width - 1, 100)), markup=False)


def here(progress: Progress | None = None) -> Workplace:
    """The workplace that the environment names."""
    return open_workplace(os.environ, progress=progress)
