"""A throw-away PostgreSQL server on a free port of loopback, when its programs are installed."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class PostgresUnavailableError(Exception):
    """No server can be started here; the message says why."""


def programs() -> Path:
    """The folder of `initdb` and `pg_ctl`: on the path, or where Debian puts it."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not debian:
        raise PostgresUnavailableError("no PostgreSQL programs found: apt-get install postgresql")
    return debian[-1].parent


@contextmanager
def postgres_server(
    settings: Sequence[str] = (),
    hba: str = "",
    certificates: Path | None = None,
    superuser: str = "zicha",
    password: str = "",
) -> Iterator[str]:
    """The address of the server's own database, while it runs.

    Args:
        settings: `name=value`, given on the command line.
        hba: what stands in pg_hba.conf after the line that lets the test in.
        certificates: a folder with server.crt and server.key; TLS is on then.
        superuser: who owns the cluster.
        password: asked of everybody when one is given.

    Raises:
        PostgresUnavailableError: the programs, or a user to run them, are not here.
        RuntimeError: they are here and the server does not start; no reason to skip a test.
    """
    folder = programs()
    user = _user()
    home = Path(tempfile.mkdtemp(prefix="zicha-pg-"))
    try:
        if user:
            shutil.chown(home, user)
        port = _free_port()
        _run(user, folder / "initdb", *_cluster(home, user, superuser, password))
        if hba:
            mine = "host all zicha 127.0.0.1/32 trust\n"
            (home / "cluster" / "pg_hba.conf").write_text(mine + hba, "utf-8")
        given = ["listen_addresses=127.0.0.1", "fsync=off", *settings]
        if certificates:
            given += ["ssl=on", *_placed(certificates, home, user)]
        words = [word for setting in given for word in ("-c", setting)]
        options = f"-p {port} -k {home} {shlex.join(words)}"
        control = (folder / "pg_ctl", "-D", home / "cluster", "-w", "-t", "60")
        _run(user, *control, "-l", home / "log", "-o", options, "start")
        try:
            login = f"{superuser}:{password}" if password else superuser
            yield f"postgresql://{login}@127.0.0.1:{port}/postgres"
        finally:
            _run(user, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _placed(certificates: Path, home: Path, user: str | None) -> list[str]:
    """The server reads a key of its own only, closed to everybody else."""
    for name in ("server.crt", "server.key"):
        shutil.copy(certificates / name, home / name)
        (home / name).chmod(0o600)
        if user:
            shutil.chown(home / name, user)
    return [f"ssl_cert_file={home / 'server.crt'}", f"ssl_key_file={home / 'server.key'}"]


def _cluster(home: Path, user: str | None, superuser: str, password: str) -> list[object]:
    words: list[object] = ["-D", home / "cluster", "-U", superuser, "-N", "-E", "UTF8"]
    if not password:
        return [*words, "-A", "trust"]
    kept = home / "password"
    kept.write_text(password)
    kept.chmod(0o600)
    if user:
        shutil.chown(kept, user)
    return [*words, "-A", "scram-sha-256", "--pwfile", kept]


def _user() -> str | None:
    """PostgreSQL refuses to run as root: its own user does it then."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as error:
        raise PostgresUnavailableError(
            "root cannot run PostgreSQL, and no user postgres"
        ) from error


def _run(user: str | None, *command: object) -> None:
    ran = subprocess.run(
        [str(part) for part in command],
        user=user,
        group=user and pwd.getpwnam(user).pw_gid,
        extra_groups=[] if user else None,
        cwd="/",
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    if ran.returncode:
        raise RuntimeError(f"{Path(str(command[0])).name}: {ran.stderr.strip()[:300]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
