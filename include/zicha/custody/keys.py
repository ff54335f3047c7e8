"""The installation's own key: made once, kept in one file, never shown."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from zicha.custody.key_files import read_secret, write_once
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
        write_once(path, random(SIZE))
    key = read_secret(path)
    if len(key) != SIZE:
        raise ConfigError(f"{path} holds {len(key)} bytes instead of {SIZE}: restore it")
    return Keys(pseudonyms=_derived(key, "pseudonyms"), marks=_derived(key, "marks"))


def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, f"zicha/{purpose}/1".encode(), hashlib.sha256).digest()
