"""Drops for tests: a file's bytes as one register, and a small server that hands them out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from zicha.catalog.registers import registers
from zicha.sources.drop import Drop
from zicha.sources.drop_bytes import Delivered

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)

LEAVERS = """工号,账号,人员类别,离岗日期,证件设备已收回
E-1001,zhang.san,员工,2026-11-03,是
E-1002,li.si,外包,2026年11月10日,否
"""


def drop(
    said: str | bytes,
    register: str = "hr_leavers",
    name: str = "drop.csv",
    at: datetime | None = NOW,
    most_before: int | None = None,
) -> Drop:
    """The bytes as a drop of the register, delivered at the moment of the run."""
    raw = said.encode() if isinstance(said, str) else said
    return Drop(
        "hr",
        registers()[register],
        lambda: Delivered(name, raw, at),
        NOW,
        "Asia/Shanghai",
        lambda text: f"[person-{text[-2:]}]",
        most_before,
    )


@dataclass
class Server:
    """A server on a free port: paths to answers, and what it was asked with which token."""

    url: str = ""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Server]:
    """Serve until the test ends."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.heard.append((self.path, self.headers.get("Authorization", "")))
            status, headers, body = server.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
