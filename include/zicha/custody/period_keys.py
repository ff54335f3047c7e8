"""Keys per period: evidence of a month is encrypted under the month's key, and expires with it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zicha.custody.canonical import canonical
from zicha.custody.key_files import read_secret, sync_folder, write_once
from zicha.model.errors import ConfigError, ExpiredEvidenceError, TamperedEvidenceError

FOLDER = "store-keys"
WRAPPING = "wrapping.key"
SIZE = 32
NONCE = 12
PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def period_of(at: datetime) -> str:
    """The period of a moment: its month, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m")


class KeyEncryption(Protocol):
    """What wraps the periods' keys: a file here, or a key service that never shows its own key."""

    @property
    def id(self) -> str:
        """The name of the wrapping key."""

    def wrap(self, key: bytes, context: str) -> bytes:
        """The key, encrypted and bound to its context."""

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The key that `wrap` was given.

        Raises:
            ConfigError: it was wrapped by another key, for another context, or is damaged.
        """


class LocalKeyEncryption:
    """Wraps with a key in a file, made at the first wrapping."""

    def __init__(self, path: Path, random: Callable[[int], bytes] = os.urandom) -> None:
        """Use this file."""
        self._path = path
        self._random = random

    @property
    def id(self) -> str:
        """The fingerprint of the wrapping key."""
        return f"local/{fingerprint(self._key())}"

    def wrap(self, key: bytes, context: str) -> bytes:
        """The key, encrypted and bound to its context."""
        # Looked at in this order: another process may make both files in between.
        is_in_use = any(self._path.parent.glob("*.key"))
        if not self._path.exists():
            if is_in_use:
                raise ConfigError(
                    f"{self._path} is gone, and wrapped keys are there: restore it from a copy"
                )
            write_once(self._path, self._random(SIZE))
        nonce = self._random(NONCE)
        return nonce + AESGCM(self._key()).encrypt(nonce, key, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The key that `wrap` was given."""
        try:
            return AESGCM(self._key()).decrypt(wrapped[:NONCE], wrapped[NONCE:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise ConfigError(
                f"the key of {context} was not wrapped by {self._path}, or is damaged: "
                f"restore {self._path.parent} from a copy"
            ) from error

    def _key(self) -> bytes:
        try:
            key = read_secret(self._path)
        except FileNotFoundError as error:
            raise ConfigError(f"{self._path} is gone: restore it from a copy") from error
        if len(key) != SIZE:
            raise ConfigError(
                f"{self._path} holds {len(key)} bytes instead of {SIZE}: restore it from a copy"
            )
        return key


@dataclass(frozen=True, slots=True)
class PeriodKey:
    """The key of a period; its id says the period and a fingerprint of the key."""

    id: str
    key: bytes = field(repr=False)


class PeriodKeys:
    """The periods' keys, wrapped, in a folder; a destroyed one leaves a note of when and why."""

    def __init__(
        self,
        folder: Path,
        encryption: KeyEncryption | None = None,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Use this folder; it is made with the first key."""
        self.folder = Path(folder)
        self._encryption = encryption or LocalKeyEncryption(self.folder / WRAPPING, random)
        self._random = random

    def current(self, period: str) -> PeriodKey:
        """The key to encrypt with in this period, made when there is none.

        Raises:
            ConfigError: it was destroyed, or cannot be unwrapped.
        """
        path = self._path(period)
        if self._note(period).exists():
            raise ConfigError(f"the key of {period} was destroyed: correct this machine's clock")
        if not path.exists():
            key = self._random(SIZE)
            wrapped = base64.b64encode(self._encryption.wrap(key, period)).decode()
            said = {"period": period, "key": _id(period, key), "wrapped": wrapped}
            write_once(path, canonical(said | {"by": self._encryption.id}) + b"\n")
        return self._read(period)

    def of(self, id_: str) -> bytes:
        """The key of this id, to decrypt with.

        Raises:
            ExpiredEvidenceError: it was destroyed.
            TamperedEvidenceError: no key of this id was ever in use in its period.
            ConfigError: its file is lost or damaged.
        """
        period = id_.partition("/")[0]
        if not PERIOD.fullmatch(period):
            raise TamperedEvidenceError(f"{id_!r} is the id of no key")
        note = self._note(period)
        if note.exists():
            said = json.loads(note.read_text(encoding="utf-8"))
            self._check_same(id_, said["key"])
            raise ExpiredEvidenceError(
                f"expired by destroyed key: the key of {period} was destroyed on {said['at']} "
                f"({said['because']}), what was encrypted under it cannot be read again"
            )
        found = self._read(period)
        self._check_same(id_, found.id)
        return found.key

    def periods(self) -> list[str]:
        """The periods that have a key."""
        names = (path.stem for path in self.folder.glob("*.key"))
        return sorted(name for name in names if PERIOD.fullmatch(name))

    def check(self) -> None:
        """Unwrap every key.

        Raises:
            ConfigError: one is damaged, or the wrapping key is lost.
        """
        for period in self.periods():
            self._read(period)

    def destroy(self, period: str, at: datetime, because: str) -> str:
        """Destroy the key of a past period, for good; the id of the key. Again changes nothing.

        Copies of the folder elsewhere (backups) must be destroyed by whoever made them.

        Raises:
            ConfigError: the period is not over, or never had a key.
        """
        if not PERIOD.fullmatch(period) or period >= period_of(at):
            raise ConfigError(f"{period} is no past month: only its key can be destroyed (YYYY-MM)")
        path, note = self._path(period), self._note(period)
        if not note.exists():
            key = self._said(period)["key"]
            said = {"period": period, "key": key, "at": at, "because": because}
            # The note comes first: a kill in between leaves a key that nobody uses any more.
            write_once(note, canonical(said) + b"\n")
        if path.exists():
            # In place: a writer that was killed may have left the file a second name.
            with path.open("r+b") as stream:
                stream.write(self._random(path.stat().st_size))
                stream.flush()
                os.fsync(stream.fileno())
            path.unlink()
            sync_folder(self.folder)
        return str(json.loads(note.read_text(encoding="utf-8"))["key"])

    def _read(self, period: str) -> PeriodKey:
        said = self._said(period)
        try:
            wrapped = base64.b64decode(said["wrapped"], validate=True)
        except ValueError as error:
            raise ConfigError(self._damaged(period)) from error
        key = self._encryption.unwrap(wrapped, period)
        if said["key"] != _id(period, key):
            raise ConfigError(self._damaged(period))
        return PeriodKey(said["key"], key)

    def _said(self, period: str) -> dict[str, str]:
        path = self._path(period)
        try:
            said = json.loads(read_secret(path))
            return {name: str(said[name]) for name in ("period", "key", "wrapped")}
        except FileNotFoundError as error:
            raise ConfigError(
                f"{path} is lost, and nobody destroyed it: restore it from a copy"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(self._damaged(period)) from error

    def _damaged(self, period: str) -> str:
        return f"{self._path(period)} is damaged, or of another period: restore it from a copy"

    def _check_same(self, wanted: str, known: str) -> None:
        if wanted != known:
            raise TamperedEvidenceError(f"no key {wanted} was ever in use: the key was {known}")

    def _path(self, period: str) -> Path:
        return self.folder / f"{period}.key"

    def _note(self, period: str) -> Path:
        return self.folder / f"{period}.destroyed"


def fingerprint(key: bytes) -> str:
    """The first digits of a key's digest: tells keys apart, says nothing of them."""
    return hashlib.sha256(b"zicha/key/1" + key).hexdigest()[:16]


def _id(period: str, key: bytes) -> str:
    return f"{period}/{fingerprint(key)}"
