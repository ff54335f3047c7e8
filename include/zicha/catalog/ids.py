"""Ids are permanent: the lock holds every one ever released, and none may vanish from it unsaid.

`python -m zicha.catalog.ids --check` fails when an id of the lock is neither in use, nor the former
name of one in use, nor retired, or when one in use is not locked; `--write` adds the new ones.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from zicha.catalog.released import Ids, Released, ids_now
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
        f"{kind} {id_} is not locked: run python -m zicha.catalog.ids --write"
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Check or write the lock: 0 well, 1 ids vanished or are not locked, 2 wrong input."""
    parser = argparse.ArgumentParser(prog="python -m zicha.catalog.ids", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="compare the lock with the files")
    what.add_argument("--write", action="store_true", help="add the ids that are new")
    asked = parser.parse_args(arguments)
    path = lock_path()
    try:
        locked, ids = read_lock(path), ids_now()
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if asked.write:
        locked |= ids.current
        write_lock(path, locked)
    faults = check(locked, ids)
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
