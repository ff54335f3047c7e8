"""Tell the people who run this that a task failed: ids only, and never at the task's expense."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

log = logging.getLogger(__name__)


def send_to_channel(line: str) -> None:
    """Send the line to the health channel, if there is one; past our books when they are shut."""
    from zicha.pipeline.alerts.failures import tell_failed
    from zicha_airflow.credentials import AirflowCredentials
    from zicha_airflow.workplace import here

    with ExitStack() as stack:
        tell_failed(
            lambda: stack.enter_context(here()), os.environ, AirflowCredentials(os.environ), line
        )


def tell_failure(context: Mapping[str, Any], send: Callable[[str], None] = send_to_channel) -> None:
    """Tell the log and the health channel of a failed task.

    The line names the DAG, the task, the day and the kind of error; what the error says may hold
    names and addresses, and stays in the task's own log.
    """
    line = failure_line(context)
    log.error("%s", line)
    try:
        send(line)
    except Exception as error:  # noqa: BLE001 - telling of a failure must not become another
        log.warning("the health channel was not reached: %s", type(error).__name__)


def failure_line(context: Mapping[str, Any]) -> str:
    """Where it failed, on which day, with what kind of error, in which run."""
    task = context.get("ti") or context.get("task_instance")
    run = context.get("dag_run")
    error = context.get("exception")
    where = f"{getattr(task, 'dag_id', '?')}.{getattr(task, 'task_id', '?')}"
    index = getattr(task, "map_index", -1)
    if isinstance(index, int) and index >= 0:
        where += f"[{index}]"
    day = getattr(run, "partition_key", None) or "–"
    kind = type(error).__name__ if isinstance(error, BaseException) else "–"
    return f"自查任务失败 task failed: {where} · {day} · {kind} · {getattr(run, 'run_id', '–')}"
