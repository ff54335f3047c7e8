"""The bytes of a drop: from a folder, from S3 through an AWS source, or by HTTP with a token."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from zicha.model.errors import (
    AccessDeniedError,
    MalformedAnswerError,
    SourceError,
    ThrottledError,
    UnreachableError,
)

LARGEST = 64_000_000
"""Bytes of a drop."""
PATIENCE = 60.0
"""Seconds that a download may take."""
_WAIT = 10.0
_PIECE = 1 << 18
_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file as it was delivered: its name, its bytes, and when it was put there, if known."""

    name: str
    said: bytes
    at: datetime | None


def from_folder(folder: Path, file: str) -> Delivered:
    """The file, or the newest of those that the pattern finds; never outside the folder.

    Raises:
        SourceError: there is none, or it may not be read.
    """
    root = folder.resolve()
    where = (root / file).resolve() if "*" not in file else None
    try:
        found = [where] if where else [p.resolve() for p in root.glob(file)]
        files = [path for path in found if path.is_file()]
        if outside := [p for p in files if not p.is_relative_to(root)]:
            raise MalformedAnswerError(f"{outside[0].name} lies outside its folder: move it inside")
        if not files:
            raise UnreachableError(f"{file} was not delivered: put it into {folder.name}/")
        newest = max(files, key=lambda path: (path.stat().st_mtime, path.name))
        kept = newest.stat()
        if kept.st_size > LARGEST:
            raise _too_large(newest.name)
        at = datetime.fromtimestamp(kept.st_mtime, UTC)
        return Delivered(newest.name, newest.read_bytes(), at)
    except PermissionError as error:
        raise AccessDeniedError(file, f"read {file}") from error
    except OSError as error:
        raise UnreachableError(f"{file} could not be read ({error.strerror}): try again") from error


def from_s3(account: Any, bucket: str, key: str) -> Delivered:
    """One object, through the session of an AWS source.

    Raises:
        SourceError: it is not there, refused, or larger than we read.
    """
    from zicha.sources.aws_wire import pages_of

    name = key.rpartition("/")[2]
    if account.refusal:
        raise account.refusal
    client = account.boto_client("s3", account.regions[0])
    where = f"{account.source} s3 get_object"
    asked = {"Bucket": bucket, "Key": key}
    pages = pages_of(client, "get_object", asked, name=where, permission="s3:GetObject", heard={})
    try:
        page, _, _ = next(pages)
    except SourceError as error:
        said = getattr(error.__cause__, "response", None) or {}
        if said.get("Error", {}).get("Code") in {"NoSuchKey", "NoSuchBucket"}:
            remedy = f"{name} was not delivered: put it into the bucket {bucket}"
            raise UnreachableError(remedy) from error
        raise
    if int(page.get("ContentLength", LARGEST + 1)) > LARGEST:
        raise _too_large(name)
    from botocore.exceptions import BotoCoreError

    try:
        said = page["Body"].read(LARGEST + 1)
    except (BotoCoreError, OSError) as error:
        raise UnreachableError(
            f"{where}: the download broke off ({type(error).__name__}): collect again"
        ) from error
    if len(said) != page.get("ContentLength"):
        raise MalformedAnswerError(f"{where}: {name} came cut: collect again")
    at = page.get("LastModified")
    return Delivered(name, said, at if isinstance(at, datetime) else None)


def from_http(
    url: str,
    token: str,
    *,
    ca: str = "",
    clock: Callable[[], float] = time.monotonic,
    patience: float = PATIENCE,
    largest: int = LARGEST,
) -> Delivered:
    """The body of a GET; the token goes to no other host, and no redirect leads to one.

    Raises:
        SourceError: there is no whole answer in time.
    """
    ends, first = clock() + patience, urlsplit(url)
    for _ in range(_REDIRECTS + 1):
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != (first.scheme, first.netloc):
            raise MalformedAnswerError(
                f"{first.hostname} sends on to another host: give the address of the file itself"
            )
        answer, said, on = _get(url, token, ca, clock, ends, largest)
        if not on:
            return Delivered(parts.path.rpartition("/")[2], said, _modified(answer))
        url = urljoin(url, on)
    raise MalformedAnswerError(f"{first.hostname} sends on and on: give the file's own address")


def _get(  # noqa: PLR0917 - one step of from_http, with all that it was given
    url: str, token: str, ca: str, clock: Callable[[], float], ends: float, largest: int
) -> tuple[http.client.HTTPResponse, bytes, str]:
    parts = urlsplit(url)
    host, target = parts.hostname or "", parts.path or "/"
    connection = (
        http.client.HTTPSConnection(
            host,
            parts.port,
            timeout=_WAIT,
            context=ssl.create_default_context(cafile=ca or None),
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=_WAIT)
    )
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "zicha"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request(
            "GET", target + (f"?{parts.query}" if parts.query else ""), None, headers
        )
        answer = connection.getresponse()
        if answer.status in {301, 302, 303, 307, 308}:
            return answer, b"", answer.headers.get("Location", "") or "/"
        _check(answer.status, host)
        return answer, _body(answer, host, clock, ends, largest), ""
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(
            f"{host} gave no whole answer ({type(error).__name__}): collect again"
        ) from error
    finally:
        connection.close()


def _check(status: int, host: str) -> None:
    if status in {401, 403}:
        raise AccessDeniedError(host, "a token that may read the drop")
    if status in {429, 503}:
        raise ThrottledError(f"{host} asked to come later (HTTP {status}): collect again")
    if status != 200:  # noqa: PLR2004 - HTTP's own number
        raise UnreachableError(f"{host} answered HTTP {status}: correct the address of the drop")


def _body(
    answer: http.client.HTTPResponse,
    host: str,
    clock: Callable[[], float],
    ends: float,
    largest: int,
) -> bytes:
    said = bytearray()
    while piece := answer.read1(_PIECE):
        said += piece
        if len(said) > largest:
            raise _too_large(host)
        if clock() > ends:
            raise UnreachableError(f"{host} took too long: make the drop smaller or faster")
    announced = answer.headers.get("Content-Length", "")
    if announced.isdecimal() and len(said) != int(announced):
        raise UnreachableError(f"{host} broke off: collect again")
    return bytes(said)


def _modified(answer: http.client.HTTPResponse) -> datetime | None:
    try:
        said = parsedate_to_datetime(answer.headers.get("Last-Modified", ""))
    except (TypeError, ValueError):
        return None
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _too_large(name: str) -> MalformedAnswerError:
    return MalformedAnswerError(f"{name} is larger than {LARGEST // 10**6} MB: split the drop")
