"""An entry of the ledger: what was said or decided, by digests, without a person's name."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from zicha.custody.canonical import canonical
from zicha.model.errors import ConfigError, TamperedEvidenceError

VERSION = 1
LARGEST = 65_535
"""The entry bundles of tlog-tiles say the length of an entry in two bytes."""

SALT_SIZE = 16
CHUNK = 1 << 20
"""Small enough that the second digest finds the bytes still in the processor's cache."""

PERSON = re.compile(r"p-[0-9a-f]{16}")
"""An id that stands for a person in a table from which it can be erased."""

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?(Z|\+00:00)")
FIELDS = {"v", "kind", "at", "salt", "about", "commits", "by"}
HEX = re.compile(r"[0-9a-f]{64}")

ROW = "row"
"""The name under which an entry commits to a row of the database, salted."""


class Kind(StrEnum):
    """What an entry speaks of."""

    EVIDENCE = "evidence"
    GAP = "gap"
    OUTCOMES = "outcomes"
    FINDING = "finding"
    ATTESTATION = "attestation"
    WAIVER = "waiver"
    REPORT = "report"
    APPROVAL = "approval"
    DELETION = "deletion"
    ERASURE = "erasure"
    HOLD = "hold"
    KEY = "key"
    HEARTBEAT = "heartbeat"
    IMPORTED = "imported"
    INCIDENT = "incident"
    DECISION = "decision"
    FILING = "filing"
    INSPECTION = "inspection"
    ORDER = "order"
    PRESS = "press"


@dataclass(frozen=True, slots=True)
class Commitment:
    """The digests of some bytes; `sm3` is empty where the machine cannot compute it."""

    name: str
    sha256: str
    sm3: str
    size: int

    @property
    def digest(self) -> str:
        """The name that the bytes bear in the object store."""
        return f"sha256:{self.sha256}"

    def holds(self, data: bytes) -> bool:
        """Whether these are the bytes, by every digest that can be computed here."""
        found = commitment(data, self.name)
        known = found.sm3 and self.sm3
        return found.sha256 == self.sha256 and (not known or found.sm3 == self.sm3)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry.

    Args:
        kind: what it speaks of.
        at: the moment it was appended.
        salt: random hex, so that nobody can guess what an erased entry or row said.
        about: ids and counts, never personal data.
        commits: the digests of the bytes and rows it commits to.
        by: the erasable id of the person, where there is one.
    """

    kind: Kind
    at: datetime
    salt: str
    about: Mapping[str, Any] = field(default_factory=dict)
    commits: tuple[Commitment, ...] = ()
    by: str = ""

    def to_bytes(self) -> bytes:
        """The canonical bytes, which the tree commits to.

        Raises:
            ConfigError: it is too long, or names a person otherwise than by an id.
        """
        if self.by and not PERSON.fullmatch(self.by):
            raise ConfigError("an entry names people by erasable ids only: register the person")
        said = {
            "v": VERSION,
            "kind": self.kind.value,
            "at": self.at.astimezone(UTC),
            "salt": self.salt,
            "about": self.about,
            "commits": [
                {"name": c.name, "sha256": c.sha256, "sm3": c.sm3, "size": c.size}
                for c in self.commits
            ],
            "by": self.by,
        }
        data = canonical(said)
        if len(data) > LARGEST:
            raise ConfigError(
                f"an entry of {len(data)} bytes exceeds {LARGEST}: commit to an object instead"
            )
        return data

    def commitment(self, name: str) -> Commitment | None:
        """What it commits to under this name."""
        return next((each for each in self.commits if each.name == name), None)


def entry_of(data: bytes) -> Entry:
    """The entry whose `to_bytes` gave these bytes.

    Raises:
        TamperedEvidenceError: they are none of ours, or not in canonical form.
    """
    try:
        said = json.loads(data)
        entry = Entry(
            Kind(said["kind"]),
            datetime.fromisoformat(said["at"]),
            said["salt"],
            said["about"],
            tuple(_commitment_of(c) for c in said["commits"]),
            said["by"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TamperedEvidenceError(f"this is no entry of ours ({error})") from error
    if said.keys() != FIELDS or said["v"] != VERSION or not _is_canonical(said, data):
        raise TamperedEvidenceError("this is no entry of ours: its form is not canonical")
    return entry


def _is_canonical(said: Mapping[str, Any], data: bytes) -> bool:
    # The fast form is the canonical one for the texts and whole numbers that entries hold.
    fast = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # A moment has many spellings that read alike; ours is the only one that was ever sealed.
    if not MOMENT.fullmatch(said["at"]):
        return False
    return fast.encode("utf-8", "surrogatepass") == data or canonical(said) == data


def _commitment_of(said: Mapping[str, Any]) -> Commitment:
    found = Commitment(said["name"], said["sha256"], said["sm3"], said["size"])
    if not HEX.fullmatch(found.sha256) or (found.sm3 and not HEX.fullmatch(found.sm3)):
        raise ValueError(f"{found.name} has no digest")
    return found


def commitment(data: bytes, name: str = "") -> Commitment:
    """Both digests of these bytes, computed in one pass over them."""
    view, other = memoryview(data), _sm3()
    one = hashlib.sha256()
    for start in range(0, len(view), CHUNK):
        part = view[start : start + CHUNK]
        one.update(part)
        if other is not None:
            other.update(part)
    return Commitment(name, one.hexdigest(), other.hexdigest() if other else "", len(data))


def row_commitment(row: Mapping[str, Any], salt: str) -> Commitment:
    """Both digests of a row, salted: what it says cannot be guessed from them."""
    return commitment(canonical([salt, row]), ROW)


def has_sm3() -> bool:
    """Whether this machine's OpenSSL offers SM3; a build may leave it out."""
    return _sm3() is not None


def sm3(data: bytes) -> str:
    """The SM3 digest (GB/T 32905), or nothing where the machine cannot compute it."""
    return commitment(data).sm3


def _sm3() -> hashlib._Hash | None:
    try:
        return hashlib.new("sm3")
    except ValueError:
        return None
