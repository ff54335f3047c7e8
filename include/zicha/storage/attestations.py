"""What people declare in files: attestations and waivers, each with its file, digest and author."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from zicha.custody.canonical import canonical_digest
from zicha.storage.schema import declarations, loaded_files
from zicha.storage.writing import add

ATTESTATION, WAIVER = "attestation", "waiver"


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
    """One attestation or waiver; its body is as its file holds it."""

    id: str
    body: Any
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def digest(self) -> str:
        """The digest of its body: another wording is another declaration."""
        return canonical_digest(self.body)


def load(
    connection: Connection, kind: str, file: LoadedFile, declared: Sequence[Declaration]
) -> None:
    """Remember a file and what it declares; what the file no longer declares is withdrawn.

    The same file again changes nothing. Earlier wordings stay, withdrawn.
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
    connection.execute(
        update(declarations)
        .where(mine, declarations.c.withdrawn_at.is_(None), declarations.c.digest.not_in(digests))
        .values(withdrawn_at=file.loaded_at)
    )
    connection.execute(
        update(declarations)
        .where(mine, declarations.c.withdrawn_at.is_not(None), declarations.c.digest.in_(digests))
        .values(withdrawn_at=None)
    )


def standing(connection: Connection, kind: str, day: date | None = None) -> list[Declaration]:
    """What is declared and not withdrawn; with a day, only what is valid on it."""
    said = select(declarations).where(
        declarations.c.kind == kind, declarations.c.withdrawn_at.is_(None)
    )
    found = [
        Declaration(row.id, row.body, row.valid_from, row.valid_until)
        for row in connection.execute(said.order_by(declarations.c.id, declarations.c.digest))
    ]
    return [one for one in found if day is None or _is_valid(one, day)]


def every(connection: Connection, kind: str) -> list[Declaration]:
    """What was ever declared, the withdrawn included."""
    said = select(declarations).where(declarations.c.kind == kind)
    return [
        Declaration(row.id, row.body, row.valid_from, row.valid_until)
        for row in connection.execute(said.order_by(declarations.c.id, declarations.c.digest))
    ]


def note_file(connection: Connection, file: LoadedFile) -> None:
    """Append a loaded file to the list; the same bytes under the same name are noted once."""
    add(connection, loaded_files, [asdict(file)], "kind", "name", "digest")


def files(connection: Connection, kind: str = "") -> list[LoadedFile]:
    """The files that were loaded, in order."""
    said = select(*(c for c in loaded_files.c if c.name != "id")).order_by(loaded_files.c.id)
    found = connection.execute(said.where(loaded_files.c.kind == kind) if kind else said)
    return [LoadedFile(**row) for row in found.mappings()]


def _is_valid(one: Declaration, day: date) -> bool:
    starts = one.valid_from is None or one.valid_from <= day
    return starts and (one.valid_until is None or day <= one.valid_until)
