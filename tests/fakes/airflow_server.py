"""A real Airflow of its own for a test: on loopback, with named users, some of our DAGs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from demo.launch_airflow import Airflow
from demo.launch_children import Children
from demo.launch_environment import (
    Folders,
    Secrets,
    airflow_settings,
    free_port,
    keep_secrets,
    make_folders,
    scrubbed,
)

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 300.0
PAUSE_S = 0.5
COMPONENTS = ("metadatabase", "scheduler", "dag_processor")
T = TypeVar("T")


class User(Airflow):
    """One user of the server."""

    def __init__(self, port: int, secrets: Secrets, name: str) -> None:
        """Log in under this name, with the password that all users of the test share."""
        super().__init__(port, secrets)
        self.name = name

    def _log_in(self) -> None:
        who = {"username": self.name, "password": self._secrets.password}
        self._token = self._ask_once("POST", "/auth/token", who, login=False)["access_token"]

    def pause(self, dag: str, *, paused: bool) -> None:
        """Pause the DAG, or let it run."""
        self._ask("PATCH", f"/api/v2/dags/{dag}", {"is_paused": paused})

    def start(self, dag: str, run: str, conf: Mapping[str, Any], day: str = "") -> None:
        """Start a run under this id, for an evidence day where the DAG wants one."""
        body = {"dag_run_id": run, "logical_date": None, "conf": dict(conf)}
        if day:
            body["partition_key"] = day
        self._ask("POST", f"/api/v2/dags/{dag}/dagRuns", body)

    def runs(self, dag: str) -> dict[str, str]:
        """The state of each run of a DAG."""
        said = self._ask("GET", f"/api/v2/dags/{dag}/dagRuns")
        return {run["dag_run_id"]: run["state"] for run in said["dag_runs"]}

    def question(self, dag: str, run: str) -> dict[str, Any] | None:
        """The question of a run that waits for an answer; None before it is put."""
        path = f"/api/v2/dags/{dag}/dagRuns/{quote(run, safe='')}/hitlDetails"
        try:
            said = self._ask("GET", path)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        waiting = [one for one in said["hitl_details"] if not one["response_received"]]
        return waiting[0] if waiting else None

    def answer(self, dag: str, run: str, option: str) -> dict[str, Any]:
        """Answer the question of a run."""
        path = f"/api/v2/dags/{dag}/dagRuns/{quote(run, safe='')}"
        body = {"chosen_options": [option], "params_input": {}}
        return self._ask("PATCH", f"{path}/taskInstances/ask/-1/hitlDetails", body)


class Server:
    """The server, seen by its users."""

    def __init__(self, port: int, secrets: Secrets, children: Children) -> None:
        """Keep what a test needs to talk to it."""
        self._port, self._secrets, self._children = port, secrets, children

    def user(self, name: str) -> User:
        """One of its users."""
        return User(self._port, self._secrets, name)

    def wait(self, what: Callable[[], T | None]) -> T:
        """Ask until there is something, for as long as a slow machine may need."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            self._children.check_alive()
            found = what()
            if found:
                return found
            time.sleep(PAUSE_S)
        raise AssertionError(f"nothing came within {PATIENCE_S:.0f} s: {what}")


@contextmanager
def airflow_server(
    folder: Path, users: Mapping[str, str], dags: tuple[str, ...], environ: Mapping[str, str]
) -> Iterator[Server]:
    """Airflow on SQLite with these users (name and role) and DAGs, until the test is over."""
    folders = Folders(folder)
    make_folders(folders)
    secrets = keep_secrets(folders)
    passwords = dict.fromkeys(users, secrets.password)
    path = folders.airflow / "passwords.json"
    path.write_text(json.dumps(passwords), encoding="utf-8")
    (folder / "dags").mkdir()
    for dag in dags:
        shutil.copy(ROOT / "dags" / f"{dag}.py", folder / "dags")
    port = free_port()
    env = scrubbed(os.environ, folders) | airflow_settings(folders, secrets, port)
    env |= {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{n}:{r}" for n, r in users.items()),
        "PYTHONPATH": os.pathsep.join((str(ROOT / "include"), str(ROOT / "plugins"))),
        **environ,
    }
    children = Children(folders.logs, folder)
    try:
        migration = children.start(
            "database", [sys.executable, "-m", "airflow", "db", "migrate"], env
        )
        migration.process.wait(timeout=PATIENCE_S)
        children.forget(migration)
        for name in ("api-server", "scheduler", "dag-processor"):
            extra = ["--skip-serve-logs"] if name == "scheduler" else []
            children.start(name, [sys.executable, "-m", "airflow", name, *extra], env)
        server = Server(port, replace(secrets), children)
        first = server.user(next(iter(users)))
        server.wait(lambda: _is_well(first, dags))
        yield server
    finally:
        for child in children:
            child.process.terminate()
        for child in children:
            try:
                child.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                child.process.kill()


def _is_well(user: User, dags: tuple[str, ...]) -> bool:
    health = user.health()
    if not all(health.get(name) == "healthy" for name in COMPONENTS):
        return False
    wrong = user.import_errors()
    assert wrong == []
    user.warm_up()
    return all(_is_read(user, dag) for dag in dags)


def _is_read(user: User, dag: str) -> bool:
    try:
        return bool(user._ask("GET", f"/api/v2/dags/{dag}"))
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return False
        raise
