"""C2SP tlog-proof: one text that proves, offline, that an entry is in the ledger."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from zicha.custody.checkpoint import Checkpoint, checkpoint_of
from zicha.custody.merkle import Tree, is_included, leaf_hash
from zicha.custody.note import VerifierKey
from zicha.model.errors import ConfigError, TamperedEvidenceError

HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands, how it leads to the root, and who signed the root."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint

    def __str__(self) -> str:
        hashes = "".join(f"{base64.b64encode(each).decode()}\n" for each in self.hashes)
        return f"{HEADER}\nindex {self.index}\n{hashes}\n{self.checkpoint.note}"

    def proves(self, entry: bytes, key: VerifierKey) -> bool:
        """Whether the key's owner had this entry in the ledger."""
        held = self.checkpoint
        return held.signed_by(key) and is_included(
            leaf_hash(entry), self.index, held.size, self.hashes, held.root
        )


def prove(tree: Tree, index: int, checkpoint: Checkpoint) -> Proof:
    """The proof of one entry under this checkpoint."""
    return Proof(index, tuple(tree.inclusion(index, checkpoint.size)), checkpoint)


def proof_of(said: str, origin: str = "") -> Proof:
    """The proof that a text holds.

    Raises:
        TamperedEvidenceError: it is damaged.
        ConfigError: it is of another ledger.
    """
    head, blank, signed = said.partition("\n\n")
    lines = head.splitlines()
    if not blank or lines[:1] != [HEADER]:
        raise TamperedEvidenceError(f"this is no proof: it does not begin with {HEADER}")
    rest = [line for n, line in enumerate(lines[1:]) if n or not line.startswith("extra ")]
    try:
        word, index = rest[0].split(" ")
        hashes = tuple(base64.b64decode(line, validate=True) for line in rest[1:])
        found = Proof(int(index), hashes, checkpoint_of(signed, origin))
    except ConfigError:
        raise
    except (IndexError, ValueError, binascii.Error) as error:
        raise TamperedEvidenceError(f"this proof is damaged ({error})") from error
    if word != "index":
        raise TamperedEvidenceError("this proof is damaged: it does not say its index")
    return found
