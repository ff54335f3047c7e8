"""A whole Airflow of a test's own, on loopback: server, scheduler, DAG processor, triggerer."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fakes.slack_server import free_port

ROOT = Path(__file__).resolve().parents[2]
PARTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
# What the executor calls its processes; a task is a child of a worker, in a group of its own.
WORKER, IDLE = "LocalExecutor", "<idle>"
PATIENCE_S = 240.0
GRACE_S = 20.0


@dataclass(frozen=True)
class WholeAirflow:
    """What a test asks of it."""

    home: Path
    env: Mapping[str, str]
    started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a part, at the head of a process group of its own."""
        with (self.home / f"{name}.out").open("ab") as out:
            run = [sys.executable, "-m", "airflow", *PARTS[name]]
            self.started[name] = subprocess.Popen(
                run, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        """End a part, its workers and their tasks at once, as a crash of the machine does."""
        process = self.started[name]
        end(descendants(process.pid))
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        process.wait(timeout=GRACE_S)

    def busy(self) -> tuple[int, list[int]] | None:
        """A worker that runs a task, and the task's processes; None when all are idle."""
        for pid in descendants(self.started["scheduler"].pid):
            said = _title(pid)
            if WORKER in said and IDLE not in said and (tasks := descendants(pid)):
                return pid, tasks
        return None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of Airflow's own database."""
        connection = sqlite3.connect(f"file:{self.home / 'airflow.db'}?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def command(self, *words: str) -> None:
        """An `airflow` command."""
        run = [sys.executable, "-m", "airflow", *words]
        subprocess.run(run, env=self.env, check=True, capture_output=True, timeout=PATIENCE_S)

    def wait_for(self, what: Callable[[], Any], said: str, patience_s: float = PATIENCE_S) -> Any:
        """Look until it is so; else fail with what the parts said last."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            if found := what():
                return found
            time.sleep(1)
        raise AssertionError(f"never happened: {said}\n{self.last_words()}")

    def last_words(self) -> str:
        """The end of each part's log."""
        logs = sorted(self.home.glob("*.out"))
        return "\n".join(f"--- {log.stem}\n{log.read_text()[-2500:]}" for log in logs)

    def dags(self) -> set[str]:
        """The DAGs that were read."""
        return {row[0] for row in self.rows("SELECT dag_id FROM dag WHERE is_stale = 0")}


@contextmanager
def whole_airflow(home: Path, more: Mapping[str, str]) -> Iterator[WholeAirflow]:
    """Start every part, and end every one of them."""
    home.mkdir(parents=True)
    port = free_port()
    airflow = WholeAirflow(home, _environment(home, port) | dict(more))
    airflow.command("db", "migrate")
    try:
        for name in PARTS:
            airflow.start(name)
        address = f"http://127.0.0.1:{port}/api/v2/monitor/health"
        airflow.wait_for(lambda: _answers(address), "the server answers")
        yield airflow
    finally:
        _end(list(airflow.started.values()))


def descendants(pid: int) -> list[int]:
    """The living children of a process, and theirs, whatever group each is in."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in brackets may hold anything; what follows its end is numbers.
            parent = stat.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        children.setdefault(int(parent), []).append(int(stat.parent.name))
    found, left = [], [pid]
    while left:
        mine = children.get(left.pop(), [])
        found += mine
        left += mine
    return found


def end(pids: list[int]) -> None:
    """Kill these processes; one that is gone already is none."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _answers(address: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(address, timeout=5) as said:
            return bool(said.status == 200)
    except OSError:
        return False


def _end(started: list[subprocess.Popen[bytes]]) -> None:
    tasks = [pid for process in started for pid in descendants(process.pid)]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in started:
            # Each leads a group of its own, so that its workers end with it.
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                continue
        until = time.monotonic() + GRACE_S
        while time.monotonic() < until and any(p.poll() is None for p in started):
            time.sleep(0.2)
    end([pid for pid in tasks if "airflow" in _title(pid)])


def _environment(home: Path, port: int) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "TMPDIR"}}
    sections: dict[str, dict[str, object]] = {
        "CORE": {
            "DAGS_FOLDER": ROOT / "dags",
            "PLUGINS_FOLDER": ROOT / "plugins",
            "LOAD_EXAMPLES": False,
            "EXECUTOR": "LocalExecutor",
            "PARALLELISM": 2,
            "FERNET_KEY": "",
            "EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "SIMPLE_AUTH_MANAGER_USERS": "zicha:admin",
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": home / "passwords.json",
        },
        "DATABASE": {"SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}"},
        "API": {"HOST": "127.0.0.1", "PORT": port, "WORKERS": 1, "SECRET_KEY": "0123456789" * 4},
        "API_AUTH": {"JWT_SECRET": "0123456789abcdef" * 8},
        "LOGGING": {"BASE_LOG_FOLDER": home / "tasks"},
        "SCHEDULER": {"SCHEDULER_IDLE_SLEEP_TIME": 0.5},
        "DAG_PROCESSOR": {"PARSING_PROCESSES": 1},
        "USAGE_DATA_COLLECTION": {"ENABLED": False},
    }
    flat = {
        f"AIRFLOW__{section}__{key}": str(value)
        for section, settings in sections.items()
        for key, value in settings.items()
    }
    return (
        kept
        | flat
        | {
            "AIRFLOW_HOME": str(home),
            "PYTHONPATH": os.pathsep.join((str(ROOT / "include"), str(ROOT / "plugins"))),
            "PYTHONUTF8": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            "ZICHA_HOME": str(ROOT),
            "TZ": "UTC",
        }
    )
