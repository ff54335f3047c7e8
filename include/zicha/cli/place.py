"""The workplace of a command, and its progress: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zicha.cli.output import say
from zicha.reports.safe_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Screen
    from rich.progress import TaskID

    from zicha.catalog.scope import Scope
    from zicha.model.progress import Progress
    from zicha.pipeline.workplace import Workplace

FINE = frozenset(("opening", "pack-sealed", "rows-sealed", "message-claimed"))
BARS = {"collect": "采集 collect", "judge": "判定 judge", "report": "报告 report"}
ADVANCES = {"collected": "collect", "suite-judged": "judge", "report-written": "report"}
ENDS = {"collection-closed": "collect", "outcomes-sealed": "judge", "reported": "report"}
LONGEST_DETAIL = 44


class Lines:
    """Each step worth a line, with the seconds since the beginning."""

    def __init__(self) -> None:
        """Begin the clock that the lines show."""
        self._began = time.monotonic()

    def step(self, name: str, **counts: int | str) -> None:
        """Say the step; the finest ones are left out."""
        if name not in FINE:
            said = " ".join(f"{key}={value}" for key, value in counts.items())
            say(one_line(f"{time.monotonic() - self._began:6.1f}s {name} {said}"))


class Bars:
    """A bar per phase: sources, suites, reports, with their counts and the step at hand."""

    def __init__(self, screen: Screen) -> None:
        """Draw on this screen, which somebody else starts and stops."""
        self._screen = screen
        self._tasks: dict[str, TaskID] = {}

    def expect(self, phase: str, total: int) -> None:
        """Draw the bar of a phase, which has so many parts."""
        self._tasks[phase] = self._screen.add_task(BARS[phase], total=total, detail="")

    def step(self, name: str, **counts: int | str) -> None:
        """Move the bar that this step belongs to."""
        if name == "planned":
            self.expect("collect", int(counts["sources"]))
        if name == "pdf-left-out":
            say(str(counts["why"]))
        phase = ADVANCES.get(name) or ENDS.get(name) or self._last()
        if phase not in self._tasks:
            return
        parts = [str(v) for key, v in counts.items() if key in {"source", "table", "suite", "path"}]
        detail = one_line(" ".join(parts))[:LONGEST_DETAIL]
        task = self._tasks[phase]
        self._screen.update(task, detail=detail, advance=int(name in ADVANCES))
        if name in ENDS:
            done = next(each for each in self._screen.tasks if each.id == task)
            self._screen.update(task, completed=done.total, detail="")

    def _last(self) -> str:
        return next(reversed(self._tasks), "")


@contextmanager
def watched() -> Iterator[Lines | Bars]:
    """Whatever shows progress here, until the work is done."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Screen

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
    )
    console = Console(stderr=True, highlight=False)
    with Screen(*columns, console=console, redirect_stdout=False) as screen:
        yield Bars(screen)


def here(progress: Progress | None = None) -> Workplace:
    """The workplace that the environment names."""
    from zicha.pipeline.workplace import open_workplace

    return open_workplace(os.environ, progress=progress)


def declared() -> Scope:
    """The scope alone: what it declares needs neither the data folder nor the database."""
    from zicha.catalog.scope import load_scope
    from zicha.pipeline.workplace import scope_folder

    return load_scope(scope_folder(os.environ))
