"""Where the use cases work when Airflow calls them: its connections, its log, its run."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from zicha.model.errors import ConfigError

if TYPE_CHECKING:
    from zicha.pipeline.workplace import Workplace

log = logging.getLogger(__name__)


class TaskLog:
    """Tells the steps of a run to the log of the task."""

    def step(self, name: str, **counts: int | str) -> None:
        """A named step was reached, with its counts."""
        log.info("%s %s", name, " ".join(f"{key}={value}" for key, value in counts.items()))


@contextmanager
def here() -> Iterator[Workplace]:
    """The workplace that the environment names, with Airflow's connections as credentials."""
    from zicha.pipeline.workplace import open_workplace
    from zicha_airflow.credentials import AirflowCredentials

    yield open_workplace(os.environ, AirflowCredentials(os.environ), TaskLog())


def evidence_day(day: str) -> str:
    """The evidence day that the run carries as its partition key.

    Raises:
        ConfigError: the run carries none, or one that is no date.
    """
    try:
        right = re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) and date.fromisoformat(day)
    except ValueError:
        right = None
    if not right:
        raise ConfigError(
            f"this run's partition key is {day!r}, not an evidence day: "
            "trigger it with a date as YYYY-MM-DD"
        )
    return day


def is_open(place: Workplace, day: str) -> bool:
    """Whether a collection of the day waits to be closed: a killed one may have nothing to ask."""
    from zicha.storage import runs

    with place.database.read() as connection:
        return any(run.state == runs.OPEN for run in runs.of_day(connection, day))


def trigger_of(dag_run: Any) -> str:
    """What started the run, in our words: `daily` or `manual`."""
    kind = getattr(dag_run, "run_type", "")
    return "manual" if str(getattr(kind, "value", kind)) == "manual" else "daily"
