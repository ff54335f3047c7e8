"""A throw-away MariaDB server on a free port of loopback, when its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

TRIES, PAUSE = 300, 0.1


class MariadbUnavailableError(Exception):
    """No server can be started here; the message says why."""


def program(*names: str) -> Path:
    """The first of these programs: on the path, or where Debian puts servers."""
    for name in names:
        found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")
        if found:
            return Path(found)
    raise MariadbUnavailableError(f"{names[0]} is not installed: apt-get install mariadb-server")


@contextmanager
def mariadb_server(
    settings: Sequence[str] = (), statements: Sequence[str] = (), certificates: Path | None = None
) -> Iterator[str]:
    """The address of the server while it runs; root has no password and stays on the socket.

    Args:
        settings: options of the server, without the two hyphens.
        statements: SQL run as root over the socket before the server is handed out.
        certificates: a folder with server.crt and server.key; TLS is on then.
    """
    daemon, install = program("mariadbd", "mysqld"), program("mariadb-install-db")
    home = Path(tempfile.mkdtemp(prefix="zicha-my-"))
    user = pwd.getpwuid(os.geteuid()).pw_name
    try:
        folder = home / "cluster"
        _run(
            [
                *(install, "--no-defaults", f"--datadir={folder}", f"--user={user}"),
                *("--auth-root-authentication-method=normal", "--skip-test-db"),
            ]
        )
        port = _free_port()
        given = [f"datadir={folder}", f"socket={home / 's'}", f"port={port}", f"user={user}"]
        given += [
            "bind-address=127.0.0.1",
            f"pid-file={home / 'pid'}",
            "innodb-flush-log-at-trx-commit=0",
        ]
        given += [f"log-error={home / 'log'}", f"tmpdir={home}", *settings]
        if certificates:
            given += [f"ssl-cert={certificates / 'server.crt'}"]
            given += [f"ssl-key={certificates / 'server.key'}"]
        words = [str(daemon), "--no-defaults", *(f"--{setting}" for setting in given)]
        running = subprocess.Popen(
            words, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait(running, home)
            _say(home, statements)
            yield f"mysql://root@127.0.0.1:{port}/"
        finally:
            running.kill()
            running.wait(30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait(running: subprocess.Popen[bytes], home: Path) -> None:
    for _ in range(TRIES):
        if running.poll() is not None:
            break
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(home / "s"))
                return
        except OSError:
            time.sleep(PAUSE)
    log = home / "log"
    said = log.read_text("utf-8", "replace")[-600:] if log.exists() else "no word of why"
    raise RuntimeError(f"mariadbd did not start: {said}")


def _say(home: Path, statements: Sequence[str]) -> None:
    import pymysql

    with pymysql.connect(unix_socket=str(home / "s"), user="root", autocommit=True) as connection:
        for statement in statements:
            connection.cursor().execute(statement)


def _run(command: Sequence[object]) -> None:
    ran = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )
    if ran.returncode:
        said = (ran.stderr or ran.stdout).strip()[-400:]
        raise RuntimeError(f"{Path(str(command[0])).name}: {said}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
