"""Signed notes (C2SP signed-note): a text, and lines that say who signed it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from zicha.custody.sm2 import sm2_verifies
from zicha.model.errors import ConfigError

ED25519 = 0x01
OTHER = 0xFF
"""The type of signatures that the specification assigns none to; a longer name follows it."""

ED25519_DER = bytes.fromhex("302a300506032b6570032100")
SM2_CURVE = bytes.fromhex("06082a811ccf5501822d")
"""How X.509 names the curve sm2p256v1."""

SM2_NAME = b"zicha/sm2\n"
DASH = "— "
KEY_SIZE, ID_SIZE = 32, 4


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under the name that it signs with.

    Args:
        name: the name of the ledger.
        public: the raw Ed25519 key; for SM2 the key as X.509 has it (DER).
        is_sm2: whether it is a key of the Chinese standard GB/T 32918, which cosigns.
    """

    name: str
    public: bytes
    is_sm2: bool = False

    @property
    def id(self) -> bytes:
        """The first four bytes of the hash that the specification defines."""
        said = self.name.encode() + b"\x0a" + self._encoded
        return hashlib.sha256(said).digest()[:ID_SIZE]

    @property
    def hex_id(self) -> str:
        """The id as people and file names write it."""
        return self.id.hex()

    def __str__(self) -> str:
        key = base64.b64encode(self._encoded).decode()
        return f"{self.name}+{self.hex_id}+{key}"

    @property
    def _encoded(self) -> bytes:
        kind = bytes([OTHER]) + SM2_NAME if self.is_sm2 else bytes([ED25519])
        return kind + self.public

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key signed the message."""
        if self.is_sm2:
            return sm2_verifies(self.public, message, signature)
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
    is_sm2 = key.startswith(bytes([OTHER]) + SM2_NAME)
    found = VerifierKey(name, key[1 + len(SM2_NAME) :] if is_sm2 else key[1:], is_sm2)
    known = is_sm2 or (len(key) == KEY_SIZE + 1 and key[0] == ED25519)
    if not known or found.hex_id != given:
        raise ConfigError(f"the verifier key of {name} is damaged: restore it from a copy")
    return found


def key_in(path: Path, name: str) -> VerifierKey:
    """The verifier key of the public key in this PEM file, under the name of the ledger."""
    try:
        first, *lines = path.read_text(encoding="ascii").strip().splitlines()
        der = base64.b64decode("".join(lines[:-1]), validate=True)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} holds no public key in PEM: {type(error).__name__}") from error
    if first != "-----BEGIN PUBLIC KEY-----":
        raise ConfigError(f"{path} holds no public key: a private one stays where it is")
    if der.startswith(ED25519_DER) and len(der) == len(ED25519_DER) + KEY_SIZE:
        return VerifierKey(name, der[len(ED25519_DER) :])
    if SM2_CURVE in der[:32]:
        return VerifierKey(name, der, is_sm2=True)
    raise ConfigError(f"{path} holds no public key of Ed25519 or SM2: give the public half")


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
