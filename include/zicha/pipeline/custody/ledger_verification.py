"""Holding the ledger against its checkpoints, its keys, its tiles and the second place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from zicha.custody.checkpoint import Checkpoint, checkpoint_of
from zicha.custody.entry import Entry, entry_of
from zicha.custody.merkle import Tree, is_consistent, leaf_hash
from zicha.custody.note import VerifierKey
from zicha.custody.second import SecondPlace
from zicha.custody.tiles import leaves_in
from zicha.model.errors import ConfigError, TamperedEvidenceError, ZichaError
from zicha.pipeline.custody.fault import Fault, moment
from zicha.pipeline.custody.sealing import (
    LEDGER,
    KeyInForce,
    keys_in_force,
    origin_of,
    second_of,
    was_copied,
)
from zicha.pipeline.workplace import Workplace
from zicha.storage import ledger
from zicha.storage.ledger import Signed


@dataclass(slots=True)
class Ledger:
    """All that was read of the ledger, once."""

    bodies: dict[int, bytes]
    leaves: dict[int, str]
    by_key: dict[str, int]
    pending_keys: set[str]
    signed: list[Signed]
    keys: list[KeyInForce]
    outside: dict[str, str | Checkpoint]
    tree: Tree
    anchors: Counter[str] = field(default_factory=Counter)
    _parsed: dict[int, Entry | TamperedEvidenceError] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """How many records have no number yet."""
        return len(self.pending_keys)

    def parsed(self, seq: int) -> Entry | TamperedEvidenceError:
        """The entry of this number, or why it is none; each is read once."""
        if seq not in self._parsed:
            try:
                self._parsed[seq] = entry_of(self.bodies[seq])
            except TamperedEvidenceError as error:
                self._parsed[seq] = error
        return self._parsed[seq]

    def entry(self, seq: int) -> Entry | None:
        """The entry of this number, if it is whole."""
        found = self.parsed(seq)
        return found if isinstance(found, Entry) else None

    def entries(self) -> Iterator[Entry]:
        """The entries that are whole, in order."""
        for seq in sorted(self.bodies):
            found = self.entry(seq)
            if found is not None:
                yield found

    def covered_since(self, seq: int) -> str:
        """When the first checkpoint over this entry was signed."""
        first = next((one.signed_at for one in self.signed if one.size > seq), None)
        return moment(first)


def read_ledger(place: Workplace) -> Ledger:
    """Read everything; the second place first, so that a sealing meanwhile is no fault.

    Raises:
        ConfigError: the second place holds another ledger's checkpoints.
    """
    second = second_of(place)
    outside, foreign = _outside(place, second)
    if foreign and len(foreign) == len(outside):
        raise ConfigError(f"{second.root}: {outside[foreign[0]]}")
    with place.database.read() as connection:
        lines = list(ledger.lines(connection))
        every = ledger.keys(connection)
        signed = ledger.signed(connection)
        try:
            keys = keys_in_force(connection)
        except ZichaError:
            keys = []
    by_key = {line.key: line.seq for line in lines}
    return Ledger(
        bodies={line.seq: line.body for line in lines},
        leaves={line.seq: line.leaf for line in lines},
        by_key=by_key,
        pending_keys=every - by_key.keys(),
        signed=signed,
        keys=keys,
        outside=outside,
        tree=Tree(leaf_hash(line.body) for line in lines),
    )


def _outside(
    place: Workplace, second: SecondPlace
) -> tuple[dict[str, str | Checkpoint], list[str]]:
    """The checkpoints of the second place, or what is wrong with them; those of another ledger."""
    found: dict[str, str | Checkpoint] = {}
    foreign = []
    for name in second.names():
        try:
            found[name] = second.read(name, origin_of(place))
        except ConfigError as error:
            found[name] = str(error)
            foreign.append(name)
        except TamperedEvidenceError as error:
            found[name] = str(error)
    return found, foreign


def ledger_faults(place: Workplace, known: Ledger) -> Iterator[Fault]:
    """Everything that is wrong with the ledger itself."""
    second = second_of(place)
    yield from _line_faults(known)
    yield from _tile_faults(place, known)
    pinned = _pinned(second)
    if isinstance(pinned, Fault):
        yield pinned
        return
    yield from _key_faults(known, pinned)
    yield from _checkpoint_faults(place, known, pinned)
    yield from _second_faults(known, was_copied(place))


def _line_faults(known: Ledger) -> Iterator[Fault]:
    expected = 0
    for seq in sorted(known.bodies):
        if seq > expected:
            yield _ranged("entry-deleted", expected, seq - 1, known, "no such row is left")
        expected = seq + 1
        body = known.bodies[seq]
        if leaf_hash(body).hex() != known.leaves[seq]:
            detail = "its bytes do not have the hash that was numbered"
            yield Fault("entry-altered", f"entry {seq}", known.covered_since(seq), detail)
            continue
        found = known.parsed(seq)
        if isinstance(found, TamperedEvidenceError):
            yield Fault("entry-altered", f"entry {seq}", known.covered_since(seq), str(found))


def _tile_faults(place: Workplace, known: Ledger) -> Iterator[Fault]:
    """Where the rows and the tiles disagree: the tiles were written when the root was signed."""
    tile = dict(leaves_in(place.data / LEDGER))
    row = {n: leaf_hash(known.bodies[n]) for n in known.bodies}
    differing = [n for n in sorted(tile) if n in row and tile[n] != row[n]]
    if not differing:
        return
    first, last = differing[0], differing[-1]
    shared = [n for n in range(first, last + 1) if n in tile and n in row]
    if {tile[n] for n in shared} == {row[n] for n in shared}:
        yield _ranged("entries-swapped", first, last, known, "they stand in another order")
    elif all(row.get(n + 1) == tile[n] for n in shared):
        yield _ranged("entry-inserted", first, first, known, "those after it moved up by one")
    elif all(row[n] == tile.get(n + 1) for n in shared):
        yield _ranged("entry-deleted", first, first, known, "those after it moved down by one")
    else:
        for n in differing:
            if leaf_hash(known.bodies[n]).hex() == known.leaves[n]:
                yield _ranged("entry-altered", n, n, known, "its tile holds another hash")


def _pinned(second: SecondPlace) -> dict[str, VerifierKey] | Fault:
    try:
        return second.keys()
    except ConfigError as error:
        return Fault("key-altered", str(second.root / "keys"), "", str(error))


def _key_faults(known: Ledger, pinned: Mapping[str, VerifierKey]) -> Iterator[Fault]:
    introduced = {each.key.hex_id: each for each in known.keys}
    if known.outside:
        for key_id in sorted(introduced.keys() - pinned.keys()):
            since = known.covered_since(introduced[key_id].since)
            detail = "the second place does not know this key: the ledger may have been replaced"
            yield Fault("key-unknown", f"key {key_id}", since, detail)
    for key_id in sorted(pinned.keys() - introduced.keys()):
        detail = "the ledger never introduced this key: it was cut, rolled back or replaced"
        yield Fault("key-missing", f"key {key_id}", "", detail)
    for older, newer in zip(known.keys, known.keys[1:], strict=False):
        entry = entry_of(known.bodies[newer.since])
        said = f"{older.key}\n{newer.key}\n".encode()
        proofs = (str(entry.about.get("by_old", "")), str(entry.about.get("by_new", "")))
        keys = (older.key, newer.key)
        if not all(
            key.verifies(said, bytes.fromhex(proof))
            for key, proof in zip(keys, proofs, strict=True)
        ):
            detail = "it was not introduced by the key before it"
            yield Fault("key-unproved", f"key {newer.key.hex_id}", moment(entry.at), detail)


def _checkpoint_faults(
    place: Workplace, known: Ledger, pinned: Mapping[str, VerifierKey]
) -> Iterator[Fault]:
    """Each checkpoint of the database and of the second place, and each after the one before."""
    held: list[tuple[str, Checkpoint, datetime | None]] = []
    for name, read in known.outside.items():
        if isinstance(read, str):
            yield Fault("checkpoint-altered", f"second place {name}", "", read)
        else:
            held.append((f"second place checkpoint {read.size}", read, None))
    for one in known.signed:
        try:
            found = checkpoint_of(one.note, origin_of(place))
        except ZichaError as error:
            where = f"checkpoint {one.size}"
            yield Fault("checkpoint-altered", where, moment(one.signed_at), str(error))
            continue
        if (found.size, found.root.hex()) != (one.size, one.root):
            detail = "its row and its note disagree"
            where = f"checkpoint {one.size}"
            yield Fault("checkpoint-altered", where, moment(one.signed_at), detail)
        held.append((f"checkpoint {found.size}", found, one.signed_at))
    cosigners = second_of(place).cosigners()
    for where, found, at in held:
        yield from _signature_faults(known, pinned, where, found, at)
        for line in found.signatures:
            key = cosigners.get(line.key_id.hex())
            if key and not key.verifies(found.text.encode(), line.signature):
                detail = f"the signature of {key.hex_id} beside ours does not verify"
                yield Fault("cosignature-bad", where, moment(at), detail)
    yield from _root_faults(known, held)


def _signature_faults(
    known: Ledger,
    pinned: Mapping[str, VerifierKey],
    where: str,
    found: Checkpoint,
    at: datetime | None,
) -> Iterator[Fault]:
    in_force = [each for each in known.keys if each.since < found.size]
    if in_force and found.signed_by(in_force[-1].key):
        return
    every = {**pinned, **{each.key.hex_id: each.key for each in known.keys}}
    by = next((key for key in every.values() if found.signed_by(key)), None)
    if by is None:
        detail = "no key that we know has signed it"
        yield Fault("signature-bad", where, moment(at), detail)
    elif in_force:
        detail = f"key {by.hex_id} signed it, and was not in force: {in_force[-1].key.hex_id} was"
        yield Fault("key-retired", where, moment(at), detail)


def _root_faults(
    known: Ledger, held: list[tuple[str, Checkpoint, datetime | None]]
) -> Iterator[Fault]:
    last_good = 0
    broken = False
    tree = known.tree
    for where, found, at in sorted(held, key=lambda one: one[1].size):
        if found.size > tree.size:
            detail = (
                f"{found.short} was signed, and {tree.size} entries are left: the ledger was cut, "
                "rolled back to an old copy, or replaced"
            )
            yield Fault("ledger-truncated", where, moment(at), detail)
            return
        proof = tree.consistency(last_good, found.size)
        holds = tree.root(found.size) == found.root and is_consistent(
            last_good, found.size, proof, tree.root(last_good), found.root
        )
        if holds:
            last_good = found.size if not broken else last_good
        elif not broken:
            broken = True
            detail = (
                f"the root that was signed is not that of the ledger, which still holds at "
                f"{last_good}: an entry between {last_good} and {found.size - 1} was changed, "
                "removed or inserted"
            )
            yield Fault("ledger-forked", where, moment(at), detail)


def _second_faults(known: Ledger, copied: bool) -> Iterator[Fault]:
    """What one place holds and the other does not."""
    inside = {(one.size, one.root): one for one in known.signed}
    outside = {
        (one.size, one.root.hex()) for one in known.outside.values() if isinstance(one, Checkpoint)
    }
    gone = sorted(outside - inside.keys())
    if outside and not outside & inside.keys():
        detail = "none of the checkpoints of the second place is here: the database was replaced"
        yield Fault("ledger-replaced", f"checkpoint {gone[0][0]}", "", detail)
    else:
        for size, _ in gone:
            detail = "the second place holds it, and the database does not: it was rolled back"
            yield Fault("ledger-rolled-back", f"checkpoint {size}", "", detail)
    largest = max((size for size, _ in outside), default=-1)
    for (size, _), one in inside.items():
        # A newer one may not have been copied yet: the process died, the next sealing copies it.
        if (size, one.root) not in outside and (size < largest or (not outside and copied)):
            detail = "the database holds it, and the second place does not: it was removed there"
            yield Fault("copy-missing", f"checkpoint {size}", moment(one.signed_at), detail)


def _ranged(kind: str, first: int, last: int, known: Ledger, detail: str) -> Fault:
    where = f"entry {first}" if first == last else f"entries {first} to {last}"
    return Fault(kind, where, known.covered_since(first), detail)
