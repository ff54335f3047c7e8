"""`zicha verify`: what was sealed, the ledger, and our own rows, each held against the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from zicha.custody.checkpoint import SHORT
from zicha.custody.entry import ROW, Commitment, Entry, Kind
from zicha.custody.merkle import is_included, leaf_hash
from zicha.model.errors import ConfigError, EvidenceError, ExpiredEvidenceError
from zicha.pipeline.anchoring import anchor_faults, standing
from zicha.pipeline.fault import Fault, moment
from zicha.pipeline.ledger_verification import Ledger, ledger_faults, read_ledger
from zicha.pipeline.row_verification import row_faults
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, reports, runs

OUTSIDE = "file"
"""The name of bytes that an entry commits to and that stay with the person who sent them."""

SHORT_FORM = re.compile(rf"(\d+):([0-9a-f]{{{SHORT},64}})")


def verify(place: Workplace, item: str = "", root: str = "") -> dict[str, Any]:
    """Hold everything, or one object, against its digest, the ledger and the checkpoints.

    Args:
        place: the workplace.
        item: the digest of one object; everything else.
        root: a checkpoint in short (`size:digits`) that somebody outside kept, for comparison.
    """
    wanted_root = _checked_root(root)
    known = read_ledger(place)
    if item:
        faults = list(_item_faults(place, known, item))
        return _found(faults, 1, known)
    with place.database.read() as connection:
        objects = _objects(connection, known)
        faults = [
            *(fault for one, since in objects.values() for fault in _object(place, one, since)),
            *row_faults(connection, known),
        ]
    faults += [*ledger_faults(place, known), *anchor_faults(place)]
    known.anchors = standing(place)
    if wanted_root:
        faults += _root_faults(known, *wanted_root)
    return _found(faults, len(objects), known)


def _found(faults: list[Fault], items: int, known: Ledger) -> dict[str, Any]:
    return {
        "ok": not faults,
        "items": items,
        "faults": [fault.shown() for fault in faults],
        "ledger": {
            "entries": known.tree.size,
            "waiting": known.waiting,
            "checkpoints": len(known.signed),
            "second_place": len(known.outside),
            "anchors": dict(known.anchors),
        },
    }


def _objects(connection: Connection, known: Ledger) -> dict[str, tuple[Commitment, str]]:
    """Every object that the index or the ledger names, and since when; the ledger knows more."""
    found: dict[str, tuple[Commitment, str]] = {}
    for run in runs.every(connection):
        for digest in _of_run(connection, run.id):
            found[digest] = (Commitment("", digest.removeprefix("sha256:"), "", 0), run.day)
    deleted = {one.sha256 for e in known.entries() if e.kind is Kind.DELETION for one in e.commits}
    for entry in known.entries():
        for one in entry.commits:
            if one.name not in {ROW, OUTSIDE} and entry.kind is not Kind.DELETION:
                found[one.digest] = (one, moment(entry.at))
    return {digest: held for digest, held in found.items() if held[0].sha256 not in deleted}


def _of_run(connection: Connection, run: str) -> Iterator[str]:
    for entry in evidence.of_run(connection, run):
        yield entry.pack_digest
        yield entry.rows_digest
    for kind in ("manifest", "outcomes"):
        for sealed in runs.kept(connection, run, kind).values():
            yield sealed.digest
    for made in reports.listed(connection, run):
        yield made.digest


def _object(place: Workplace, one: Commitment, since: str) -> Iterator[Fault]:
    try:
        data = place.store.get(one.digest)
    except ExpiredEvidenceError as error:
        yield Fault("expired", one.digest, since, str(error))
        return
    except EvidenceError as error:
        kind = "missing" if not place.store.has(one.digest) else "altered"
        yield Fault(kind, one.digest, since, str(error))
        return
    if not one.holds(data):
        detail = "its SM3 digest is not the one in the ledger: the entry or the bytes were forged"
        yield Fault("altered", one.digest, since, detail)


def _item_faults(place: Workplace, known: Ledger, item: str) -> Iterator[Fault]:
    found = next(_committing(known, item), None)
    one = found[2] if found else Commitment("", item.removeprefix("sha256:"), "", 0)
    yield from _object(place, one, moment(found[1].at) if found else "")
    if found is None:
        yield Fault("unledgered", item, "", "no entry of the ledger commits to it")
        return
    seq, entry, _ = found
    covering = [signed for signed in known.signed if signed.size > seq]
    if not covering:
        return
    last = covering[-1]
    proved = last.size <= known.tree.size and is_included(
        leaf_hash(known.bodies[seq]),
        seq,
        last.size,
        known.tree.inclusion(seq, last.size),
        bytes.fromhex(last.root),
    )
    if not proved:
        detail = f"its entry does not lead to the root of {last.size} that was signed"
        yield Fault("not-included", f"entry {seq}", moment(entry.at), detail)


def _committing(known: Ledger, item: str) -> Iterator[tuple[int, Entry, Commitment]]:
    for seq, body in sorted(known.bodies.items()):
        if item.removeprefix("sha256:").encode() not in body:
            continue
        entry = known.entry(seq)
        if entry is None:
            continue
        for one in entry.commits:
            if one.digest == item:
                yield seq, entry, one


def _checked_root(root: str) -> tuple[int, str] | None:
    if not root:
        return None
    found = SHORT_FORM.fullmatch(root)
    if not found:
        raise ConfigError(
            f"--root {root} is no checkpoint in short: give SIZE:DIGITS as the report prints it"
        )
    return int(found[1]), found[2]


def _root_faults(known: Ledger, size: int, digits: str) -> Iterator[Fault]:
    since = _signed_at(known, size)
    if size > known.tree.size:
        detail = f"the ledger has {known.tree.size} entries: it was cut, rolled back or replaced"
        yield Fault("ledger-truncated", f"entry {known.tree.size}", since, detail)
    elif not known.tree.root(size).hex().startswith(digits):
        detail = "the root that was printed is not the root of the ledger at this size"
        yield Fault("ledger-forked", f"checkpoint {size}", since, detail)


def _signed_at(known: Ledger, size: int) -> str:
    at: Mapping[int, str] = {one.size: moment(one.signed_at) for one in known.signed}
    return at.get(size, "")
