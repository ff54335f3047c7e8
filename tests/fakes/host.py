"""A host that answers each command from a dictionary; None is "no such file or command"."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from zicha.model.errors import SourceError
from zicha.sources.host import NOT_FOUND, Host, Ran

FIXTURES = Path(__file__).parents[1] / "fixtures" / "linux"
Said = str | Ran | SourceError | None


class FakeReach:
    """Answers commands by their text, and remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Said]) -> None:
        self.answers: dict[str, Said] = dict(answers)
        self.asked: list[str] = []

    @property
    def heard(self) -> Mapping[str, str]:
        return {"reach": "fake"}

    def execute(self, argv: Sequence[str]) -> Ran:
        command = shlex.join(argv)
        self.asked.append(command)
        said = self.answers.get(command)
        if isinstance(said, SourceError):
            raise said
        if isinstance(said, str):
            return Ran(0, said.encode())
        return said or missing(argv)

    def close(self) -> None:
        return None


class FakeHost(Host):
    """A host over a `FakeReach`; `answers` and `asked` are the reach's."""

    def __init__(self, id_: str, answers: Mapping[str, Said], sudo: bool = False) -> None:
        self.reach = FakeReach(answers)
        super().__init__(id_, self.reach, sudo)

    @property
    def answers(self) -> dict[str, Said]:
        return self.reach.answers

    @property
    def asked(self) -> list[str]:
        return self.reach.asked


def missing(argv: Sequence[str]) -> Ran:
    """What a missing file or command looks like."""
    if argv[0] in {"cat", "find"}:
        return Ran(1, b"", f"{argv[0]}: {argv[-1]}: No such file or directory".encode())
    return Ran(NOT_FOUND, b"", f"env: '{argv[0]}': No such file or directory".encode())


def host_of(name: str, id_: str = "h") -> FakeHost:
    """A host of `tests/fixtures/linux/<name>.json`: command to the lines it prints."""
    said = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return FakeHost(id_, {command: "".join(f"{x}\n" for x in out) for command, out in said.items()})
