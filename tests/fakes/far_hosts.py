"""Hosts made of files: a folder with a host's own files, answered for by a real sshd.

Real are sshd, the connection, the files with their modes and moments, `cat` and `find` over them,
and `sshd -T` over the host's own sshd_config. Programs that would speak of the machine that runs
the test (ss, auditctl, nft, sysctl, systemctl, apt-get, ps and their like) are answered from what
was recorded. Owners are real where root runs the test; elsewhere its user stands for root.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from fakes.host import FIXTURES
from fakes.ssh_server import SshServer

SCRIPT = Path(__file__).with_name("far_root.sh")
MODES, DATES = re.compile(r"([0-7]{1,4}) \S+ (/\S+)"), re.compile(r"(\d+)\.\d* (\S+)")
FILES = frozenset({"cat", "find"})
Answers = Mapping[str, Sequence[str]]


def answers_of(*names: str) -> dict[str, Sequence[str]]:
    """The answers of a host and of what is changed about it; null takes an answer away."""
    found: dict[str, Sequence[str] | None] = {}
    for name in names:
        found |= json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return {command: out for command, out in found.items() if out is not None}


def make_root(root: Path, answers: Answers) -> None:
    """Lay the answers out: files with text, modes and moments; programs by the words they take."""
    root.mkdir(mode=0o755)
    programs = _folder(root, "/.programs")
    for command, lines in answers.items():
        argv, text = shlex.split(command), "".join(f"{line}\n" for line in lines)
        if argv[0] == "cat":
            _write(root, argv[-1], text)
        elif argv[0] not in FILES:
            (programs / _key(argv)).write_text(text, encoding="utf-8")
    for command, lines in answers.items():
        argv = shlex.split(command)
        if argv[0] == "find":
            _folder(root, argv[1])
            _listed(root, argv, lines)


def _listed(root: Path, argv: Sequence[str], lines: Sequence[str]) -> None:
    for line in lines:
        if found := MODES.fullmatch(line):
            _touch(root, found[2]).chmod(int(found[1], 8))
        elif found := DATES.fullmatch(line):
            moment = int(found[1])
            os.utime(_touch(root, f"{argv[1]}/{found[2]}"), (moment, moment))
        elif argv[-1] == "%f\\n":
            _touch(root, f"{argv[1]}/{line}")
        elif line.endswith("/journal"):
            _folder(root, line)
        elif "-name" not in argv:
            _touch(root, line)


def serve(folder: Path, root: Path, user: str = "root") -> SshServer:
    """A server that answers for this root, as root or as an ordinary user."""
    key = root / "etc/ssh/ssh_host_ed25519_key"
    if not key.exists() or not key.read_bytes():
        key.unlink(missing_ok=True)
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        config = root / "etc/ssh/sshd_config"
        # First: the file may end within a Match block, where no host key may stand.
        config.write_text(f"HostKey {key}\n{config.read_text()}", encoding="utf-8")
    folder.mkdir()
    return SshServer(folder, force=f"sh {SCRIPT} {root} {user}")


def _key(argv: Sequence[str]) -> str:
    said = subprocess.run(["cksum"], input=" ".join(argv).encode(), capture_output=True, check=True)
    return said.stdout.split()[0].decode()


def _folder(root: Path, path: str) -> Path:
    made = root / path.lstrip("/")
    made.mkdir(mode=0o755, parents=True, exist_ok=True)
    return made


def _touch(root: Path, path: str) -> Path:
    _folder(root, path.rpartition("/")[0])
    made = root / path.lstrip("/")
    if not made.exists():
        made.touch(mode=0o644)
    return made


def _write(root: Path, path: str, text: str) -> None:
    _touch(root, path).write_text(text, encoding="utf-8")
