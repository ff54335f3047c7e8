"""The ledger's rows: records are written with what they speak of, then numbered, once, in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from zicha.custody.checkpoint import Checkpoint
from zicha.custody.entry import (
    ROW,
    SALT_SIZE,
    Commitment,
    Entry,
    Kind,
    row_commitment,
)
from zicha.custody.merkle import Tree, leaf_hash
from zicha.storage.schema_ledger import (
    checkpoints,
    ledger,
    ledger_people,
    ledger_records,
    runs_before_ledger,
)
from zicha.storage.writing import add

Random = Callable[[int], bytes]
AT_ONCE = 1_000
"""How many rows one statement writes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an entry is going to say.

    Args:
        key: what makes it one entry: the same key again adds nothing.
        kind: what it speaks of.
        about: ids and counts, never personal data.
        objects: the digests of the bytes it commits to.
        row: the row of our database it commits to, by a salted digest.
        by: the erasable id of the person, where there is one.
    """

    key: str
    kind: Kind
    about: Mapping[str, Any] = field(default_factory=dict)
    objects: tuple[Commitment, ...] = ()
    row: Mapping[str, Any] | None = None
    by: str = ""

    def entry(self, at: datetime, salt: str) -> Entry:
        """The entry, under this salt."""
        rows = () if self.row is None else (row_commitment(self.row, salt),)
        return Entry(self.kind, at, salt, self.about, (*self.objects, *rows), self.by)

    def agrees(self, entry: Entry) -> bool:
        """Whether an entry commits to the row and the objects that this draft names."""
        if self.row is not None and row_commitment(self.row, entry.salt) != entry.commitment(ROW):
            return False
        held = {each.name: each.sha256 for each in entry.commits}
        return all(held.get(each.name) == each.sha256 for each in self.objects)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger as the database holds it."""

    seq: int
    key: str
    body: bytes
    leaf: str


def append(
    connection: Connection, drafts: Iterable[Draft], at: datetime, random: Random = os.urandom
) -> None:
    """Write records, to be numbered later; call it in the transaction of what they speak of."""
    rows = [
        {
            "key": draft.key,
            "body": draft.entry(at, random(SALT_SIZE).hex()).to_bytes().decode(),
        }
        for draft in drafts
    ]
    for start in range(0, len(rows), AT_ONCE):
        add(connection, ledger_records, rows[start : start + AT_ONCE], "key")


def sequence(connection: Connection) -> int:
    """Number what was not numbered yet, without a gap; the size of the ledger then.

    Call it in a writing transaction: whoever holds it is the only sequencer.
    """
    size = size_of(connection)
    waiting = (
        select(ledger_records.c.id, ledger_records.c.body)
        .outerjoin(ledger, ledger.c.record == ledger_records.c.id)
        .where(ledger.c.record.is_(None))
        .order_by(ledger_records.c.id)
    )
    rows = [
        {"seq": size + n, "record": row.id, "leaf": leaf_hash(row.body.encode()).hex()}
        for n, row in enumerate(connection.execute(waiting))
    ]
    for start in range(0, len(rows), AT_ONCE):
        connection.execute(ledger.insert(), rows[start : start + AT_ONCE])
    return size + len(rows)


def size_of(connection: Connection) -> int:
    """How many entries are numbered."""
    last = connection.execute(select(func.max(ledger.c.seq))).scalar()
    return 0 if last is None else int(last) + 1


def waiting(connection: Connection) -> int:
    """How many records wait for their number."""
    said = (
        select(func.count())
        .select_from(ledger_records.outerjoin(ledger, ledger.c.record == ledger_records.c.id))
        .where(ledger.c.record.is_(None))
    )
    return int(connection.execute(said).scalar_one())


def leaves(connection: Connection) -> list[bytes]:
    """The leaf hashes in order."""
    said = select(ledger.c.leaf).order_by(ledger.c.seq)
    return [bytes.fromhex(leaf) for (leaf,) in connection.execute(said)]


def tree_of(connection: Connection, size: int) -> Tree:
    """The tree over the first entries."""
    return Tree(leaves(connection)[:size])


def lines(connection: Connection, start: int = 0) -> Iterator[Line]:
    """The lines from this number on, in order."""
    said = (
        select(ledger.c.seq, ledger_records.c.key, ledger_records.c.body, ledger.c.leaf)
        .join(ledger_records, ledger.c.record == ledger_records.c.id)
        .where(ledger.c.seq >= start)
        .order_by(ledger.c.seq)
    )
    for row in connection.execute(said):
        yield Line(row.seq, row.key, row.body.encode(), row.leaf)


def lines_of(connection: Connection, keys: Iterable[str]) -> list[Line]:
    """The numbered lines of these records, in order."""
    said = (
        select(ledger.c.seq, ledger_records.c.key, ledger_records.c.body, ledger.c.leaf)
        .join(ledger_records, ledger.c.record == ledger_records.c.id)
        .where(ledger_records.c.key.in_(sorted(keys)))
        .order_by(ledger.c.seq)
    )
    return [Line(r.seq, r.key, r.body.encode(), r.leaf) for r in connection.execute(said)]


def keys(connection: Connection) -> set[str]:
    """The keys of every record, numbered or not."""
    return set(connection.execute(select(ledger_records.c.key)).scalars())


def bodies(connection: Connection, prefix: str) -> list[tuple[str, bytes]]:
    """The keys and bodies of the records whose key begins so, in the order of writing."""
    said = (
        select(ledger_records.c.key, ledger_records.c.body)
        .where(ledger_records.c.key.startswith(prefix, autoescape=True))
        .order_by(ledger_records.c.id)
    )
    return [(key, body.encode()) for key, body in connection.execute(said)]


def keep_checkpoint(
    connection: Connection, checkpoint: Checkpoint, key_id: str, at: datetime
) -> None:
    """Remember a signed checkpoint; the same one again changes nothing."""
    row = {
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "key_id": key_id,
        "note": checkpoint.note,
        "signed_at": at,
    }
    add(connection, checkpoints, [row], "size", "root", "key_id")


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as the database remembers it."""

    id: int
    size: int
    root: str
    key_id: str
    note: str
    signed_at: datetime


def signed(connection: Connection) -> list[Signed]:
    """Every checkpoint, in the order of signing."""
    found = connection.execute(select(checkpoints).order_by(checkpoints.c.id))
    return [Signed(**row) for row in found.mappings()]


def last_signed(connection: Connection) -> Signed | None:
    """The newest checkpoint."""
    said = select(checkpoints).order_by(checkpoints.c.id.desc()).limit(1)
    found = connection.execute(said).mappings().one_or_none()
    return None if found is None else Signed(**found)


def person_id(connection: Connection, actor: str, random: Random = os.urandom) -> str:
    """The id under which entries name this actor; erasing its row erases the name."""
    add(
        connection,
        ledger_people,
        [{"id": f"p-{random(8).hex()}", "actor": actor}],
        "actor",
    )
    said = select(ledger_people.c.id).where(ledger_people.c.actor == actor)
    return str(connection.execute(said).scalar_one())


def names_of(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Who stands behind these ids; a person whose row was erased is not among them."""
    said = select(ledger_people).where(ledger_people.c.id.in_(sorted(set(ids))))
    return {row.id: row.actor for row in connection.execute(said)}


def people(connection: Connection) -> dict[str, str]:
    """Everybody whose name was not erased, by id."""
    return {row.id: row.actor for row in connection.execute(select(ledger_people))}


def erase_person(connection: Connection, actor: str) -> bool:
    """Forget who stands behind an id; entries and proofs stay as they are."""
    said = ledger_people.delete().where(ledger_people.c.actor == actor)
    return connection.execute(said).rowcount == 1


def runs_before(connection: Connection) -> list[str]:
    """The runs that were there before the ledger."""
    said = select(runs_before_ledger.c.run).order_by(runs_before_ledger.c.run)
    return list(connection.execute(said).scalars())
