"""Checkpoints (C2SP tlog-checkpoint): the size and the root of the tree, signed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from zicha.custody.note import Signature, VerifierKey, note, opened
from zicha.custody.signing import Signer
from zicha.model.errors import ConfigError, TamperedEvidenceError

ROOT_SIZE = 32
SHORT = 16


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the ledger was at one size, as its note says it."""

    origin: str
    size: int
    root: bytes
    note: str

    @property
    def text(self) -> str:
        """What was signed."""
        return checkpoint_text(self.origin, self.size, self.root)

    @property
    def signatures(self) -> list[Signature]:
        """Who signed it."""
        return opened(self.note)[1]

    @property
    def short(self) -> str:
        """The size and the first hex digits of the root, as reports and messages print them."""
        return short_form(self.size, self.root)

    def signed_by(self, key: VerifierKey) -> bool:
        """Whether this key signed it."""
        return any(
            (signature.name, signature.key_id) == (key.name, key.id)
            and key.verifies(self.text.encode(), signature.signature)
            for signature in self.signatures
        )


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The three lines that are signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def short_form(size: int, root: bytes) -> str:
    """The size and the first hex digits of the root."""
    return f"{size}:{root.hex()[:SHORT]}"


def sign_checkpoint(origin: str, size: int, root: bytes, signers: Iterable[Signer]) -> Checkpoint:
    """The checkpoint with a signature of each signer, each verified before it is used."""
    text = checkpoint_text(origin, size, root)
    signatures = []
    for signer in signers:
        signature = signer.sign(text.encode())
        if not signer.key.verifies(text.encode(), signature):
            raise ConfigError(
                f"the signer of {signer.key.hex_id} gave a signature that its own public key does "
                "not verify: correct the signer or its public key"
            )
        signatures.append(Signature(signer.key.name, signer.key.id, signature))
    return Checkpoint(origin, size, root, note(text, signatures))


def checkpoint_of(said: str, origin: str = "") -> Checkpoint:
    """The checkpoint that a note holds.

    Raises:
        TamperedEvidenceError: the note is damaged.
        ConfigError: it is of another ledger.
    """
    try:
        text, _ = opened(said)
        found, size, root, *rest = text.splitlines()
        checkpoint = Checkpoint(found, int(size), base64.b64decode(root, validate=True), said)
    except (ConfigError, ValueError, binascii.Error) as error:
        raise TamperedEvidenceError(f"this is no checkpoint of ours ({error})") from error
    if rest or checkpoint.text != text or len(checkpoint.root) != ROOT_SIZE:
        raise TamperedEvidenceError("this is no checkpoint of ours: its form is not the expected")
    if origin and found != origin:
        raise ConfigError(
            f"this checkpoint is of {found}, and the ledger is {origin}: name the right folder"
        )
    return checkpoint
