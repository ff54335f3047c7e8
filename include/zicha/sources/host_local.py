"""This machine, as a host: commands run without a shell, bounded in time and output."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from threading import Thread
from typing import IO

from zicha.model.errors import UnreachableError
from zicha.sources.host import BYTES, NOT_FOUND, SEARCH_PATH, SECONDS, Ran

ENVIRONMENT = {"LC_ALL": "C", "PATH": SEARCH_PATH, "HOME": "/"}


class LocalReach:
    """Runs commands on the machine we are on, in a clean environment."""

    def __init__(self, seconds: float = SECONDS, most_bytes: int = BYTES) -> None:
        """Bound each command."""
        self._seconds = seconds
        self._most_bytes = most_bytes

    @property
    def heard(self) -> Mapping[str, str]:
        """That it was asked in place."""
        return {"reach": "local"}

    def execute(self, argv: Sequence[str]) -> Ran:
        """Run, and end the whole process group when time or output runs over."""
        program = _found(argv[0])
        if program is None:
            return Ran(NOT_FOUND, b"", f"{argv[0]}: not found".encode())
        try:
            process = subprocess.Popen(  # noqa: S603 - an argument list, no shell
                [program, *argv[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
        except PermissionError as error:
            return Ran(126, b"", f"{argv[0]}: Permission denied ({error.strerror})".encode())
        with process:
            return self._watched(process, argv[0])

    def close(self) -> None:
        """Nothing stays open."""

    def _watched(self, process: subprocess.Popen[bytes], name: str) -> Ran:
        out, err = bytearray(), bytearray()
        readers = [
            Thread(target=self._drain, args=(process, stream, into), daemon=True)
            for stream, into in ((process.stdout, out), (process.stderr, err))
        ]
        for reader in readers:
            reader.start()
        try:
            process.wait(self._seconds)
        except subprocess.TimeoutExpired as late:
            _end(process)
            raise UnreachableError(f"`{name}` gave no answer in {self._seconds:g} s") from late
        # A child that outlives the command may hold the pipe; what it prints is not the answer.
        for reader in readers:
            reader.join(2)
        if any(reader.is_alive() for reader in readers):
            _end(process)
        is_cut = len(out) > self._most_bytes
        return Ran(process.returncode, bytes(out[: self._most_bytes]), bytes(err), is_cut)

    def _drain(self, process: subprocess.Popen[bytes], stream: IO[bytes], into: bytearray) -> None:
        while chunk := os.read(stream.fileno(), 65536):
            into += chunk
            if len(into) > self._most_bytes:
                _end(process)
                return


def _found(name: str) -> str | None:
    import shutil

    return shutil.which(name, mode=os.F_OK, path=SEARCH_PATH)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
