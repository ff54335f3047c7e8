"""What every task of ours has in common: owner, retries, a limit, and who hears of a failure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from zicha_airflow.health import tell_failure
from zicha_airflow.retries import ONLY_CRASHES

COLLECT_POOL = "collect"
"""The pool of the collecting tasks: its slots bound how many sources are asked at once."""


def task_defaults(limit: timedelta) -> dict[str, Any]:
    """The default arguments of a DAG whose tasks may take no longer than `limit`."""
    return {
        "owner": "security",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "retry_policy": ONLY_CRASHES,
        "execution_timeout": limit,
        "on_failure_callback": tell_failure,
    }
