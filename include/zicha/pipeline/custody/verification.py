"""`zicha verify`: what was sealed, the ledger, and our own rows, each held against the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from zicha.custody.checkpoint import SHORT
from zicha.custody.entry import Commitment, Entry, Kind
from zicha.custody.merkle import is_included, leaf_hash
from zicha.model.errors import ConfigError, EvidenceError, ExpiredEvidenceError
from zicha.pipeline.custody.anchoring import anchor_faults, standing
from zicha.pipeline.custody.fault import Fault, moment
from zicha.pipeline.custody.heartbeat import days_of
from zicha.pipeline.custody.ledger_verification import Ledger, ledger_faults, read_ledger
from zicha.pipeline.custody.retaining import classes_of
from zicha.pipeline.custody.row_verification import row_faults
from zicha.pipeline.custody.run_verification import run_faults
from zicha.pipeline.custody.tombstones import Lives, lives_of
from zicha.pipeline.custody.verdict_verification import verdict_faults
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, reports, runs

PORTION = 256
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
    lives = _lives(place, known)
    if item:
        faults = list(_item_faults(place, known, lives, item))
        return _found(faults, 1, known, lives, item)
    with place.database.read() as connection:
        objects = _objects(connection, lives)
        faults = [
            *row_faults(connection, known),
            *run_faults(place, connection, known),
            *verdict_faults(place, connection, known),
            *lives.unlawful,
        ]
    faults = [*_object_faults(place, objects.values()), *faults]
    faults += [*ledger_faults(place, known), *anchor_faults(place)]
    known.anchors = standing(place)
    if wanted_root:
        faults += _root_faults(known, *wanted_root)
    days = days_of(known.entries(), place.today(), place.zone)
    return _found(faults, len(objects), known, lives) | {
        "erased": _erased(known),
        "days": days.shown(),
    }


def _found(
    faults: list[Fault], items: int, known: Ledger, lives: Lives, item: str = ""
) -> dict[str, Any]:
    deleted = [one for digest, one in lives.tombstones.items() if item in {"", digest}]
    return {
        "ok": not faults,
        "items": items,
        "faults": [fault.shown() for fault in faults],
        "expired": [one.shown() for one in deleted],
        "ledger": {
            "entries": known.tree.size,
            "waiting": known.waiting,
            "checkpoints": len(known.signed),
            "second_place": len(known.outside),
            "anchors": dict(known.anchors),
        },
    }


def _erased(known: Ledger) -> list[dict[str, Any]]:
    """Whose names were erased, by id, when, and in how many rows."""
    found = ((entry, entry.about) for entry in known.entries() if entry.kind is Kind.ERASURE)
    return [
        {"person": about["person"], "rows": about["rows"], "at": moment(entry.at)}
        for entry, about in found
        if "act" in about
    ]


def _lives(place: Workplace, known: Ledger) -> Lives:
    """What the numbered entries say of every object; an entry that waits is no tombstone yet."""
    numbered = ((seq, known.entry(seq)) for seq in sorted(known.bodies))
    entries = ((f"entry {seq}", entry) for seq, entry in numbered if entry is not None)
    return lives_of(entries, classes_of(place), place.zone)


def _objects(connection: Connection, lives: Lives) -> dict[str, tuple[Commitment, str]]:
    """Every object that the index or the ledger names, and since when; the ledger knows more.

    What was lawfully deleted is none of them, unless the index says that it was sealed again.
    """
    found: dict[str, tuple[Commitment, str]] = {}
    for run in runs.every(connection):
        for digest in _of_run(connection, run.id):
            deleted = lives.tombstones.get(digest)
            if deleted is None or deleted.at < run.started_at:
                found[digest] = (Commitment("", digest.removeprefix("sha256:"), "", 0), run.day)
    for digest, one in lives.commitments.items():
        since = min(item.sealed_at for item in lives.items[digest])
        found[digest] = (one, moment(since))
    return found


def _of_run(connection: Connection, run: str) -> Iterator[str]:
    for entry in evidence.of_run(connection, run):
        yield entry.pack_digest
        yield entry.rows_digest
    for kind in ("manifest", "outcomes", "conformity"):
        for sealed in runs.kept(connection, run, kind).values():
            yield sealed.digest
    for made in reports.listed(connection, run):
        yield made.digest


def _object_faults(place: Workplace, objects: Iterable[tuple[Commitment, str]]) -> Iterator[Fault]:
    """What is wrong with the objects, in their order; a bucket is asked for several at once."""
    at_once = place.store.reads_at_once
    listed = iter(objects)
    # The first one alone: it opens the connection that all others share.
    for one, since in islice(listed, None if at_once == 1 else 1):
        yield from _object(place, one, since)
    with ThreadPoolExecutor(at_once, "verify") as pool:
        # In portions, so that no more than one of them is held or still to come after a stop.
        while portion := list(islice(listed, PORTION)):
            for found in pool.map(lambda each: list(_object(place, *each)), portion):
                yield from found


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


def _item_faults(place: Workplace, known: Ledger, lives: Lives, item: str) -> Iterator[Fault]:
    found = next(_committing(known, item), None)
    one = found[2] if found else Commitment("", item.removeprefix("sha256:"), "", 0)
    if item in lives.tombstones:
        yield from (fault for fault in lives.unlawful if fault.where == item)
    else:
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
