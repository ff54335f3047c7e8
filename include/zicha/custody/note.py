"""Signed notes (C2SP signed-note): a text, and lines that say who signed it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from zicha.model.errors import ConfigError

ED25519 = 0x01
DASH = "— "
KEY_SIZE, ID_SIZE = 32, 4


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under the name that it signs with."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The first four bytes of the hash that the specification defines."""
        said = self.name.encode() + b"\x0a" + bytes([ED25519]) + self.public
        return hashlib.sha256(said).digest()[:ID_SIZE]

    @property
    def hex_id(self) -> str:
        """The id as people and file names write it."""
        return self.id.hex()

    def __str__(self) -> str:
        key = base64.b64encode(bytes([ED25519]) + self.public).decode()
        return f"{self.name}+{self.hex_id}+{key}"

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key signed the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """As it stands in the note."""
        return f"{DASH}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


def verifier_key(text: str) -> VerifierKey:
    """The key that a `name+id+key` text holds.

    Raises:
        ConfigError: it is none, or its id is another key's.
    """
    try:
        name, given, encoded = text.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise ConfigError(f"this is no verifier key: expected name+id+key ({error})") from error
    found = VerifierKey(name, key[1:])
    if len(key) != KEY_SIZE + 1 or key[0] != ED25519 or found.hex_id != given:
        raise ConfigError(f"the verifier key of {name} is damaged: restore it from a copy")
    return found


def note(text: str, signatures: Iterable[Signature]) -> str:
    """The text and its signature lines."""
    return text + "\n" + "".join(signature.line() for signature in signatures)


def opened(said: str) -> tuple[str, list[Signature]]:
    """The text and the signatures of a note.

    Raises:
        ConfigError: it is none.
    """
    text, blank, tail = said.rpartition("\n\n")
    lines = tail.splitlines(keepends=True)
    if not blank or not lines or not all(line.endswith("\n") for line in lines):
        raise ConfigError("this is no signed note: a blank line must stand before its signatures")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> Signature:
    dash, name, encoded = line[: len(DASH)], *line[len(DASH) :].rstrip("\n").partition(" ")[::2]
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise ConfigError(f"this is no signature line: {line.strip()!r}") from error
    if dash != DASH or not name or len(blob) <= ID_SIZE:
        raise ConfigError(f"this is no signature line: {line.strip()!r}")
    return Signature(name, blob[:ID_SIZE], blob[ID_SIZE:])
