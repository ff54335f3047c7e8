"""What `make run` starts: Airflow and a demo account on loopback, and one inspection of today."""

from __future__ import annotations

import fcntl
import getpass
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from demo.launch_airflow import Airflow
from demo.launch_children import Child, Children, adopt_orphans
from demo.launch_environment import (
    USER,
    Folders,
    account_settings,
    airflow_settings,
    free_port,
    keep_secrets,
    make_folders,
    scrubbed,
)
from demo.launch_follow import STEPS, Inspection
from demo.launch_machine import LaunchError, check_folder, check_machine
from demo.launch_screen import Screen
from rich.console import Console

HEALTHY_WITHIN_S = 180.0
COMPONENTS = ("metadatabase", "scheduler", "dag_processor")
POOL_SLOTS = 4
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ZONE = ZoneInfo("Asia/Shanghai")


class Launch:
    """One launch, from an empty folder to the summary."""

    def __init__(self, project: Path, environ: Mapping[str, str], screen: Screen) -> None:
        self._folders = Folders(project)
        self._environ = environ
        self._screen = screen
        self._again = _asked(environ, "AGAIN")
        self.once = _asked(environ, "ONCE")
        make_folders(self._folders)
        self._lock = _lock(self._folders.airflow / "lock")
        self._secrets = keep_secrets(self._folders)
        self._port = free_port()
        self._env = scrubbed(environ, self._folders)
        self._env |= airflow_settings(self._folders, self._secrets, self._port)
        self._airflow = Airflow(self._port, self._secrets)
        self.children = Children(self._folders.logs, project)

    def run(self) -> None:
        """Prepare, start, inspect, and say what was found."""
        day = datetime.now(ZONE).date().isoformat()
        self._prepare()
        self._start_airflow()
        inspection = Inspection(
            self._airflow,
            day,
            self._screen,
            self.children.check_alive,
            self._folders.logs / "tasks",
        )
        reused = inspection.run(again=self._again)
        self._screen.close()
        self._show_summary(day, reused=reused)

    def stay(self) -> None:
        """Keep serving until Ctrl-C, or until a component ends."""
        while True:
            self.children.check_alive()
            time.sleep(1)

    def _prepare(self) -> None:
        self._screen.phase("准备 prepare the demo account and Airflow's database", 2)
        self._folders.port_file.unlink(missing_ok=True)
        python = sys.executable
        account = [python, "-m", "demo.aws_account", "--port-file", str(self._folders.port_file)]
        self.children.start("demo-account", account, self._env)
        migration = self._start_migration()
        until = time.monotonic() + HEALTHY_WITHIN_S
        while True:
            ready = [self._folders.port_file.is_file(), migration is None or _is_done(migration)]
            waits = ["demo account"] * (not ready[0]) + ["database"] * (not ready[1])
            self._screen.count(sum(ready), 2, ", ".join(waits))
            if all(ready):
                break
            self._check(until, except_for=migration)
        if migration is not None:
            self.children.forget(migration)
            self._migrated.touch()
        port = int(self._folders.port_file.read_text().strip())
        self._env |= account_settings(self._folders, port)

    @property
    def _migrated(self) -> Path:
        from importlib.metadata import version

        return self._folders.airflow / f"migrated-{version('apache-airflow-core')}"

    def _start_migration(self) -> Child | None:
        if self._migrated.is_file() and (self._folders.airflow / "airflow.db").is_file():
            return None
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        return self.children.start("database", command, self._env)

    def _start_airflow(self) -> None:
        self._screen.phase("启动 start Airflow", len(COMPONENTS) + 1)
        for name, arguments in {
            "api-server": ["api-server"],
            "scheduler": ["scheduler", "--skip-serve-logs"],
            "dag-processor": ["dag-processor"],
        }.items():
            self.children.start(name, [sys.executable, "-m", "airflow", *arguments], self._env)
        until = time.monotonic() + HEALTHY_WITHIN_S
        is_warm = False
        while True:
            health = self._airflow.health()
            if health and not is_warm:
                self._airflow.warm_up()
                is_warm = True
            up = [name for name in COMPONENTS if health.get(name) == "healthy"]
            has_dags = len(up) == len(COMPONENTS) and self._has_dags()
            waits = [name for name in COMPONENTS if name not in up] or ["DAGs"] * (not has_dags)
            self._screen.count(len(up) + has_dags, len(COMPONENTS) + 1, ", ".join(waits))
            if has_dags:
                break
            self._check(until)
        self._airflow.make_pool("collect", POOL_SLOTS)

    def _has_dags(self) -> bool:
        wrong = self._airflow.import_errors()
        if wrong:
            raise LaunchError(f"a DAG file could not be read: {wrong[0]}")
        return all(self._airflow.has_dag(dag) for dag in STEPS)

    def _check(self, until: float, except_for: Child | None = None) -> None:
        for child in self.children:
            if child is not except_for or child.process.poll():
                child.check_alive()
        if time.monotonic() > until:
            worst = max(self.children, key=lambda child: child.log.stat().st_mtime)
            raise LaunchError(
                f"not healthy after {HEALTHY_WITHIN_S:.0f} s; {worst.name} said last: "
                f"{worst.last_error()} (log: {worst.log})"
            )
        time.sleep(0.4)

    def _show_summary(self, day: str, *, reused: bool) -> None:
        command = [sys.executable, "-m", "demo.launch_summary", day, *(["reused"] * reused)]
        done = subprocess.run(command, cwd=self._folders.project, env=self._env, check=False)  # noqa: S603
        if done.returncode:
            raise LaunchError("the inspection ran, and its summary could not be printed")
        say = Console(highlight=False, soft_wrap=True).print
        say(f"网页 web: {self._airflow.address}/zicha/  (Airflow: {self._airflow.address})")
        say(f"登录 login: {USER}  密码 password: {self._secrets.password}", markup=False)
        if self._environ.get("SSH_CONNECTION"):
            where = f"{getpass.getuser()}@{socket.gethostname()}"
            say(f"远程 from your desk: ssh -L {self._port}:127.0.0.1:{self._port} {where}")
        say(f"用时 took {self._screen.elapsed_s:.0f} s")
        if self.once:
            say("网页随本次运行结束，再看请 make run / the web page ends with this run: make run")


def _asked(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() in ("1", "true", "yes")


def _is_done(child: Child) -> bool:
    return child.process.poll() == 0


def _lock(path: Path) -> IO[str]:
    held = path.open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise LaunchError(
            "another make run of this folder is still running: end it with Ctrl-C first"
        ) from error
    return held


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Launch; 0 when the inspection ran, 1 when it could not, 2 when this machine cannot."""
    os.umask(0o077)
    project = Path(__file__).resolve().parent.parent
    try:
        check_machine()
        check_folder(project)
    except LaunchError as error:
        print(error, file=sys.stderr)
        return 2
    # Set for SIGINT too: a shell starts background jobs with it ignored.
    for number in STOPPING:
        signal.signal(number, _interrupt)
    adopt_orphans()
    screen = Screen()
    launch = None
    try:
        launch = Launch(project, os.environ, screen)
        launch.run()
        if not launch.once:
            print("停止请按 Ctrl-C / press Ctrl-C to stop", flush=True)
            launch.stay()
    except LaunchError as error:
        screen.close()
        print(f"make run: {error}", file=sys.stderr)
        return 1
    except (OSError, HTTPException) as error:
        screen.close()
        print(f"make run: {error}; the logs are in {Folders(project).logs}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        screen.close()
        print("停止中 stopping", file=sys.stderr)
        return 0 if launch and not launch.once else 130
    finally:
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        if launch:
            launch.children.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
