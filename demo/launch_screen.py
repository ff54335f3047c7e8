"""What the newcomer sees while waiting: each phase with its counts and the time it took."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

SILENCE_S = 15.0


class Screen:
    """Bars on a terminal; elsewhere a line whenever something changed, or after 15 s."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self._started = time.monotonic()
        self._said_at = 0.0
        self._last = ""
        self._name = ""
        self._open: TaskID | None = None
        self._bars: Progress | None = None
        if self.console.is_terminal:
            self._bars = Progress(
                SpinnerColumn(finished_text="✓"),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TextColumn("{task.fields[detail]}", markup=False),
                TimeElapsedColumn(),
                console=self.console,
            )
            self._bars.start()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the screen opened."""
        return time.monotonic() - self._started

    def phase(self, name: str, total: int = 1) -> None:
        """Finish the phase before, and open the next; the one that is open goes on."""
        if name == self._name:
            return
        self._finish()
        if self._bars:
            self._open = self._bars.add_task(name, total=total, detail="")
        else:
            self._line(f"{name} …")
        self._name, self._total = name, total

    def count(self, done: int, total: int, detail: str = "") -> None:
        """How far the open phase has come."""
        if self._bars and self._open is not None:
            self._bars.update(self._open, completed=done, total=total, detail=detail)
        self._total = total
        line = f"{self._name} {done}/{total} {detail}".rstrip()
        silent_s = time.monotonic() - self._said_at
        if not self._bars and (line != self._last or silent_s > SILENCE_S):
            self._last = line
            self._line(line)

    def close(self) -> None:
        """Leave what was shown standing, and end the moving parts."""
        self._finish()
        if self._bars:
            self._bars.stop()
            self._bars = None

    def _finish(self) -> None:
        if self._bars and self._open is not None:
            self._bars.update(self._open, completed=self._total)
            self._open = None

    def _line(self, text: str) -> None:
        self._said_at = time.monotonic()
        self.console.print(f"[{self.elapsed_s:4.0f} s] {text}", markup=False, soft_wrap=True)
