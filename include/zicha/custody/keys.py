"""The installation's own key: made once, kept in one file, never shown."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from zicha.model.errors import ConfigError

NAME = "installation.key"
SIZE = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """One key per purpose, all drawn from the installation's key."""

    pseudonyms: bytes = field(repr=False)
    marks: bytes = field(repr=False)


def installation_keys(folder: Path, random: Callable[[int], bytes] = os.urandom) -> Keys:
    """The keys of the installation in this folder; its key file is made when there is none.

    Raises:
        ConfigError: the file is damaged, or others may read it.
    """
    path = folder / NAME
    if not path.exists():
        _create(path, random(SIZE))
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path} can be read by others: chmod 600 {path}")
    key = path.read_bytes()
    if len(key) != SIZE:
        raise ConfigError(f"{path} holds {len(key)} bytes instead of {SIZE}: restore it")
    return Keys(pseudonyms=_derived(key, "pseudonyms"), marks=_derived(key, "marks"))


def _create(path: Path, key: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{NAME}-{os.getpid()}-{os.urandom(4).hex()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, key)
        os.fsync(handle)
        # The first of several processes wins; the others read what it wrote.
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        os.close(handle)
        temporary.unlink(missing_ok=True)


def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, f"zicha/{purpose}/1".encode(), hashlib.sha256).digest()
