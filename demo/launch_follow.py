"""Run today's inspection through the scheduler, once, and follow its three DAGs to the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any

from demo.launch_airflow import ACTIVE, Airflow
from demo.launch_machine import LaunchError
from demo.launch_screen import Screen

COLLECT, JUDGE, REPORT = "collect_evidence", "judge_evidence", "report_findings"
STEPS = (COLLECT, JUDGE, REPORT)
TITLES = {
    COLLECT: "采集证据 collect evidence",
    JUDGE: "判定证据 judge evidence",
    REPORT: "报告问题 report findings",
}
POLL_S = 0.7
ANNOUNCED_WITHIN_S = 60.0
ANSWERS_WITHIN_S = 120.0
OVER = frozenset({"success", "skipped", "failed", "upstream_failed", "removed"})


class Inspection:
    """One day's inspection, as Airflow runs it."""

    def __init__(
        self, airflow: Airflow, day: str, screen: Screen, check: Callable[[], None], logs: Path
    ) -> None:
        self._airflow = airflow
        self._day = day
        self._screen = screen
        self._check = check
        self._logs = logs

    def run(self, *, again: bool) -> bool:
        """Follow the inspection to its end; whether the day's sealed collection was reused.

        A run that Airflow has under way for the day is followed, not doubled: the scheduled one,
        or one that an earlier launch left behind.
        """
        before = {dag: {run["dag_run_id"] for run in self._runs(dag)} for dag in STEPS}
        active = self._active(COLLECT)
        mine = active or self._airflow.trigger(COLLECT, self._day, {"again": again})
        states = dict(self._follow(COLLECT, mine["dag_run_id"]))
        since = {run["dag_run_id"] for run in self._runs(COLLECT)} - before[COLLECT]
        # A scheduled run may have slipped in first and collected; then ours had nothing to do.
        reused = states.get("close_collection") == "skipped" and since <= {mine["dag_run_id"]}
        for dag in (JUDGE, REPORT):
            run = self._settled(dag) if reused else self._announced(dag, before[dag])
            if run is not None:
                self._follow(dag, run["dag_run_id"])
        return reused

    def _settled(self, dag: str) -> dict[str, Any] | None:
        """For a reused collection: None if the step is done, else the run that will do it."""
        runs = self._runs(dag)
        if any(run["state"] in ACTIVE for run in runs):
            return self._active(dag)
        if runs and runs[0]["state"] == "success":
            return None
        return self._airflow.trigger(dag, self._day, {})

    def _announced(self, dag: str, before: set[str]) -> dict[str, Any]:
        """The run that the step before started; if none comes, one that we start."""
        until = time.monotonic() + ANNOUNCED_WITHIN_S
        self._screen.phase(TITLES[dag])
        while time.monotonic() < until:
            self._check()
            new = [run for run in self._runs(dag) if run["dag_run_id"] not in before]
            if new:
                return new[0]
            self._screen.count(0, 1, "queued")
            time.sleep(POLL_S)
        return self._airflow.trigger(dag, self._day, {})

    def _follow(self, dag: str, run_id: str) -> list[tuple[str, str]]:
        self._screen.phase(TITLES[dag])
        tasks: list[tuple[str, str]] = []
        answered = time.monotonic()
        while True:
            self._check()
            try:
                state = self._airflow.state(dag, run_id)
                tasks = self._airflow.tasks(dag, run_id)
                answered = time.monotonic()
            except (OSError, HTTPException) as error:
                # A busy machine may keep its own server from answering for a while.
                if time.monotonic() - answered > ANSWERS_WITHIN_S:
                    raise LaunchError(f"airflow does not answer any more: {error}") from error
                continue
            done = [task for task, reached in tasks if reached in OVER]
            now = sorted({task for task, reached in tasks if reached in ("running", "queued")})
            self._screen.count(len(done), max(1, len(tasks)), ", ".join(now))
            if state not in ACTIVE:
                break
            time.sleep(POLL_S)
        failed = sorted({task for task, reached in tasks if reached == "failed"})
        if state == "failed" or failed:
            folder = self._logs / f"dag_id={dag}" / f"run_id={run_id}"
            raise LaunchError(f"{dag} failed at {', '.join(failed) or state}: see {folder}")
        return tasks

    def _runs(self, dag: str) -> list[dict[str, Any]]:
        return self._airflow.runs(dag, self._day)

    def _active(self, dag: str) -> dict[str, Any] | None:
        """The oldest run under way: with one run at a time, the one that works."""
        under_way = [run for run in self._runs(dag) if run["state"] in ACTIVE]
        return under_way[-1] if under_way else None
