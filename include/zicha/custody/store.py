"""The object store: immutable bytes under their own digest, in a folder."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from zicha.custody.entry import Commitment, commitment
from zicha.model.errors import (
    ConfigError,
    MissingEvidenceError,
    TamperedEvidenceError,
    ZichaError,
)

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
TEMPORARY = ".part-"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was put: its name, which is its digest, its size in bytes, and its SM3 digest.

    The SM3 digest is empty where it is not known: the ledger holds it, the index does not.
    """

    digest: str
    size: int
    sm3: str = field(default="", compare=False)

    @property
    def held(self) -> Commitment:
        """Both digests, as an entry of the ledger commits to them."""
        return Commitment("", self.digest.removeprefix("sha256:"), self.sm3, self.size)


class Store(Protocol):
    """Where sealed bytes live.

    Args:
        reads_at_once: how many readers it serves faster than one after another.
    """

    reads_at_once: int

    def put(self, data: bytes) -> Sealed:
        """Seal the bytes; the same bytes again change nothing."""

    def get(self, digest: str) -> bytes:
        """The bytes of this digest, verified."""

    def has(self, digest: str) -> bool:
        """Whether bytes stand under this name; nothing is said of their soundness."""

    def digests(self) -> Iterator[str]:
        """Every name in the store, sorted."""

    def sweep(self) -> int:
        """Remove what writers that died left behind; how many things that were."""

    def remove(self, digest: str) -> bool:
        """Delete the bytes of this digest for good; whether any were there."""

    def drop_spent_keys(self, at: datetime, because: str) -> list[str]:
        """Destroy the keys under which nothing is held any more; the months they were of."""


def digest_of(data: bytes) -> str:
    """The name that these bytes bear in the store."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


class FolderStore:
    """A store in a folder: a name appears only once its bytes are safely on the disk."""

    reads_at_once = 1

    def __init__(self, root: Path) -> None:
        """Use this folder; it is made when something is first put."""
        self.root = Path(root)
        self._objects = self.root / "objects" / "sha256"

    def put(self, data: bytes) -> Sealed:
        """Seal the bytes; the same bytes again change nothing.

        Raises:
            ZichaError: the disk is full; nothing stands under the final name.
            TamperedEvidenceError: other bytes already stand under this name.
        """
        held = commitment(data)
        digest = held.digest
        final = self.path_of(digest)
        try:
            self._make(final.parent)
            if not final.exists():
                self._write(data, digest, final)
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise ZichaError(
                f"no room for {len(data)} bytes under {self.root}: free some space, then run again"
            ) from error
        if final.stat().st_size != len(data) or digest_of(final.read_bytes()) != digest:
            raise TamperedEvidenceError(f"other bytes stand under {digest}: {REPAIR}")
        _sync_folder(final.parent)
        return Sealed(digest, held.size, held.sm3)

    def get(self, digest: str) -> bytes:
        """The bytes of this digest, hashed anew on every read.

        Raises:
            MissingEvidenceError: nothing stands under this name.
            TamperedEvidenceError: the bytes there have another digest.
        """
        try:
            data = self.path_of(digest).read_bytes()
        except FileNotFoundError as error:
            raise MissingEvidenceError(
                f"nothing in {self.root} has the digest {digest}: restore it from a copy, unless "
                f"`zicha verify --item {digest}` says that it has expired"
            ) from error
        if digest_of(data) != digest:
            raise TamperedEvidenceError(f"the bytes of {digest} were altered: {REPAIR}")
        return data

    def has(self, digest: str) -> bool:
        """Whether bytes stand under this name; nothing is said of their soundness."""
        return self.path_of(digest).exists()

    def remove(self, digest: str) -> bool:
        """Delete the bytes of this digest for good; whether any were there.

        Only what the ledger says was deleted may be: without a tombstone it would be a fault.
        """
        path = self.path_of(digest)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        _sync_folder(path.parent)
        return True

    def drop_spent_keys(self, at: datetime, because: str) -> list[str]:  # noqa: ARG002 - none here
        """None: in a folder nothing is encrypted by us."""
        return []

    def digests(self) -> Iterator[str]:
        """Every name in the store, sorted."""
        for path in sorted(self._objects.glob("??/*")):
            digest = f"sha256:{path.parent.name}{path.name}"
            if DIGEST.fullmatch(digest):
                yield digest

    def path_of(self, digest: str) -> Path:
        """Where the bytes of this digest stand, or would."""
        if not DIGEST.fullmatch(digest):
            raise MissingEvidenceError(
                f"{digest!r} is no digest: expected sha256: and 64 hex digits"
            )
        name = digest.removeprefix("sha256:")
        return self._objects / name[:2] / name[2:]

    def sweep(self) -> int:
        """Remove what writers that died left behind; a living writer holds a lock on its file."""
        removed = 0
        for orphan in self._objects.glob(f"??/{TEMPORARY}*"):
            try:
                handle = os.open(orphan, os.O_RDONLY)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                orphan.unlink(missing_ok=True)
                removed += 1
            except BlockingIOError:
                continue
            finally:
                os.close(handle)
        return removed

    def _write(self, data: bytes, digest: str, final: Path) -> None:
        for _ in range(ATTEMPTS):
            try:
                return self._link_new(data, digest, final)
            except FileNotFoundError:
                # A sweep met the file between its creation and its lock.
                continue
        raise ZichaError(f"{digest} could not be sealed: its temporary file keeps vanishing")

    def _link_new(self, data: bytes, digest: str, final: Path) -> None:
        temporary = final.parent / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}"
        handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o440)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            _write_all(handle, data)
            os.fsync(handle)
            if digest_of(_read_back(handle)) != digest:
                raise ZichaError(f"the disk under {self.root} gave back other bytes: replace it")
            try:
                os.link(temporary, final)
            except FileExistsError:
                pass  # somebody else sealed the same bytes meanwhile
            except PermissionError as error:
                raise ConfigError(
                    f"the file system of {self.root} cannot link files: use ext4, xfs or btrfs"
                ) from error
        finally:
            temporary.unlink(missing_ok=True)
            os.close(handle)

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(mode=0o750, exist_ok=True)
            _sync_folder(path.parent)


REPAIR = "keep the folder as it is, restore the bytes from a copy, and find out who wrote there"


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _read_back(handle: int) -> bytes:
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(os.dup(handle), "rb") as stream:
        return stream.read()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
