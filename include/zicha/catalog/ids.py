"""Ids are permanent: the lock holds every one ever released, and none may vanish from it unsaid.

A locked id that is neither in use, nor the former name of one in use, nor retired, is a fault;
so is one in use that is not locked. `python -m zicha.pipeline.locked_ids` checks and writes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from zicha.catalog.released import Ids, Released
from zicha.catalog.roots import catalog_dir
from zicha.model.errors import ConfigError

_HEAD = "# Every id ever released, by kind. Lines are added by --write and never taken out.\n"


def lock_path() -> Path:
    """Where the project's lock stands."""
    return catalog_dir() / "ids.lock"


def read_lock(path: Path) -> frozenset[Released]:
    """The ids that were released; no file, none."""
    if not path.is_file():
        return frozenset()
    locked = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("#") or not line:
            continue
        kind, space, id_ = line.partition(" ")
        if not space or not id_ or " " in id_:
            raise ConfigError(f"{path}, line {number}: write a kind, one space and an id")
        locked.add((kind, id_))
    return frozenset(locked)


def write_lock(path: Path, locked: Iterable[Released]) -> None:
    """Write the lock, sorted, so that a change shows as the lines it adds."""
    lines = [f"{kind} {id_}\n" for kind, id_ in sorted(locked)]
    path.write_text(_HEAD + "".join(lines), encoding="utf-8")


def vanished(locked: frozenset[Released], ids: Ids) -> list[str]:
    """Released ids that are gone without a word, one sentence each."""
    return [
        f"{kind} {id_} has vanished: name it under formerly, or in retired.yaml with its reason"
        for kind, id_ in sorted(locked - ids.current - ids.former - ids.retired)
    ]


def unlocked(locked: frozenset[Released], ids: Ids) -> list[str]:
    """Ids in use that the lock does not hold yet, one sentence each."""
    return [
        f"{kind} {id_} is not locked: run python -m zicha.pipeline.locked_ids --write"
        for kind, id_ in sorted(ids.current - locked)
    ]


def reused(ids: Ids) -> list[str]:
    """Ids in use that also stand as former or retired: an id never comes to mean something else."""
    return [
        f"{kind} {id_} is in use and also former or retired: choose a new id"
        for kind, id_ in sorted(ids.current & (ids.former | ids.retired))
    ]


def check(locked: frozenset[Released], ids: Ids) -> list[str]:
    """Everything wrong between the lock and the files; empty when nothing is."""
    return [*vanished(locked, ids), *reused(ids), *unlocked(locked, ids)]
