"""A bucket over real HTTP: moto behind a small relay that throttles, breaks off or alters.

The relay also does what S3 does and moto does not: a request that its client did not live to end
is dropped, and a body that has not the checksum it came with is refused.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

from demo.aws_account import serving

from zicha.custody.period_keys import PeriodKeys
from zicha.custody.s3_settings import S3Settings
from zicha.custody.s3_store import S3Store
from zicha.custody.s3_wire import S3Wire

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
REGION = "cn-north-1"
NUMBERS = count(1)
OURS = {"x-moto-account-id": "777788889999"}
"""Whose buckets these are: every server of a process shares one memory with the demo's accounts."""


@dataclass(frozen=True)
class Heard:
    """A request that is complete; what a bucket remembers of it is without its body."""

    method: str
    path: str
    body: bytes


@dataclass(frozen=True)
class Said:
    """An answer, and how it goes wrong: cut after so many bytes, or no answer at all."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    cut: int | None = None
    reset: bool = False


def refusal(status: int, code: str) -> Said:
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    return Said(status, [("Content-Type", "application/xml")], body)


Change = Callable[[Heard, Said], Said]
Refuse = Callable[[Heard], Said | None]


@dataclass
class Bucket:
    """A bucket, where it is reached, what it was asked, and two switches for what goes wrong.

    `before` may answer in moto's place; `after` may change moto's answer.
    """

    url: str
    name: str
    direct: Any
    heard: list[Heard] = field(default_factory=list)
    before: Refuse = lambda _: None
    after: Change = lambda _, said: said
    on_the_way: Callable[[Heard], Heard] = lambda heard: heard

    def settings(self, **more: Any) -> S3Settings:
        return replace(S3Settings(self.name, REGION, "zicha/", endpoint=self.url), **more)

    def wire(self, **more: Any) -> S3Wire:
        return S3Wire(self.settings(**more), session, pause=lambda _: None)

    def store(self, keys: Path, now: datetime = NOW, page: int = 1000, **more: Any) -> S3Store:
        return S3Store(self.wire(**more), PeriodKeys(keys), lambda: now, page=page)

    def names(self) -> list[str]:
        pages = self.direct.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return [one["Key"] for page in pages for one in page.get("Contents", [])]

    def body(self, key: str) -> bytes:
        return self.direct.get_object(Bucket=self.name, Key=key)["Body"].read()

    def replace(self, key: str, body: bytes) -> None:
        """Put other bytes there, as somebody with the permission can."""
        self.direct.put_object(Bucket=self.name, Key=key, Body=body)

    def said(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.heard]

    def clear(self) -> None:
        self.heard.clear()
        self.before, self.after = (lambda _: None), (lambda _, said: said)
        self.on_the_way = lambda heard: heard


def session() -> Any:
    import boto3

    return boto3.Session("AKIAIOSFODNN7EXAMPLE", "not-a-secret", region_name=REGION)


def _as_owner(params: dict[str, Any], **_: Any) -> None:
    params["headers"].update(OURS)


@contextmanager
def s3_server() -> Iterator[Callable[..., Bucket]]:
    """A server, and a function that makes a new bucket on it."""
    with serving() as moto:
        client = session().client("s3", endpoint_url=moto)
        client.meta.events.register("before-call.s3", _as_owner)
        switch: dict[str, Bucket] = {}
        with _relay(moto, switch) as url:

            def bucket(*, versions: bool = True, lock: bool = True) -> Bucket:
                name = f"evidence-{next(NUMBERS)}"
                where = {"LocationConstraint": REGION}
                client.create_bucket(
                    Bucket=name,
                    CreateBucketConfiguration=where,
                    **({"ObjectLockEnabledForBucket": True} if lock else {}),
                )
                if versions and not lock:
                    on = {"Status": "Enabled"}
                    client.put_bucket_versioning(Bucket=name, VersioningConfiguration=on)
                made = switch[name] = Bucket(url, name, client)
                return made

            yield bucket


class Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Quiet

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if self.headers.get("Expect"):
            self.send_response_only(100)
            self.end_headers()
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        bucket = self.server.buckets.get(self.path.lstrip("/").partition("/")[0].partition("?")[0])
        heard = Heard(self.command, self.path, body)
        if bucket is None:
            self._send(self._moto(heard))
            return
        heard = bucket.on_the_way(heard)
        bucket.heard.append(replace(heard, body=b""))
        said = bucket.before(heard) or self._checked(heard)
        self._send(said or bucket.after(heard, self._moto(heard)))

    def _checked(self, heard: Heard) -> Said | None:
        claimed = self.headers.get("x-amz-checksum-sha256")
        found = base64.b64encode(hashlib.sha256(heard.body).digest()).decode()
        return refusal(400, "BadDigest") if claimed and claimed != found else None

    def _moto(self, heard: Heard) -> Said:
        there = http.client.HTTPConnection(self.server.moto, timeout=60)
        wanted = {k: v for k, v in self.headers.items() if k.lower() != "expect"} | OURS
        there.request(heard.method, heard.path, heard.body, wanted)
        answer = there.getresponse()
        said = Said(answer.status, answer.getheaders(), answer.read())
        there.close()
        return said

    def _send(self, said: Said) -> None:
        if said.reset:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()
            return
        self.send_response_only(said.status)
        for name, value in said.headers:
            if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                self.send_header(name, value)
        if self.command == "HEAD":
            length = dict(said.headers).get("Content-Length", "0")
            self.send_header("Content-Length", length)
        else:
            self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said.body[: said.cut])
        if said.cut is not None:
            self.close_connection = True

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


class Quiet(ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True

    def __init__(self, moto: str, buckets: dict[str, Bucket]) -> None:
        super().__init__(("127.0.0.1", 0), Relay)
        self.moto = moto.removeprefix("http://")
        self.buckets = buckets

    def handle_error(self, *_: object) -> None:
        """A client that was killed is what these tests are about."""


@contextmanager
def _relay(moto: str, buckets: dict[str, Bucket]) -> Iterator[str]:
    server = Quiet(moto, buckets)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.daemon = True
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
