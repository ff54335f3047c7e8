"""The demo's AWS: a server on loopback with three accounts of our own making, partly wrong.

`python -m demo.aws_account --port-file FILE` serves until it is ended and writes its port to FILE
once the accounts stand. Nothing in it is real, and nothing of it leaves this machine.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.aws_account_seeds import ACCOUNTS, FIRST

if TYPE_CHECKING:
    from demo.aws_account_builder import Builder

LOOPBACK = "127.0.0.1"
_OPEN: list[Any] = []


def _load_moto() -> Any:
    """Load the server's library with its settings, which it reads while it is loaded."""
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"
    import moto.iam.models
    from demo.aws_server_additions import add_to_server
    from moto.server import ThreadedMotoServer

    add_to_server()

    # Keys that it did not hand out itself open the first account.
    moto.iam.models.DEFAULT_ACCOUNT_ID = FIRST
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    return ThreadedMotoServer


@contextmanager
def serving(port: int = 0) -> Iterator[str]:
    """An empty server on loopback; yields its address."""
    server = _load_moto()(ip_address=LOOPBACK, port=port, verbose=False)
    if not _OPEN:
        _forget()
    server.start()
    _OPEN.append(server)
    try:
        host, found = server.get_host_and_port()
        yield f"http://{host}:{found}"
    finally:
        _OPEN.remove(server)
        server.stop()


def _forget() -> None:
    # Every server of a process shares one memory: what an earlier one held is not ours.
    from moto.moto_api._internal import moto_api_backend

    moto_api_backend.reset()


def seed(url: str, now: datetime) -> dict[str, Builder]:
    """Build every account of the demo, dated back from `now`; the builders know what they made."""
    import boto3
    from demo.aws_account_builder import Builder

    # One session for all: each would load the descriptions of the services anew.
    session = boto3.Session()
    built = {}
    for account, (partition, region, build) in ACCOUNTS.items():
        built[account] = Builder(session, url, account, partition=partition, region=region, now=now)
        build(built[account])
    return built


@contextmanager
def demo_account(now: datetime, port: int = 0) -> Iterator[str]:
    """The server with its accounts; yields its address."""
    with serving(port) as url:
        seed(url, now)
        yield url


def main(arguments: list[str] | None = None) -> int:
    """Serve the demo's accounts until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m demo.aws_account", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--port-file", type=Path, help="where to write the port when ready")
    asked = parser.parse_args(arguments)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with demo_account(datetime.now(UTC), asked.port) as url:
        if asked.port_file:
            _write_whole(asked.port_file, url.rpartition(":")[2])
        print(url, flush=True)
        over.wait()
    return 0


def _write_whole(path: Path, text: str) -> None:
    """Whoever waits for the file never sees half of it."""
    half = path.with_name(f"{path.name}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


if __name__ == "__main__":
    sys.exit(main())
