"""The processes of the demo: each in its own group, with its own log, and none outlives us."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.launch_machine import LaunchError

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
GRACE_S = 10.0

_LIBC = ctypes.CDLL(None, use_errno=True)
_TELLS = re.compile(r"\b(error|exception|critical|fatal|cannot|refused|denied)\b", re.IGNORECASE)


def adopt_orphans() -> None:
    """Make grandchildren whose parent dies ours, so that they can be ended with the rest."""
    _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _die_with_parent() -> None:
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Child:
    """A process that we started, and what it said."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_error(self) -> str:
        """The last line of the log that tells of an error, else the last line."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        said = [line.strip() for line in lines if line.strip()]
        telling = [line for line in said if _TELLS.search(line)]
        return (telling or said or ["it said nothing"])[-1]

    def check_alive(self) -> None:
        """Raise with the last error line if the process has ended."""
        code = self.process.poll()
        if code is not None:
            raise LaunchError(
                f"{self.name} ended with code {code}: {self.last_error()} (log: {self.log})"
            )


class Children:
    """Start processes, and end every one of them."""

    def __init__(self, folder: Path, cwd: Path) -> None:
        self._folder = folder
        self._cwd = cwd
        self._started: list[Child] = []

    def __iter__(self) -> Iterator[Child]:
        return iter(self._started)

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> Child:
        """Start a process that writes to a log of its own and dies with us."""
        log = self._folder / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                cwd=self._cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - we start no threads
            )
        child = Child(name, process, log)
        self._started.append(child)
        return child

    def forget(self, child: Child) -> None:
        """A child that was meant to end, and did."""
        self._started.remove(child)

    def check_alive(self) -> None:
        """Raise if one of them has ended."""
        for child in self._started:
            child.check_alive()

    def stop(self) -> None:
        """Ask every descendant to end; after the grace, end it."""
        ends = time.monotonic() + GRACE_S
        _signal(_descendants(), signal.SIGTERM)
        while _descendants() and time.monotonic() < ends:
            self._reap()
            time.sleep(0.1)
        # What dies leaves its children to us: look until there are none.
        for _ in range(50):
            left = _descendants()
            if not left:
                return
            _signal(left, signal.SIGKILL)
            self._reap()
            time.sleep(0.05)

    def _reap(self) -> None:
        for child in self._started:
            child.process.poll()
        ours = {child.process.pid for child in self._started}
        for pid in _children_of(os.getpid()) - ours:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue


def _signal(pids: set[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _descendants() -> set[int]:
    parents = _parents()
    found: set[int] = set()
    new = {os.getpid()}
    while new:
        new = {pid for pid, parent in parents.items() if parent in new} - found
        found |= new
    return found


def _children_of(pid: int) -> set[int]:
    return {child for child, parent in _parents(zombies=True).items() if parent == pid}


def _parents(*, zombies: bool = False) -> dict[int, int]:
    """Each process with its parent; one that has ended and waits to be read only on request."""
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if zombies or state != "Z":
            found[int(entry.name)] = int(parent)
    return found
