"""The steps of a run, told to whoever watches: a terminal, a task log, or a test that kills us."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears each step as it is reached."""

    def step(self, name: str, **counts: int | str) -> None:
        """A named step was reached (`collected`, `sealed`, `judged`), with its counts."""


class Silent:
    """Hears, and says nothing."""

    def step(self, name: str, **counts: int | str) -> None:
        """Ignore the step."""
