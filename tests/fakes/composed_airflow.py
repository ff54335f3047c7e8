"""The services of docker-compose.yaml as processes of this machine, where there is no engine.

The same commands, settings and health checks; only names and folders of containers are replaced.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from demo.launch_airflow import Airflow
from demo.launch_children import Children
from demo.launch_environment import Secrets

from fakes.compose import ROOT, composed, env_file
from fakes.slack_server import free_port

LASTING = ("apiserver", "scheduler", "dag-processor", "triggerer")
PATIENCE_S = 300.0
T = TypeVar("T")


class Admin(Airflow):
    """The user whose password Airflow draws by itself."""

    def _log_in(self) -> None:
        who = {"username": "admin", "password": self._secrets.password}
        self._token = self._ask_once("POST", "/auth/token", who, login=False)["access_token"]


@dataclass(frozen=True)
class Composed:
    """What runs, and how to ask it."""

    services: Mapping[str, Any]
    env: Mapping[str, str]
    children: Children
    replaced: Callable[[str], str]
    port: int

    def run(self, command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
        """One command with the settings of the services, until it ends."""
        return subprocess.run(
            command, env=dict(self.env) | more, cwd=ROOT, capture_output=True, text=True,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip

    def is_healthy(self, name: str) -> bool:
        """What the health check of the service says now."""
        self.children.check_alive()
        kind, *words = (self.replaced(w) for w in self.services[name]["healthcheck"]["test"])
        command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        return self.run(command).returncode == 0

    def wait(self, what: Callable[[], T | None]) -> T:
        """Ask until there is something, for as long as a slow machine may need."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            self.children.check_alive()
            if found := what():
                return found
            time.sleep(1)
        raise AssertionError(f"nothing came within {PATIENCE_S:.0f} s: {what}")

    def admin(self) -> Admin:
        """Log in as the operations guide says."""
        kept = Path(self.env["AIRFLOW_HOME"]) / "simple_auth_manager_passwords.json.generated"
        password = json.loads(kept.read_text(encoding="utf-8"))["admin"]
        return Admin(self.port, Secrets(password=password, jwt="", session="", fernet=""))


@contextmanager
def composed_airflow(home: Path, settings: Path, server: str) -> Iterator[Composed]:
    """Every service but the database, which is `server`, started in the file's order."""
    given = env_file(settings)
    services = composed(given)
    ports = {name: free_port() for name in ("api", "scheduler", "log", "trigger-log")}
    places = {
        "@postgres/": f"@{urlsplit(server).netloc.rpartition('@')[2]}/",
        "apiserver:8080": f"127.0.0.1:{ports['api']}",
        "127.0.0.1:8080": f"127.0.0.1:{ports['api']}",
        "127.0.0.1:8974": f"127.0.0.1:{ports['scheduler']}",
        "/srv/zicha/data": str(home / "data"),
        "/srv/zicha/scope": given["ZICHA_SCOPE_FOLDER"],
        "/srv/airflow": str(home / "airflow"),
        "/opt/zicha": str(ROOT),
    }

    def replaced(text: str) -> str:
        for there, here in places.items():
            text = text.replace(there, here)
        return text

    env = {k: v for k, v in os.environ.items() if k in {"HOME", "LANG", "TMPDIR"}}
    env |= {name: replaced(value) for name, value in _of_image().items()}
    env |= {n: replaced(v) for n, v in services["scheduler"]["environment"].items()}
    env |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join((str(ROOT / "include"), str(ROOT / "plugins"))),
        "NO_PROXY": "127.0.0.1,localhost",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(ports["api"]),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(ports["scheduler"]),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports["log"]),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports["trigger-log"]),
    }
    for folder in ("airflow", "data", "out"):
        (home / folder).mkdir(parents=True)
    children = Children(home / "out", ROOT)
    running = Composed(services, env, children, replaced, ports["api"])
    _make_databases(running, server, given)
    try:
        begun = running.run([replaced(word) for word in services["init"]["command"]])
        assert begun.returncode == 0, begun.stderr[-3000:]
        for name in LASTING:
            children.start(name, services[name]["command"], env)
        yield running
    finally:
        for child in children:
            child.process.terminate()
        for child in children:
            child.process.wait(timeout=PATIENCE_S)


def _of_image() -> dict[str, str]:
    """The settings that the image brings."""
    text = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = re.findall(r"^ENV (.*)$", text, re.MULTILINE)
    return dict(pair.split("=", 1) for pair in line.split())


def _make_databases(running: Composed, server: str, given: Mapping[str, str]) -> None:
    """The same script that the server's image runs on its first start."""
    at = urlsplit(server)
    ran = running.run(
        ["sh", str(ROOT / "docker" / "databases.sh")],
        PGHOST=at.hostname or "",
        PGPORT=str(at.port),
        PGPASSWORD=given["POSTGRES_PASSWORD"],
        **{name: given[name] for name in ("AIRFLOW_DATABASE_PASSWORD", "ZICHA_DATABASE_PASSWORD")},
    )
    assert ran.returncode == 0, ran.stderr
