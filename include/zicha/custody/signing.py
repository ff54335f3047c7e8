"""Who signs the checkpoints: a key in a file, or a command that holds the key elsewhere."""

from __future__ import annotations

import base64
import binascii
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from zicha.custody.key_files import read_secret, write_once
from zicha.custody.note import VerifierKey, verifier_key
from zicha.model.errors import ConfigError

NAME = "signing.key"
PATIENCE = 20
"""Seconds that an external signer may take: fewer than another writer waits for the database."""


class Signer(Protocol):
    """Signs under one key."""

    @property
    def key(self) -> VerifierKey:
        """The public half, under the name of the ledger."""

    def sign(self, message: bytes) -> bytes:
        """The raw Ed25519 signature of the message; for SM2 the signature in DER."""


@dataclass(frozen=True, slots=True)
class FileSigner:
    """Signs with a key that lies in a file of the data folder."""

    key: VerifierKey
    _private: Ed25519PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The signature."""
        return self._private.sign(message)


@dataclass(frozen=True, slots=True)
class CommandSigner:
    """Asks a command: it reads the message and writes the signature in base64.

    So the key may live in a token (PKCS#11), with a key service, or on another machine; and it
    may be one of SM2, in a product that is certified for it.
    """

    key: VerifierKey
    command: str

    def sign(self, message: bytes) -> bytes:
        """The signature that the command gives."""
        words = shlex.split(self.command)
        try:
            ran = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
                words, input=message, capture_output=True, check=True, timeout=PATIENCE
            )
            return base64.b64decode(ran.stdout.strip(), validate=True)
        except (OSError, IndexError, subprocess.SubprocessError, binascii.Error) as error:
            raise ConfigError(
                f"the signer {words[:1]} gave no signature ({type(error).__name__}): "
                "correct ZICHA_SIGNER_COMMAND, nothing was signed"
            ) from error


def file_signer(folder: Path, origin: str, name: str = NAME) -> FileSigner:
    """The signer whose key lies in this folder; the key is made at the first start.

    Raises:
        ConfigError: the file is damaged, or others may read it.
    """
    path = folder / name
    if not path.exists():
        write_key(path, Ed25519PrivateKey.generate())
    said = read_secret(path)
    try:
        private = load_pem_private_key(said, None)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{path} is damaged: restore it from a copy") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigError(f"{path} holds no Ed25519 key: restore it from a copy")
    return FileSigner(VerifierKey(origin, public_of(private)), private)


def command_signer(command: str, key: str, origin: str) -> CommandSigner:
    """The signer that asks this command; `key` is its verifier key, `name+id+key`."""
    found = verifier_key(key)
    if found.name != origin:
        raise ConfigError(
            f"the signer's key is named {found.name}, and the ledger is {origin}: "
            "write the verifier key under the name of the ledger"
        )
    return CommandSigner(found, command)


def public_of(private: Ed25519PrivateKey) -> bytes:
    """The raw public half."""
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def write_key(path: Path, private: Ed25519PrivateKey) -> None:
    """Write the key for its owner alone; the first of several processes wins."""
    write_once(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
