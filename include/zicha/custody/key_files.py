"""Files that hold a secret: made once, for their owner alone, safely on the disk."""

from __future__ import annotations

import os
from pathlib import Path

from zicha.model.errors import ConfigError


def write_once(path: Path, data: bytes) -> None:
    """Write the file unless it stands; the first of several processes wins, the others read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    temporary = path.with_name(f".{path.name}-{os.getpid()}-{os.urandom(4).hex()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, data)
        os.fsync(handle)
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.close(handle)
        temporary.unlink(missing_ok=True)
    # What is encrypted under a key must not outlive the key's name, so the folder comes first.
    sync_folder(path.parent)


def read_secret(path: Path) -> bytes:
    """The bytes of a secret's file.

    Raises:
        ConfigError: others may read it.
    """
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path} can be read by others: chmod 600 {path}")
    return path.read_bytes()


def sync_folder(folder: Path) -> None:
    """Have the names of a folder reach the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
