"""Pages of declared sites: one request at a time, redirects followed to declared hosts only."""

from __future__ import annotations

import io
import ssl
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urljoin, urlsplit

from zicha.model.errors import MalformedAnswerError, UnreachableError
from zicha.sources import public_page
from zicha.sources.public import PublicFace
from zicha.sources.public_tls import anything
from zicha.sources.public_wire import received

BYTES = 1_000_000
HOPS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_SHOWN = 300


def ask_plainly(face: PublicFace, name: str, port: int, path: str) -> dict[str, Any]:
    """What the site does without encryption: closed, silent, or its status and where it sends."""
    state = face.knock(name, port)
    if state != "open":
        return {"port": state, "status": 0, "location": ""}
    response, _, _ = _got(face, f"http://{name}:{port}{path}")
    location = _location(response, f"http://{name}:{port}{path}")
    return {"port": state, "status": response.status, "location": location}


def get_page(face: PublicFace, url: str) -> dict[str, Any]:
    """The page at the end of its redirects, as far as it is kept, and how it was come to.

    A redirect to a host that is not declared is written down and not followed.
    """
    redirects: list[str] = []
    hsts = ""
    while True:
        response, body, is_cut = _got(face, url)
        if not redirects:
            hsts = (response.getheader("Strict-Transport-Security") or "")[:_SHOWN]
        location = _location(response, url)
        if not location:
            break
        redirects.append(location)
        if not _may_follow(face, location) or len(redirects) > HOPS or location == url:
            return {"status": response.status, "hsts": hsts, "redirects": redirects, "page": None}
        url = location
    page = public_page.kept(body, response.getheader("Content-Type") or "")
    found = {"status": response.status, "hsts": hsts, "redirects": redirects, "page": page}
    return found | ({"cut": True} if is_cut else {})


def _may_follow(face: PublicFace, url: str) -> bool:
    host, port, scheme = _parts(url)
    return scheme == "https" and face.may_touch(host, port)


def _got(face: PublicFace, url: str) -> tuple[HTTPResponse, bytes, bool]:
    host, port, scheme = _parts(url)
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    shown = host if port in {80, 443} else f"{host}:{port}"
    asked = (
        f"GET {target} HTTP/1.1\r\nHost: {shown}\r\nUser-Agent: {face.agent}\r\n"
        "Accept: text/html\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    deadline = face.pace.deadline()
    connection = face.connect(host, port)
    try:
        if scheme == "https":
            deadline.arm(connection)
            connection = anything().wrap_socket(connection, server_hostname=host)
        deadline.arm(connection)
        connection.sendall(asked.encode("ascii"))
        said, is_cut = received(connection, deadline, BYTES, _Whole())
    except TimeoutError as error:
        raise UnreachableError("it did not finish its answer in the time allowed") from error
    except ssl.SSLError as error:
        reason = error.reason or type(error).__name__
        raise MalformedAnswerError(f"no TLS was agreed on ({reason})") from error
    except OSError as error:
        raise UnreachableError(f"it broke off ({type(error).__name__}): try again") from error
    finally:
        connection.close()
    return _parsed(said, is_cut)


class _Whole:
    """Whether an answer of known length has come whole; others end with the connection."""

    def __init__(self) -> None:
        self._needs = 0

    def __call__(self, said: bytearray) -> bool:
        if not self._needs and (end := said.find(b"\r\n\r\n", 0, 65536)) >= 0:
            self._needs = -1
            for line in bytes(said[:end]).lower().split(b"\r\n"):
                name, _, value = line.partition(b":")
                if name == b"content-length" and value.strip().isdigit():
                    self._needs = end + 4 + int(value.strip()[:12])
        return 0 < self._needs <= len(said) or (self._needs < 0 and said.endswith(b"\r\n0\r\n\r\n"))


class _Said:
    """Bytes that have come, in the shape that the parser of the standard library wants."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._said)


def _parsed(said: bytes, is_cut: bool) -> tuple[HTTPResponse, bytes, bool]:
    response = HTTPResponse(_Said(said), method="GET")  # type: ignore[arg-type]
    try:
        response.begin()
        body = response.read() if not is_cut else _rest(response)
    except (HTTPException, ValueError, OSError) as error:
        raise MalformedAnswerError(
            f"its answer is no whole HTTP answer ({type(error).__name__}): see its log"
        ) from error
    return response, body, is_cut


def _rest(response: HTTPResponse) -> bytes:
    pieces = bytearray()
    try:
        while piece := response.read1(65536):
            pieces += piece
    except (HTTPException, ValueError):
        pass
    return bytes(pieces)


def _location(response: HTTPResponse, url: str) -> str:
    """Where it sends us, without what stands behind a question mark, which may be a secret."""
    said = response.getheader("Location") or ""
    if response.status not in _REDIRECTS or not said:
        return ""
    clean = "".join(each for each in said if each.isprintable())[:_SHOWN]
    try:
        parts = urlsplit(urljoin(url, clean))
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(unreadable)"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path or '/'}"


def _parts(url: str) -> tuple[str, int, str]:
    parts = urlsplit(url)
    usual = 443 if parts.scheme == "https" else 80
    return str(parts.hostname or ""), parts.port or usual, parts.scheme
