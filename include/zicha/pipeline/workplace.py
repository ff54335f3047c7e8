"""Where a use case works: the data folder, the scope, the database, the store, clock and keys."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import zicha
from zicha.catalog.roots import default_scope_dir, project_root
from zicha.catalog.scope import Scope, load_scope
from zicha.custody.canonical import canonical
from zicha.custody.keys import Keys, installation_keys
from zicha.custody.period_keys import FOLDER as STORE_KEYS
from zicha.custody.period_keys import PeriodKeys
from zicha.custody.s3_settings import S3Settings, s3_settings
from zicha.custody.s3_store import S3Store
from zicha.custody.s3_wire import S3Wire
from zicha.custody.store import FolderStore, Store
from zicha.model.errors import ConfigError
from zicha.model.progress import Progress, Silent
from zicha.sources.credentials import Credentials, EnvironmentCredentials
from zicha.storage.database import Database, open_database, sqlite_url
from zicha.storage.file_systems import refuse_network_file_system
from zicha.storage.migrate import migrate

MARKER = "workplace.json"


def utc_now() -> datetime:
    """The wall clock, read at the edge only."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says beside the scope: where messages go.

    Args:
        slack_channel: the team's channel; without one, messages go to the console.
        health_channel: the channel for failures of the pipeline itself.
        slack_url: another address of the Slack interface, for a proxy or a test.
        second_store: where checkpoints are copied to and read back from before signing.
        signer_command: signs checkpoints instead of the key in the data folder.
        signer_key: the verifier key (`name+id+key`) of that command.
        cosigner_command: signs each checkpoint beside the first signer, for instance with SM2.
        cosigner_key: the verifier key of that command.
        timestamp_url: the RFC 3161 authority that stamps checkpoints.
        timestamp_ca: the PEM file of the certificates that its answers are verified against.
        event_queue: the address of the queue of change notices; without one, none are received.
        event_dead_queue: where a message goes that cannot be read; without one, it is only counted.
        event_credential: the name of the credential that opens both.
    """

    slack_channel: str = ""
    health_channel: str = ""
    slack_url: str = ""
    second_store: str = ""
    signer_command: str = ""
    signer_key: str = ""
    cosigner_command: str = ""
    cosigner_key: str = ""
    timestamp_url: str = ""
    timestamp_ca: str = ""
    event_queue: str = ""
    event_dead_queue: str = ""
    event_credential: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Settings:
        """Read the `ZICHA_…` variables; a token is a credential, not a setting."""
        return cls(
            environ.get("ZICHA_SLACK_CHANNEL", ""),
            environ.get("ZICHA_SLACK_HEALTH_CHANNEL", ""),
            environ.get("ZICHA_SLACK_URL", ""),
            environ.get("ZICHA_SECOND_STORE", ""),
            environ.get("ZICHA_SIGNER_COMMAND", ""),
            environ.get("ZICHA_SIGNER_KEY", ""),
            environ.get("ZICHA_COSIGNER_COMMAND", ""),
            environ.get("ZICHA_COSIGNER_KEY", ""),
            environ.get("ZICHA_TIMESTAMP_URL", ""),
            environ.get("ZICHA_TIMESTAMP_CA", ""),
            environ.get("ZICHA_EVENT_QUEUE", ""),
            environ.get("ZICHA_EVENT_DEAD_QUEUE", ""),
            environ.get("ZICHA_EVENT_CREDENTIAL", ""),
        )


@dataclass(frozen=True)
class Workplace:
    """All that a use case needs from outside, handed in once.

    Args:
        data: the folder of keys, evidence, reports, and of the database unless it is a server.
        scope: what the user declared.
        database: what we remember.
        store: what we sealed.
        credentials: resolves the names of the scope.
        keys: for pseudonyms and content marks.
        clock: the moment, as an aware datetime.
        progress: hears each step.
        settings: where messages go.
        actor: who runs the program, as far as the machine's login says: `os:uid@host`.
    """

    data: Path
    scope: Scope
    database: Database
    store: Store
    credentials: Credentials
    keys: Keys = field(repr=False)
    clock: Callable[[], datetime] = utc_now
    progress: Progress = field(default_factory=Silent)
    settings: Settings = field(default_factory=Settings)
    actor: str = "os:0@localhost"

    @property
    def version(self) -> str:
        """The version of this program."""
        return zicha.__version__

    @cached_property
    def zone(self) -> ZoneInfo:
        """The organisation's zone, which labels days."""
        return ZoneInfo(self.scope.organisation.zone)

    def today(self) -> str:
        """The evidence day of this moment: a date in the organisation's zone, never UTC's."""
        return self.clock().astimezone(self.zone).date().isoformat()


def open_workplace(
    environ: Mapping[str, str],
    credentials: Credentials | None = None,
    progress: Progress | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Workplace:
    """Open the workplace that the environment names; make its folder and tables when new.

    Raises:
        ConfigError: a file of the scope is wrong, the folder holds other data, or the database
            cannot be opened.
    """
    bucket = s3_settings(environ)
    scope = load_scope(scope_folder(environ))
    data = data_folder(environ, scope)
    refuse_network_file_system(data)
    _claim(data, scope)
    database = open_database(environ.get("ZICHA_DATABASE_URL") or sqlite_url(data / "zicha.sqlite"))
    migrate(database)
    known = credentials or EnvironmentCredentials(environ)
    return Workplace(
        data=data,
        scope=scope,
        database=database,
        store=_store(bucket, data, known, clock, _owner(scope)),
        credentials=known,
        keys=installation_keys(data),
        clock=clock,
        progress=progress or Silent(),
        settings=Settings.of(environ),
        actor=f"os:{os.getuid()}@{socket.gethostname()}",
    )


def _store(
    bucket: S3Settings | None,
    data: Path,
    credentials: Credentials,
    clock: Callable[[], datetime],
    owner: Mapping[str, Any],
) -> Store:
    if bucket is None:
        return FolderStore(data / "evidence")
    wire = S3Wire(bucket, lambda: credentials.aws_session(bucket.credential))
    return S3Store(wire, PeriodKeys(data / STORE_KEYS), clock, canonical(owner))


def scope_folder(environ: Mapping[str, str]) -> Path:
    """The scope that the environment names, else the user's own, else the example set."""
    named = environ.get("ZICHA_SCOPE", "")
    return Path(named).expanduser().resolve() if named else default_scope_dir()


def data_folder(environ: Mapping[str, str], scope: Scope) -> Path:
    """The data folder that the environment names; else `data/`, and `data/demo` for a demo."""
    named = environ.get("ZICHA_DATA", "")
    if named:
        return Path(named).expanduser().resolve()
    own = project_root() / "data"
    return own / "demo" if scope.demo else own


def checked_day(day: str) -> str:
    """The day as it was given, if it is a date: `YYYY-MM-DD`."""
    try:
        right = date.fromisoformat(day).isoformat() == day
    except ValueError:
        right = False
    if not right:
        raise ConfigError(f"{day!r} is no evidence day: give a date as YYYY-MM-DD")
    return day


def _owner(scope: Scope) -> dict[str, Any]:
    return {"organisation": scope.organisation.id, "demo": scope.demo}


def _claim(data: Path, scope: Scope) -> None:
    """Keep invented and real data apart: a folder belongs to one organisation, for good."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        raise ConfigError(
            f"cannot make {data} ({error.strerror}): name a folder of yours with --data"
        ) from error
    owner = _owner(scope)
    marker = data / MARKER
    if not marker.exists():
        marker.write_text(json.dumps(owner) + "\n", encoding="utf-8")
        return
    try:
        found = json.loads(marker.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(
            f"{marker} is damaged: restore it from a backup, it says whose data the folder holds"
        ) from error
    if found != owner:
        raise ConfigError(
            f"{data} holds the data of {found.get('organisation')}"
            f"{' (demo)' if found.get('demo') else ''}, and the scope is of "
            f"{owner['organisation']}{' (demo)' if scope.demo else ''}: "
            "they are never mixed, name another folder with --data"
        )
