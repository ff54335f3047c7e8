"""A server that speaks HTTP and answers as it is told: throttles, breaks, truncates, hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JSON, XML = "application/x-amz-json-1.1", "text/xml"


@dataclass(frozen=True)
class Spoken:
    """One HTTP answer; `waits` seconds pass before it, `torn` promises more than it sends."""

    body: str = ""
    status: int = 200
    kind: str = XML
    waits: float = 0
    torn: bool = False


@dataclass
class Wire:
    """The server's address, what it says to each request, and the requests it saw."""

    url: str
    say: Callable[[str], Spoken]
    heard: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def refusal(code: str) -> str:
    return f"<Error><Code>{code}</Code><Message>no</Message><RequestId>r</RequestId></Error>"


@contextmanager
def wire() -> Iterator[Wire]:
    """A server on loopback; set `say` to a function from the request to the answer."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            asked = f"{self.command} {self.path} {self.rfile.read(length).decode()}"
            spoken_to.heard.append(asked)
            said = spoken_to.say(asked)
            spoken_to.over.wait(said.waits)
            sent = said.body.encode()
            self.send_response(said.status)
            self.send_header("Content-Type", said.kind)
            self.send_header("Content-Length", str(len(sent) + 40 * said.torn))
            self.send_header("x-amzn-RequestId", "request-1")
            self.end_headers()
            self.wfile.write(sent)
            self.close_connection = True

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the library's own names

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Whoever was kept waiting has gone: that is what the tests are for."""

    server = Server(("127.0.0.1", 0), Handler)
    spoken_to = Wire(f"http://127.0.0.1:{server.server_port}", lambda _: Spoken())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield spoken_to
    finally:
        spoken_to.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
