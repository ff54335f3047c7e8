"""The environment of the demo: a few of the newcomer's variables by name, and nothing else.

Their AWS, Slack, Airflow and proxy settings stay outside: the demo talks to loopback only.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WHO_AND_WHERE = ("HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "XDG_DATA_HOME")
SCREEN = ("LANG", "LANGUAGE", "TERM", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES")
KEPT = frozenset(WHO_AND_WHERE + SCREEN)
USER = "zicha"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the demo's Airflow is locked with; made once, readable by its owner only."""

    password: str
    jwt: str
    session: str
    fernet: str


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the demo keeps its things, all of it inside the project."""

    project: Path

    @property
    def data(self) -> Path:
        """Evidence, rows, reports and our database."""
        return self.project / "data" / "demo"

    @property
    def scope(self) -> Path:
        """What the demo inspects."""
        return self.project / "include" / "scope" / "example"

    @property
    def airflow(self) -> Path:
        """Airflow's own home."""
        return self.data / "airflow"

    @property
    def logs(self) -> Path:
        """What each child said."""
        return self.airflow / "logs"

    @property
    def port_file(self) -> Path:
        """Where the demo account writes the port it listens on."""
        return self.airflow / "account-port"


def make_folders(folders: Folders) -> None:
    """Make the folders, for their owner only."""
    folders.logs.mkdir(parents=True, exist_ok=True)
    for folder in (folders.data, folders.airflow):
        folder.chmod(0o700)


def keep_secrets(folders: Folders) -> Secrets:
    """The secrets of this demo: those made before, else new ones; the files are 0600."""
    path = folders.airflow / "secrets.json"
    if path.is_file():
        kept = Secrets(**json.loads(path.read_text(encoding="utf-8")))
    else:
        kept = Secrets(
            password=secrets.token_urlsafe(12),
            jwt=secrets.token_urlsafe(64),
            session=secrets.token_urlsafe(32),
            fernet=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        )
        _write_private(path, {name: getattr(kept, name) for name in Secrets.__slots__})
    _write_private(folders.airflow / "passwords.json", {USER: kept.password})
    return kept


def _write_private(path: Path, what: Mapping[str, str]) -> None:
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(what, out)
    new.replace(path)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def scrubbed(environ: Mapping[str, str], folders: Folders) -> dict[str, str]:
    """What every child gets: the kept variables, our own, and a path that starts in the venv."""
    kept = {k: v for k, v in environ.items() if k in KEPT or k.startswith("LC_")}
    loopback = "127.0.0.1,localhost,::1"
    return kept | {
        "PATH": os.pathsep.join(
            [str(Path(sys.executable).parent), environ.get("PATH", os.defpath)]
        ),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": loopback,
        "no_proxy": loopback,
        "GX_ANALYTICS_ENABLED": "false",
        "MPLCONFIGDIR": str(folders.airflow / "matplotlib"),
        "AWS_CONFIG_FILE": str(folders.airflow / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folders.airflow / "aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "ZICHA_HOME": str(folders.project),
        "ZICHA_DATA": str(folders.data),
        "ZICHA_SCOPE": str(folders.scope),
    }


def account_settings(folders: Folders, port: int) -> dict[str, str]:
    """Where the demo accounts answer: the credential of each is a profile with a role in it.

    The keys are made up, and the addresses are loopback's.
    """
    import yaml

    declared = yaml.safe_load((folders.scope / "sources.yaml").read_text(encoding="utf-8"))
    accounts = [source for source in declared["sources"] if source["kind"] == "aws"]
    profiles = [_DOOR, *(_profile(source) for source in accounts)]
    (folders.airflow / "aws-config").write_text("\n".join(profiles), encoding="utf-8")
    (folders.airflow / "aws-credentials").touch()
    return {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}


_DOOR = """[profile demo]
aws_access_key_id = demo
aws_secret_access_key = demo
region = cn-north-1
"""


def _profile(source: Mapping[str, Any]) -> str:
    lines = [f"[profile {source['credential']}]", f"region = {source['regions'][0]}"]
    role = f"arn:{source['partition']}:iam::{source['account']}:role/zicha"
    lines += [f"role_arn = {role}", "source_profile = demo"]
    return "\n".join(lines) + "\n"


def airflow_settings(folders: Folders, kept: Secrets, port: int) -> dict[str, str]:
    """Airflow on SQLite and loopback, small enough for two cores."""
    address = f"http://127.0.0.1:{port}"
    sections: dict[str, dict[str, object]] = {
        "CORE": {
            "DAGS_FOLDER": folders.project / "dags",
            "PLUGINS_FOLDER": folders.project / "plugins",
            "LOAD_EXAMPLES": False,
            "EXECUTOR": "zicha_airflow.executor.PreloadedLocalExecutor",
            "PARALLELISM": 4,
            "DAGS_ARE_PAUSED_AT_CREATION": False,
            "FERNET_KEY": kept.fernet,
            "HOSTNAME_CALLABLE": "socket.gethostname",
            "EXECUTION_API_SERVER_URL": f"{address}/execution/",
            "AUTH_MANAGER": (
                "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
            ),
            "SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": folders.airflow / "passwords.json",
        },
        "DATABASE": {"SQL_ALCHEMY_CONN": f"sqlite:///{folders.airflow / 'airflow.db'}"},
        "API": {
            "HOST": "127.0.0.1",
            "PORT": port,
            "BASE_URL": address,
            "WORKERS": 1,
            "SECRET_KEY": kept.session,
            "INSTANCE_NAME": "自查 zicha 演示",
        },
        "API_AUTH": {"JWT_SECRET": kept.jwt},
        "LOGGING": {"BASE_LOG_FOLDER": folders.logs / "tasks"},
        "SCHEDULER": {
            "SCHEDULER_IDLE_SLEEP_TIME": 0.5,
            "ORPHANED_TASKS_CHECK_INTERVAL": 30,
            "TASK_INSTANCE_HEARTBEAT_TIMEOUT": 120,
        },
        "DAG_PROCESSOR": {"MIN_FILE_PROCESS_INTERVAL": 300, "PARSING_PROCESSES": 1},
        "USAGE_DATA_COLLECTION": {"ENABLED": False},
    }
    flat = {
        f"AIRFLOW__{section}__{key}": str(value)
        for section, settings in sections.items()
        for key, value in settings.items()
    }
    return flat | {"AIRFLOW_HOME": str(folders.airflow)}
