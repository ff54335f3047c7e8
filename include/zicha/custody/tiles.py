"""The ledger as C2SP tlog-tiles: files that anybody can read; they can be rebuilt at any time."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from zicha.custody.entry import LARGEST
from zicha.custody.merkle import Tree
from zicha.model.errors import TamperedEvidenceError

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH = 32


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """`tile/0/x001/067`, with `.p/W` when the tile is not full yet."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[n : n + 3] for n in range(0, len(digits), 3)]
    named = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{level}/{named}" + (f".p/{width}" if width < WIDTH else "")


def tiles(tree: Tree, known: int = 0) -> Iterator[tuple[str, bytes]]:
    """The paths and bytes of the hash tiles that growing from the known size has changed."""
    level = 0
    while True:
        hashes = tree.level(level * HEIGHT)
        if not hashes:
            return
        first = (known >> level * HEIGHT) // WIDTH
        for index in range(first, -(-len(hashes) // WIDTH)):
            held = hashes[index * WIDTH : (index + 1) * WIDTH]
            yield tile_path(level, index, len(held)), b"".join(held)
        level += 1


def bundles(entries: Sequence[bytes], start: int = 0) -> Iterator[tuple[str, bytes]]:
    """The paths and bytes of the entry bundles; `entries` begin at `start`, a tile's first."""
    for offset in range(0, len(entries), WIDTH):
        held = entries[offset : offset + WIDTH]
        data = b"".join(struct.pack(">H", len(entry)) + entry for entry in held)
        yield tile_path("entries", (start + offset) // WIDTH, len(held)), data


def entries_in(bundle: bytes) -> list[bytes]:
    """The entries of a bundle."""
    found, at = [], 0
    while at < len(bundle):
        (size,) = struct.unpack_from(">H", bundle, at) if at + 2 <= len(bundle) else (LARGEST,)
        if at + 2 + size > len(bundle):
            raise TamperedEvidenceError("an entry bundle ends in the middle of an entry")
        found.append(bundle[at + 2 : at + 2 + size])
        at += 2 + size
    return found


def write_tiles(folder: Path, found: Iterator[tuple[str, bytes]]) -> int:
    """Write the tiles, each at once or not at all, and drop the partial ones they replace."""
    written = 0
    for name, data in found:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
        written += 1
        is_partial = path.parent.name.endswith(".p")
        partials = path.parent if is_partial else path.with_name(f"{path.name}.p")
        for older in partials.glob("*") if partials.is_dir() else ():
            if older != path:
                older.unlink(missing_ok=True)
        if not is_partial:
            shutil.rmtree(partials, ignore_errors=True)
    return written


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Be the only one who writes tiles into this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def leaves_in(folder: Path) -> Iterator[tuple[int, bytes]]:
    """The index and the hash of every leaf that the tiles of this folder hold."""
    for path in sorted((folder / "tile" / "0").rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            index = _index_of(path.relative_to(folder / "tile" / "0"))
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue  # a fuller tile has just taken its place
            for n in range(len(data) // HASH):
                yield index * WIDTH + n, data[n * HASH : (n + 1) * HASH]


def replace_file(path: Path, data: bytes) -> None:
    """Put the bytes there at once; a reader sees the old ones or the new ones."""
    temporary = path.with_name(f".{path.name}-{os.getpid()}-{os.urandom(4).hex()}")
    try:
        with temporary.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _index_of(path: Path) -> int:
    parts = [part for part in path.parts if not part.endswith(".p")]
    if len(parts) < len(path.parts):
        parts = [*parts[:-1], path.parts[-2].removesuffix(".p")]
    return int("".join(part.removeprefix("x") for part in parts))
