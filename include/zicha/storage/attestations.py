"""What people declare: attestations, waivers, holds, deletions, with digest and author."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from zicha.custody.canonical import canonical_digest
from zicha.storage.schema import declarations, loaded_files
from zicha.storage.writing import add

ATTESTATION, WAIVER, HOLD, DELETION = "attestation", "waiver", "hold", "deletion"
ERASURE = "erasure"
WITHDRAWN, DECLARED_AGAIN = "withdrawn", "declared-again"


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file that was loaded: its digest, and the actor who loaded it."""

    kind: str
    name: str
    digest: str
    author: str
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declaration; its body is as its file holds it, or as it was said on the command line."""

    id: str
    body: Any
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def digest(self) -> str:
        """The digest of its body: another wording is another declaration."""
        return canonical_digest(self.body)


@dataclass(frozen=True, slots=True)
class Turn:
    """A declaration that its file no longer held, or held again: which, and at what moment."""

    kind: str
    declaration: Declaration
    act: str
    at: datetime


def load(
    connection: Connection, kind: str, file: LoadedFile, declared: Sequence[Declaration]
) -> list[Turn]:
    """Remember a file and what it declares; what the file no longer declares is withdrawn.

    The same file again changes nothing. Earlier wordings stay, withdrawn. What was withdrawn, or
    holds again, is returned: the caller enters it into the ledger.
    """
    note_file(connection, file)
    rows = [
        {
            "kind": kind,
            "id": one.id,
            "digest": one.digest,
            "body": one.body,
            "valid_from": one.valid_from,
            "valid_until": one.valid_until,
            "author": file.author,
            "file": file.name,
            "loaded_at": file.loaded_at,
        }
        for one in declared
    ]
    add(connection, declarations, rows, "kind", "id", "digest")
    digests = [one.digest for one in declared]
    mine = (declarations.c.kind == kind) & (declarations.c.file == file.name)
    standing_still = declarations.c.withdrawn_at.is_(None)
    named = declarations.c.digest.in_(digests)
    turns = []
    for act, which, at in (
        (WITHDRAWN, mine & standing_still & ~named, file.loaded_at),
        (DECLARED_AGAIN, mine & ~standing_still & named, None),
    ):
        found = connection.execute(select(declarations).where(which).order_by(*_KEY)).all()
        turns += [Turn(kind, _declaration(row), act, file.loaded_at) for row in found]
        connection.execute(update(declarations).where(which).values(withdrawn_at=at))
    return turns


def declare(connection: Connection, kind: str, one: Declaration, author: str, at: datetime) -> None:
    """Remember what somebody said without a file; the same again changes nothing."""
    row = {
        "kind": kind,
        "id": one.id,
        "digest": one.digest,
        "body": one.body,
        "author": author,
        "file": "",
        "loaded_at": at,
    }
    add(connection, declarations, [row], "kind", "id", "digest")


def standing(connection: Connection, kind: str, day: date | None = None) -> list[Declaration]:
    """What is declared and not withdrawn; with a day, only what is valid on it."""
    said = select(declarations).where(
        declarations.c.kind == kind, declarations.c.withdrawn_at.is_(None)
    )
    found = [_declaration(row) for row in connection.execute(said.order_by(*_KEY))]
    return [one for one in found if day is None or _is_valid(one, day)]


def every(connection: Connection, kind: str) -> list[Declaration]:
    """What was ever declared, the withdrawn included."""
    said = select(declarations).where(declarations.c.kind == kind)
    return [_declaration(row) for row in connection.execute(said.order_by(*_KEY))]


def withdrawn(connection: Connection, kind: str) -> list[tuple[Declaration, datetime]]:
    """What was declared and is withdrawn, and since when."""
    said = select(declarations).where(
        declarations.c.kind == kind, declarations.c.withdrawn_at.is_not(None)
    )
    found = connection.execute(said.order_by(*_KEY))
    return [(_declaration(row), row.withdrawn_at) for row in found]


def note_file(connection: Connection, file: LoadedFile) -> None:
    """Append a loaded file to the list; the same bytes under the same name are noted once."""
    add(connection, loaded_files, [asdict(file)], "kind", "name", "digest")


def files(connection: Connection, kind: str = "") -> list[LoadedFile]:
    """The files that were loaded, in order."""
    said = select(*(c for c in loaded_files.c if c.name != "id")).order_by(loaded_files.c.id)
    found = connection.execute(said.where(loaded_files.c.kind == kind) if kind else said)
    return [LoadedFile(**row) for row in found.mappings()]


_KEY = (declarations.c.id, declarations.c.digest)


def _declaration(row: Row[Any]) -> Declaration:
    return Declaration(row.id, row.body, row.valid_from, row.valid_until)


def _is_valid(one: Declaration, day: date) -> bool:
    starts = one.valid_from is None or one.valid_from <= day
    return starts and (one.valid_until is None or day <= one.valid_until)
