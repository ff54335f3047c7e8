"""A Linux host: commands asked one by one, each with an answer or a gap, never an agent."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from zicha.custody.redaction import without_private_keys
from zicha.model.errors import ConfigError, MalformedAnswerError, SourceError
from zicha.model.evidence import Answer, Gap, Reply
from zicha.model.verdict import Reason

SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SECONDS = 20.0
BYTES = 8_000_000
NOT_FOUND = 127

DENIED = (
    "permission denied",
    "operation not permitted",
    "must be root",
    "a password is required",
    "no hostkeys available",
    "not in the sudoers",
    "not allowed to execute",
)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it printed."""

    exit: int
    out: bytes
    err: bytes = b""
    is_cut: bool = False


class Reach(Protocol):
    """One way to run a command on a host."""

    @property
    def heard(self) -> Mapping[str, str]:
        """What proves where the answers come from."""

    def execute(self, argv: Sequence[str]) -> Ran:
        """Run without a shell; raises a `SourceError` when no exit status came back."""

    def close(self) -> None:
        """Let go of what is open."""


class Host:
    """A host by its id in the scope; every question is a command without side effects."""

    def __init__(self, id: str, reach: Reach, sudo: bool = False) -> None:  # noqa: A002
        """Reach it one way; `sudo` allows `sudo -n` after a refusal, for the rules it needs."""
        self.id = id
        self._reach = reach
        self._sudo = sudo
        self.tape: list[tuple[tuple[str, ...], Ran]] = []

    @property
    def place(self) -> tuple[str, ...]:
        """The place of every answer: the host itself."""
        return (self.id,)

    def run(
        self,
        call: str,
        argv: Sequence[str],
        *,
        about: str = "",
        expects: str = "",
        may_be_absent: bool = False,
        keep: Callable[[str], str] = str,
    ) -> Reply:
        """Run one command.

        Args:
            call: the name under which the reply is found again.
            argv: the command and its arguments; no shell reads them.
            about: the thing asked about; empty for a listing.
            expects: how one line must begin, or the answer is no answer: the completeness witness.
            may_be_absent: a missing command means "not installed", an answer without a body.
            keep: what of the text may be kept; applied before a reply exists.
        """
        try:
            ran = self._run(argv, keep)
        except SourceError as error:
            heard = dict(self._reach.heard)
            reason, missing = error.reason, error.permission
            return Gap(self.place, call, about, reason, str(error), missing, heard)
        heard = {"command": shlex.join(argv), **self._reach.heard}
        if _is_absent(ran, argv) and may_be_absent:
            return Answer(self.place, call, about, None, heard)
        wrong = self._wrong(ran, argv, expects)
        if wrong:
            return Gap(self.place, call, about, *wrong, heard)
        return Answer(self.place, call, about, {"text": ran.out.decode()}, heard)

    def read(
        self,
        path: str,
        *,
        call: str = "read",
        about: str | None = None,
        expects: str = "",
        keep: Callable[[str], str] = str,
    ) -> Reply:
        """Read one file; an absent one is an answer without a body, unless a line is expected."""
        about = path if about is None else about
        argv = ["cat", "--", path]
        return self.run(
            call, argv, about=about, expects=expects, may_be_absent=not expects, keep=keep
        )

    def list(self, folder: str, pattern: str = "*", call: str = "list") -> Reply:
        """Name the files of one folder; an absent folder is an answer without a body."""
        argv = ["find", folder, "-maxdepth", "1", "(", "-type", "f", "-o", "-type", "l", ")"]
        argv += ["-name", pattern]
        return self.run(call, argv, about=folder, may_be_absent=True)

    def close(self) -> None:
        """End the connection, where there is one."""
        self._reach.close()

    def _run(self, argv: Sequence[str], keep: Callable[[str], str]) -> Ran:
        ran = self._reach.execute(argv)
        if self._sudo and ran.exit and _is_denied(ran):
            again = self._reach.execute(["sudo", "-n", *argv])
            ran = ran if again.exit == NOT_FOUND or _is_denied(again) else again
        kept = keep(without_private_keys(_text(ran.out, argv))) if ran.out else ""
        said = ran.err[:2000].decode(errors="replace")
        ran = Ran(ran.exit, kept.encode(), said.encode(), ran.is_cut)
        self.tape.append((tuple(argv), ran))
        return ran

    def _wrong(self, ran: Ran, argv: Sequence[str], expects: str) -> tuple[Reason, str, str] | None:
        command = shlex.join(argv)
        if ran.is_cut:
            return Reason.PARTIAL, f"{self.id}: `{command}` prints more than is read", ""
        if ran.exit:
            return self._failed(ran, argv)
        lines = ran.out.decode().splitlines()
        if expects and not any(line.startswith(expects) for line in lines):
            remedy = f"{self.id}: `{command}` printed no line beginning with {expects!r}"
            return Reason.MALFORMED, remedy, ""
        return None

    def _failed(self, ran: Ran, argv: Sequence[str]) -> tuple[Reason, str, str]:
        command, said = shlex.join(argv), _last_line(ran.err)
        if _is_denied(ran):
            remedy = (
                f"{self.id} refused ({said}): ask as a user who may, or add the sudo rule "
                f"`NOPASSWD: {command}` for ours, with full path, and set sudo: true"
            )
            return Reason.REFUSED, remedy, f"sudo -n {command}"
        if _is_absent(ran, argv):
            thing = argv[0] if ran.exit == NOT_FOUND else argv[-1]
            return Reason.NOT_COLLECTED, f"{self.id}: {thing} is not there: add it", ""
        if "privilege separation directory" in said:
            remedy = f"{self.id}: {said}: start sshd once, or make that folder, root's, mode 0755"
            return Reason.NOT_COLLECTED, remedy, ""
        remedy = (
            f"{self.id}: `{command}` ended with {ran.exit}: {said}: make it answer for the account "
            "that asks, then collect again"
        )
        return Reason.MALFORMED, remedy, ""


def open_host(source: Any, credentials: Any, base_folder: Path) -> Host:
    """Open the host that a source of the scope describes, by whichever way it is reached.

    Args:
        source: `id`, `reach` (local, ssh or recorded), and what that way needs.
        credentials: resolves `source.credential` with `.ssh_key(name)`; used for ssh only.
        base_folder: the scope's folder, from which file names are meant.
    """
    sudo = bool(getattr(source, "sudo", False))
    if source.reach == "local":
        from zicha.sources.host_local import LocalReach

        return Host(source.id, LocalReach(), sudo)
    if source.reach == "recorded":
        from zicha.sources.host_recorded import RecordedReach

        return Host(source.id, RecordedReach.load(_file(base_folder, source.file, source.id)))
    if source.reach == "ssh":
        from zicha.sources.host_ssh import SshReach

        if not source.known_hosts:
            raise ConfigError(f"source {source.id}: known_hosts: name the file of its host key")
        reach = SshReach(
            address=source.address,
            port=source.port or 22,
            user=source.user,
            key=credentials.ssh_key(source.credential),
            known_hosts=_file(base_folder, source.known_hosts, source.id),
        )
        return Host(source.id, reach, sudo)
    raise ConfigError(f"source {source.id}: reach: {source.reach} is not local, ssh or recorded")


def _file(folder: Path, name: str, id_: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ConfigError(f"source {id_}: {name} is not a file in {folder.name}/")
    return path


def _text(printed: bytes, argv: Sequence[str]) -> str:
    # Comments in the files of older Chinese hosts are GB18030; its second bytes never are `:`
    # or a line end, so the structure survives.
    for encoding in ("utf-8", "gb18030"):
        try:
            return printed.decode(encoding)
        except UnicodeDecodeError:
            continue
    remedy = f"`{shlex.join(argv)}` printed bytes that are neither UTF-8 nor GB18030"
    raise MalformedAnswerError(remedy)


def _is_denied(ran: Ran) -> bool:
    said = (ran.err + ran.out[:2000]).decode(errors="replace").lower()
    return any(word in said for word in DENIED)


def _is_absent(ran: Ran, argv: Sequence[str]) -> bool:
    if ran.exit == NOT_FOUND:
        return True
    is_file = argv[0] in {"cat", "find"}
    return is_file and ran.exit != 0 and not ran.out and b"No such file" in ran.err


def _last_line(said: bytes) -> str:
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no word of why"
