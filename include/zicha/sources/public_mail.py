"""What a declared mail host offers to whoever delivers: its extensions, no letter ever sent."""

from __future__ import annotations

import socket
from typing import Any

from zicha.model.errors import MalformedAnswerError, ThrottledError, UnreachableError
from zicha.sources.public import PublicFace
from zicha.sources.public_wire import Deadline, received

BYTES = 16_000
_READY, _OK, _BUSY = "220", "250", ("421", "450", "451", "554")


def greet(face: PublicFace, name: str, port: int) -> dict[str, Any]:
    """The extensions named after EHLO, by keyword; then we take our leave."""
    deadline = face.pace.deadline()
    connection = face.connect(name, port)
    try:
        banner = _reply(connection, deadline)
        if banner[:1] and banner[0][:3] in _BUSY:
            raise ThrottledError(f"it turns us away ({banner[0][:3]}): ask later, or let us in")
        if not banner or banner[0][:3] != _READY:
            raise MalformedAnswerError("it does not greet as a mail server: see what listens there")
        here = connection.getsockname()[0]
        literal = f"[IPv6:{here}]" if ":" in here else f"[{here}]"
        _say(connection, deadline, f"EHLO {literal}")
        lines = _reply(connection, deadline)
        _say(connection, deadline, "QUIT")
    except TimeoutError as error:
        raise UnreachableError("it did not finish its answer in the time allowed") from error
    except OSError as error:
        raise UnreachableError(f"it broke off ({type(error).__name__}): try again") from error
    finally:
        connection.close()
    if not lines or any(line[:3] != _OK for line in lines):
        raise MalformedAnswerError("it does not answer EHLO: see its settings")
    keywords = {line[4:].split(" ")[0].upper()[:40] for line in lines[1:]}
    return {
        "extensions": sorted(word for word in keywords if word.isascii() and word.isprintable())
    }


def _say(connection: socket.socket, deadline: Deadline, line: str) -> None:
    deadline.arm(connection)
    connection.sendall(f"{line}\r\n".encode("ascii"))


def _reply(connection: socket.socket, deadline: Deadline) -> list[str]:
    said, is_cut = received(connection, deadline, BYTES, _is_whole)
    if is_cut:
        raise MalformedAnswerError("its answer is longer than any mail server's: see what it is")
    return said.decode("utf-8", "replace").splitlines()


def _is_whole(said: bytearray) -> bool:
    """A reply goes on while a dash stands behind its code (RFC 5321, 4.2)."""
    if not said.endswith(b"\n"):
        return False
    last = bytes(said).splitlines()[-1]
    return not last[:3].isdigit() or last[3:4] != b"-"
