"""A gate before the demo's server: it counts each question and turns some of them away."""

from __future__ import annotations

import http.client
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qsl, urlsplit

# What differs between two askings of one question: the page that is wanted, and its token.
PAGE = {"Marker", "NextToken", "continuation-token", "nextToken"}


@dataclass(frozen=True)
class Question:
    """One request, as the server sees it."""

    service: str
    region: str
    action: str
    path: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def bucket(self) -> str:
        """The bucket it is about; empty for other services."""
        return self.path.strip("/") if self.service == "s3" else ""


Answer = tuple[int, str] | None
"""A status and a body in place of the server's own; None drops the connection."""


@dataclass
class Gate:
    """What was asked, and what is turned away."""

    turned: Mapping[str, tuple[Callable[[Question], bool], Answer]]
    asked: Counter[Question] = field(default_factory=Counter)
    pages: Counter[tuple[Question, str]] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)

    def instead(self, question: Question, page: str) -> tuple[bool, Answer]:
        """Note the question; what to answer instead of the server, if anything."""
        with _LOCK:
            self.asked[question] += 1
            self.pages[question, page] += 1
            for name, (fits, answer) in self.turned.items():
                if fits(question):
                    self.hit[name] += 1
                    return True, answer
        return False, None


_LOCK = Lock()


def question_of(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Question:
    """What a request asks: service and region of its signature, its call, and its parameters."""
    scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", headers.get("Authorization", ""))
    region, service = (scope[1], scope[2]) if scope else ("", "")
    parts = urlsplit(target)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    kind = headers.get("Content-Type", "")
    if "x-www-form-urlencoded" in kind:
        asked += parse_qsl(body.decode(), keep_blank_values=True)
    elif body:
        asked.append(("body", body.decode(errors="replace")))
    action = dict(asked).get("Action") or headers.get("X-Amz-Target", "") or method
    if service == "s3":
        # Of an S3 question, the part that it asks for: `?encryption`, `?acl`.
        action = next((name for name, value in asked if not value), method)
    kept = tuple(sorted(pair for pair in asked if pair[0] not in PAGE))
    return Question(service, region, action, parts.path, kept)


@contextmanager
def gate_before(url: str, gate: Gate) -> Iterator[str]:
    """The gate's address, in front of the server at `url`."""
    inner = urlsplit(url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            question = question_of(self.command, self.path, dict(self.headers), body)
            is_turned, answer = gate.instead(question, self.path + body.decode(errors="replace"))
            if is_turned and answer is None:
                self.close_connection = True
                return
            if answer is not None:
                status, text = answer
                self._say(status, {"Content-Type": "text/xml"}, text.encode())
                return
            connection = http.client.HTTPConnection(inner.hostname or "", inner.port, timeout=60)
            connection.request(self.command, self.path, body, dict(self.headers))
            said = connection.getresponse()
            self._say(said.status, dict(said.getheaders()), said.read())
            connection.close()

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _pass_on  # noqa: N815 - the library asks

        def _say(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: a test counts instead."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
