"""Talk to the demo's Airflow over its REST interface, on loopback and past any proxy."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from contextlib import suppress
from http.client import HTTPException
from typing import Any

from demo.launch_environment import USER, Secrets
from demo.launch_machine import LaunchError

ANSWER_S = 20.0
PATIENCE_S = 90.0
PAUSE_S = 1.0
SERVERS_FAULT = 500
"""While SQLite is busy with another writer, the server answers 500 and is well a moment later."""
ACTIVE = frozenset({"queued", "running"})
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Airflow:
    """The few calls that following an inspection takes."""

    def __init__(self, port: int, secrets: Secrets) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._secrets = secrets
        self._token = ""

    def health(self) -> dict[str, str]:
        """The status of each component; empty while the server does not answer."""
        try:
            said = self._ask_once("GET", "/api/v2/monitor/health", login=False)
        except (OSError, HTTPException):
            return {}
        return {name: str(part.get("status")) for name, part in said.items() if part}

    def warm_up(self) -> None:
        """Make the server build the interface of its tasks now: five seconds of work, once.

        It would do so on the first task's first word, and answer nobody meanwhile.
        """
        with suppress(OSError, HTTPException):
            self._ask_once("GET", "/execution/health", login=False)

    def import_errors(self) -> list[str]:
        """What went wrong when the DAG files were read."""
        said = self._ask("GET", "/api/v2/importErrors")
        return [f"{e['filename']}: {e['stack_trace']}" for e in said["import_errors"]]

    def has_dag(self, dag: str) -> bool:
        """Whether the DAG was read and is not paused."""
        try:
            return not self._ask("GET", f"/api/v2/dags/{dag}")["is_paused"]
        except urllib.error.HTTPError as error:
            if error.code == 404:  # noqa: PLR2004 - HTTP's own word for it
                return False
            raise

    def unpause(self, dag: str) -> None:
        """Let the DAG run."""
        self._ask("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False})

    def make_pool(self, name: str, slots: int) -> None:
        """Make the pool, unless it is there."""
        try:
            self._ask("POST", "/api/v2/pools", {"name": name, "slots": slots})
        except urllib.error.HTTPError as error:
            if error.code != 409:  # noqa: PLR2004 - there already
                raise

    def runs(self, dag: str, day: str) -> list[dict[str, Any]]:
        """The runs of a DAG for the day, newest first."""
        said = self._ask("GET", f"/api/v2/dags/{dag}/dagRuns?order_by=-id&limit=100")
        return [run for run in said["dag_runs"] if run["partition_key"] == day]

    def trigger(self, dag: str, day: str, conf: dict[str, Any]) -> dict[str, Any]:
        """Start a run for the day."""
        # Named by us, so that asking again after a lost answer starts no second run.
        run_id = f"make-run__{day}__{time.time_ns()}"
        body = {"dag_run_id": run_id, "logical_date": None, "partition_key": day, "conf": conf}
        try:
            return self._ask("POST", f"/api/v2/dags/{dag}/dagRuns", body)
        except urllib.error.HTTPError as error:
            if error.code != 409:  # noqa: PLR2004 - there already
                raise
        return self._ask("GET", f"/api/v2/dags/{dag}/dagRuns/{_quoted(run_id)}")

    def state(self, dag: str, run_id: str) -> str:
        """How one run stands."""
        return str(self._ask("GET", f"/api/v2/dags/{dag}/dagRuns/{_quoted(run_id)}")["state"])

    def tasks(self, dag: str, run_id: str) -> list[tuple[str, str]]:
        """Each task instance of a run with its state."""
        path = f"/api/v2/dags/{dag}/dagRuns/{_quoted(run_id)}/taskInstances?limit=100"
        said = self._ask("GET", path)["task_instances"]
        return [(task["task_id"], task["state"] or "none") for task in said]

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask until the server gives an answer of its own, for as long as we have patience."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._ask_once(method, path, body)
            except urllib.error.HTTPError as error:
                if error.code < SERVERS_FAULT or time.monotonic() > until:
                    raise
            except (OSError, HTTPException):
                if time.monotonic() > until:
                    raise
            time.sleep(PAUSE_S)

    def _ask_once(
        self, method: str, path: str, body: object = None, *, login: bool = True
    ) -> dict[str, Any]:
        if login and not self._token:
            self._log_in()
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if login:
            headers["Authorization"] = f"Bearer {self._token}"
        encoded = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            self.address + path, encoded, headers, method=method
        )
        with _DIRECT.open(request, timeout=ANSWER_S) as answer:
            return dict(json.loads(answer.read() or b"{}"))

    def _log_in(self) -> None:
        who = {"username": USER, "password": self._secrets.password}
        said = self._ask_once("POST", "/auth/token", who, login=False)
        if "access_token" not in said:
            raise LaunchError("airflow gave no token for the generated login: remove data/demo")
        self._token = said["access_token"]


def _quoted(run_id: str) -> str:
    from urllib.parse import quote

    return quote(run_id, safe="")
