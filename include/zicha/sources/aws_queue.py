"""A queue of change notices: receive, and delete only what was written down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from zicha.model.errors import ConfigError, UnreachableError

AT_ONCE = 10
"""Messages that one call receives or deletes, at most."""

_REGION = re.compile(r"^https?://(?:sqs\.)?([a-z]{2}(?:-[a-z]+)+-[0-9]+)[.]")


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery of a message: the handle is good for this delivery only."""

    message: str
    body: str
    handle: str


class Queue:
    """One queue, by its address."""

    def __init__(self, session: Any, url: str, region: str = "") -> None:
        """Keep the address; nothing is asked yet."""
        if not url.startswith(("https://", "http://")):
            raise ConfigError("ZICHA_EVENT_QUEUE is no address of a queue: give its https:// URL")
        self.url = url
        self._session = session
        self._region = region or region_of(url)
        self._client: Any = None

    @property
    def client(self) -> Any:
        """The one client."""
        if self._client is None:
            self._client = self._session.client("sqs", region_name=self._region or None)
        return self._client

    def receive(self, wait_s: int = 0, hidden_s: int = 300) -> list[Delivered]:
        """Up to ten messages, hidden from others for a while; none is deleted.

        Raises:
            UnreachableError: the queue gave no answer.
        """
        said = self._ask(
            "receive_message",
            MaxNumberOfMessages=AT_ONCE,
            WaitTimeSeconds=wait_s,
            VisibilityTimeout=hidden_s,
        )
        return [
            Delivered(one["MessageId"], one.get("Body", ""), one["ReceiptHandle"])
            for one in said.get("Messages", ())
        ]

    def delete(self, handles: Sequence[str]) -> int:
        """Delete what was written down; how many stayed, to be delivered and counted once more."""
        stayed = 0
        for batch in _tens(handles):
            entries = [{"Id": str(n), "ReceiptHandle": h} for n, h in enumerate(batch)]
            said = self._ask("delete_message_batch", Entries=entries)
            stayed += len(said.get("Failed", ()))
        return stayed

    def send(self, body: str) -> None:
        """Put a message on the queue."""
        self._ask("send_message", MessageBody=body)

    def _ask(self, call: str, **parameters: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            said: dict[str, Any] = getattr(self.client, call)(QueueUrl=self.url, **parameters)
        except (BotoCoreError, ClientError) as error:
            code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
            raise UnreachableError(
                f"the queue of change notices did not answer {call} "
                f"({code or type(error).__name__}): correct ZICHA_EVENT_QUEUE, its permissions "
                "or the network"
            ) from error
        return said


def region_of(url: str) -> str:
    """The region in a queue's address; empty when it names none."""
    found = _REGION.match(url)
    return found[1] if found else ""


def _tens(handles: Sequence[str]) -> Iterator[Sequence[str]]:
    return (handles[n : n + AT_ONCE] for n in range(0, len(handles), AT_ONCE))
