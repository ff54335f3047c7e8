"""Talking to an RFC 3161 authority over HTTP."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass

from zicha.model.errors import ConfigError, MalformedAnswerError, UnreachableError

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
PATIENCE = 20
LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class TimestampAuthority:
    """The authority at this address."""

    url: str

    def __post_init__(self) -> None:
        """Refuse an address that is none of the web."""
        if not self.url.startswith(("http://", "https://")):
            raise ConfigError(f"ZICHA_TIMESTAMP_URL is {self.url!r}: expected http:// or https://")

    def send(self, request: bytes) -> bytes:
        """The answer to a request.

        Raises:
            SourceError: there is none, or it is no time-stamp.
        """
        asked = urllib.request.Request(  # noqa: S310 - the scheme was checked
            self.url, data=request, headers={"Content-Type": QUERY}, method="POST"
        )
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310
                kind = answer.headers.get_content_type()
                body: bytes = answer.read(LARGEST + 1)
        except (OSError, urllib.error.URLError, http.client.HTTPException) as error:
            raise UnreachableError(
                f"{self.url} gave no time-stamp ({error}): it is tried again at the next sealing"
            ) from error
        if kind != REPLY or len(body) > LARGEST:
            raise MalformedAnswerError(f"{self.url} answered {kind}: it is no RFC 3161 authority")
        return body
