"""A register of attestations: one YAML file with the documents that it names beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zicha.model.errors import ConfigError
from zicha.model.evidence import Answer, Gap, Reply
from zicha.model.verdict import Reason

_FIELDS = (
    "id",
    "kind",
    "system",
    "items",
    "objects",
    "answer",
    "statement",
    "author",
    "second_signer",
    "dated",
    "valid_until",
    "document",
    "digest",
)
_PIECE = 1 << 20


@dataclass(frozen=True)
class Register:
    """One register, opened.

    Args:
        id: the source's id.
        file: the YAML file; documents are named relative to its folder.
        read: the safe YAML reader.
        zone: the zone in which a date ends.
        two_signers: the kinds of attestation that count only with a second signer.
        documents: the kinds that count only with a document.
    """

    id: str
    file: Path
    read: Callable[[Path], Mapping[str, Any]]
    zone: str = "Asia/Shanghai"
    two_signers: Collection[str] = ()
    documents: Collection[str] = ()

    def list_attestations(self) -> Reply:
        """The whole register; an entry keeps the fields we know and no others."""
        call = "list_attestations"
        try:
            found = self.read(self.file)
        except ConfigError as error:
            reason = Reason.MALFORMED if self.file.is_file() else Reason.UNREACHABLE
            return Gap((self.id,), call, "", reason, str(error))
        entries = found.get("attestations")
        if not isinstance(entries, list) or not all(isinstance(e, Mapping) for e in entries):
            remedy = f"{self.file.name}: attestations is no list of attestations: correct it"
            return Gap((self.id,), call, "", Reason.MALFORMED, remedy)
        body = {
            "attestations": [{k: e[k] for k in _FIELDS if k in e} for e in entries],
            "documents": sorted(self.documents),
            "two_signers": sorted(self.two_signers),
            "zone": self.zone,
        }
        return Answer((self.id,), call, "", body)

    def hash_document(self, about: str, document: str) -> Reply:
        """The document's digest; no body when it is not there, which is an answer too."""
        call = "hash_document"
        folder = self.file.parent.resolve()
        path = (folder / document).resolve()
        if not path.is_relative_to(folder):
            remedy = f"{about}: its document lies outside the register's folder: move it inside"
            return Gap((self.id,), call, about, Reason.MALFORMED, remedy)
        if not path.exists():
            return Answer((self.id,), call, about, None)
        if not path.is_file():
            remedy = f"{about}: its document is no ordinary file: put the file there"
            return Gap((self.id,), call, about, Reason.MALFORMED, remedy)
        try:
            digest, size = _hashed(path)
        except PermissionError:
            remedy = f"{about}: its document may not be read: grant read on {document}"
            return Gap((self.id,), call, about, Reason.REFUSED, remedy, f"read {document}")
        except OSError as error:
            remedy = f"{about}: its document could not be read ({error.strerror}): try again"
            return Gap((self.id,), call, about, Reason.UNREACHABLE, remedy)
        return Answer((self.id,), call, about, {"digest": digest, "size": size})


def _hashed(path: Path) -> tuple[str, int]:
    whole, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            whole.update(piece)
            size += len(piece)
    return f"sha256:{whole.hexdigest()}", size
