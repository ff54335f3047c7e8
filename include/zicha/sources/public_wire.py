"""Connections to the public face: one at a time per host, bounded in time and in bytes."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable

from zicha.model.errors import MalformedAnswerError, UnreachableError

CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 15.0

# A firewall that rejects says so with one of these; the host itself says that a port is closed.
_REJECTED = {errno.EHOSTUNREACH, errno.EACCES, errno.EPERM}


class Pace:
    """Waits until a host has had its pause; everything of one source is asked one by one."""

    def __init__(
        self,
        pause_seconds: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the pause, the clock that never goes back, and the way to wait."""
        self._pause = pause_seconds
        self._now = now
        self._sleep = sleep
        self._asked: dict[str, float] = {}

    def wait(self, host: str) -> None:
        """Come back when this host may be asked again."""
        last = self._asked.get(host)
        if last is not None and (left := last + self._pause - self._now()) > 0:
            self._sleep(left)
        self._asked[host] = self._now()

    def deadline(self, seconds: float = ANSWER_SECONDS) -> Deadline:
        """So long from now, however slowly the other side drips."""
        return Deadline(self._now, self._now() + seconds)


class Deadline:
    """A moment after which an answer is no longer waited for."""

    def __init__(self, now: Callable[[], float], ends: float) -> None:
        """Take the clock and the moment."""
        self._now = now
        self._ends = ends

    def arm(self, connection: socket.socket) -> None:
        """Let the next operation take no longer than what is left; raises when nothing is."""
        left = self._ends - self._now()
        if left <= 0:
            raise UnreachableError("it did not finish its answer in the time allowed: try again")
        connection.settimeout(left)


def connected(address: str, port: int, named: str) -> socket.socket:
    """A connection, or an `UnreachableError` that tells closed from silent."""
    try:
        return socket.create_connection((address, port), CONNECT_SECONDS)
    except ConnectionRefusedError as error:
        raise UnreachableError(
            f"{named} is closed: start the service, or declare it no more"
        ) from error
    except TimeoutError as error:
        raise UnreachableError(
            f"{named} does not answer: see whether a firewall drops it, here or there"
        ) from error
    except OSError as error:
        raise UnreachableError(
            f"{named} cannot be reached ({error.strerror}): try again"
        ) from error


def knocked(address: str, port: int, seconds: float) -> str:
    """`open`, `closed` or `filtered`; raises where our own side has no way out."""
    try:
        socket.create_connection((address, port), seconds).close()
    except ConnectionRefusedError:
        return "closed"
    except TimeoutError:
        return "filtered"
    except OSError as error:
        if error.errno in _REJECTED:
            return "filtered"
        raise UnreachableError(
            f"port {port} cannot be asked from here ({error.strerror}): see to the route"
        ) from error
    return "open"


def received(
    connection: socket.socket, deadline: Deadline, most: int, is_whole: Callable[[bytearray], bool]
) -> tuple[bytes, bool]:
    """What the other side sends, and whether it sends more than `most` bytes."""
    pieces = bytearray()
    while not is_whole(pieces):
        deadline.arm(connection)
        try:
            piece = connection.recv(min(65536, most + 1 - len(pieces)))
        except TimeoutError as error:
            raise UnreachableError("it did not finish its answer in the time allowed") from error
        except OSError as error:
            if pieces:
                break
            raise UnreachableError(f"it broke off ({type(error).__name__}): try again") from error
        if not piece:
            break
        pieces += piece
        if len(pieces) > most:
            return bytes(pieces[:most]), True
    if not pieces:
        raise MalformedAnswerError("it closed the connection without a word: see its log")
    return bytes(pieces), False
