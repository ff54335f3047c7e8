"""Slack's Socket Mode on loopback: a real WebSocket that greets, asks, refreshes and breaks off."""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve


@dataclass
class FakeSocket:
    """What goes to whoever is connected last, and what came back."""

    url: str = ""
    acked: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    connected: queue.Queue[ServerConnection] = field(default_factory=queue.Queue)
    current: ServerConnection | None = None

    def wait_for_connection(self) -> None:
        """Wait until somebody connects once more."""
        self.current = self.connected.get(timeout=20)

    def envelope(self, id_: str, payload: Mapping[str, Any], kind: str = "interactive") -> None:
        """Send one envelope."""
        said = {"type": kind, "envelope_id": id_, "payload": payload}
        self._send(said | {"accepts_response_payload": True})

    def refresh(self) -> None:
        """Ask the client to connect elsewhere, as Slack does every few hours."""
        self._send({"type": "disconnect", "reason": "refresh_requested"})

    def drop(self) -> None:
        """Break the connection off without a word."""
        assert self.current is not None
        self.current.socket.shutdown(2)

    def answer(self) -> dict[str, Any]:
        """The next acknowledgement."""
        return self.acked.get(timeout=20)

    def _send(self, said: Mapping[str, Any]) -> None:
        assert self.current is not None
        self.current.send(json.dumps(said))


@contextmanager
def fake_socket() -> Iterator[FakeSocket]:
    """Listen on a free port of loopback."""
    held = FakeSocket()

    def serves(connection: ServerConnection) -> None:
        connection.send(json.dumps({"type": "hello", "num_connections": 1}))
        held.connected.put(connection)
        try:
            for text in connection:
                held.acked.put(json.loads(text))
        except ConnectionClosed:
            return

    # What is looked for in the logs is what the worker says, not this server.
    silent = logging.getLogger("fake-socket")
    silent.setLevel(logging.CRITICAL + 1)
    with serve(serves, "127.0.0.1", 0, logger=silent) as server:
        held.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/link/?ticket=canary-ticket"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield held
        finally:
            server.shutdown()
            thread.join(5)
