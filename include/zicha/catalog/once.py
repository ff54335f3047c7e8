"""Ids stand once: members of a file by id, or a sentence that names the repeated one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from zicha.model.errors import ConfigError


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """The permanent id."""


MemberT = TypeVar("MemberT", bound=Identified)


def by_id(path: Path, members: Iterable[MemberT]) -> dict[str, MemberT]:
    """The members by id, in their order; an id that stands twice is refused."""
    found: dict[str, MemberT] = {}
    for member in members:
        if member.id in found:
            raise ConfigError(f"{path}: the id {member.id} stands twice: rename one")
        found[member.id] = member
    return found
