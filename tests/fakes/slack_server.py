"""A Slack that answers as told, on loopback: late, rudely, or not at all."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Says:
    """One answer; `hangs` and `drops` are no answer at all."""

    status: int = 200
    body: dict[str, Any] | str = field(
        default_factory=lambda: {"ok": True, "ts": "1.2", "channel": "C1"}
    )
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    drops: bool = False


OK = Says()


class FakeSlack:
    """The answers still to give, and what was posted."""

    def __init__(self, url: str, answers: list[Says]) -> None:
        self.url = url
        self.answers = answers
        self.posted: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.methods: list[str] = []
        self.uploaded: list[bytes] = []
        self.arrived: list[float] = []
        self.closing = threading.Event()
        self.decides: Callable[[str, dict[str, Any]], Says] | None = None
        """Answers by method and body, in the place of the answers in order."""
        self.stamp = ""
        """The name that messages get from now on."""
        self.socket = ""
        """Where Socket Mode is, when it is asked for."""

    def next(self, method: str, body: dict[str, Any]) -> Says:
        if self.decides is not None:
            says = self.decides(method, body)
        else:
            says = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if self.stamp and isinstance(says.body, dict) and says.body.get("ok"):
            return replace(says, body=says.body | {"ts": self.stamp})
        return says


@contextmanager
def fake_slack(*answers: Says) -> Iterator[FakeSlack]:
    """Answer in this order; the last answer stays."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    slack = FakeSlack(f"http://127.0.0.1:{server.server_port}/api/", list(answers) or [OK])
    server.slack = slack  # type: ignore[attr-defined]
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield slack
    finally:
        slack.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


_LONGEST = {"header": 150, "section": 3000, "title": 24, "submit": 24, "close": 24, "text": 75}


def refusal(said: dict[str, Any]) -> str:
    """What Slack itself refuses of blocks and forms, by its documented limits; empty: nothing."""
    view = said.get("view") or {}
    texts = [(part, view[part]) for part in ("title", "submit", "close") if part in view]
    for block in [*(said.get("blocks") or ()), *(view.get("blocks") or ())]:
        if "text" in block:
            texts.append((block["type"], block["text"]))
        element = block.get("element") or {}
        for button in (*block.get("elements", ()), *element.get("options", ())):
            texts += [("text", button[part]) for part in ("text", "description") if part in button]
        if not 1 <= len(element.get("options", [1])) <= 10:
            return "invalid_blocks"
    for where, text in texts:
        if not 1 <= len(text["text"]) <= _LONGEST[where]:
            return "invalid_blocks"
    return ""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        slack: FakeSlack = self.server.slack  # type: ignore[attr-defined]
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        method = self.path.rpartition("/")[2]
        if method == "a-file":
            slack.uploaded.append(raw)
            self._answer(OK)
            return
        body = raw.decode()
        kind = self.headers.get("Content-Type", "")
        read = (
            json.loads(body or "{}")
            if "json" in kind
            else {k: v[0] for k, v in parse_qs(body).items()}
        )
        slack.arrived.append(time.time())
        slack.posted.append(read)
        slack.methods.append(method)
        slack.tokens.append(self.headers.get("Authorization", ""))
        says = slack.next(method, read)
        if wrong := refusal(read):
            says = Says(body={"ok": False, "error": wrong})
        if says.hangs:
            slack.closing.wait(10)
        if says.hangs or says.drops:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._answer(says, method, slack.url)

    def _answer(self, says: Says, method: str = "", url: str = "") -> None:
        body = says.body
        if method == "files.getUploadURLExternal" and isinstance(body, dict) and body.get("ok"):
            body = body | {"upload_url": f"{url}a-file", "file_id": "F1"}
        if method == "files.completeUploadExternal" and isinstance(body, dict) and body.get("ok"):
            body = body | {"files": [{"id": "F1"}]}
        if method == "apps.connections.open" and isinstance(body, dict) and body.get("ok"):
            body = body | {"url": self.server.slack.socket}  # type: ignore[attr-defined]
        text = body if isinstance(body, str) else json.dumps(body)
        self.send_response(says.status)
        self.send_header(
            "Content-Type", "text/html" if isinstance(says.body, str) else "application/json"
        )
        for name, value in says.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *said: Any) -> None:
        """Stay quiet."""
