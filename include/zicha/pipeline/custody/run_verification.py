"""Holding what we remember of each run against the manifest that was sealed of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from zicha.custody.canonical import canonical_digest
from zicha.model.errors import EvidenceError
from zicha.pipeline.custody.fault import Fault, moment
from zicha.pipeline.custody.ledger_verification import Ledger
from zicha.pipeline.workplace import Workplace
from zicha.storage import runs

MANIFEST = "manifest"


def run_faults(place: Workplace, connection: Connection, known: Ledger) -> Iterator[Fault]:
    """Runs whose scope, day or batches are not those that were sealed; runs whose row is gone.

    A manifest that is missing or altered is a fault of its own; one that was lawfully deleted is
    compared with nothing. What a run remembers is sealed when its collection is closed.
    """
    entered = _entered(known)
    for run in runs.every(connection):
        held = runs.kept(connection, run.id, MANIFEST).values()
        since = entered.pop(run.id, None)
        if since is not None and not held:
            detail = "the ledger says that its collection was closed, and its manifest is in no row"
            yield Fault("row-missing", f"{MANIFEST} {run.id}", moment(since), detail)
        for one in held:
            said = _sealed(place, one.digest)
            if said is not None:
                yield from _differing(connection, run, said)
    for run_id, since in entered.items():
        detail = "the ledger says that its collection was closed, and its row is gone"
        yield Fault("row-missing", f"run {run_id}", moment(since), detail)


def _sealed(place: Workplace, digest: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(place.store.get(digest))
    except (EvidenceError, ValueError):
        return None
    # The row may name another object in its place, which the ledger tells.
    return found if isinstance(found, dict) and "batches" in found else None


def _differing(connection: Connection, run: runs.Run, said: Mapping[str, Any]) -> Iterator[Fault]:
    scope = runs.scope_of(connection, run.id)
    stands = {
        "run": run.id,
        "day": run.day,
        "trigger": run.trigger,
        "scope_digest": run.scope_digest,
        "stored_scope": canonical_digest(scope),
        "started_at": run.started_at,
        "closed_at": run.collected_at,
        "batches": {one.source: one.state for one in runs.batches_of(connection, run.id)},
    }
    # Manifests of earlier versions say nothing of the stored scope.
    sealed = {name: said[name] for name in stands if name in said}
    for name in ("started_at", "closed_at"):
        sealed[name] = datetime.fromisoformat(sealed[name])
    others = [name for name, value in sealed.items() if stands[name] != value]
    if others:
        is_one = "is" if len(others) == 1 else "are"
        detail = f"its {', '.join(others)} {is_one} not as its manifest seals"
        yield Fault("row-altered", f"run {run.id}", moment(run.started_at), detail)


def _entered(known: Ledger) -> dict[str, datetime]:
    """The runs whose manifest the ledger names, and when it was entered."""
    found: dict[str, datetime] = {}
    for key, seq in known.by_key.items():
        entry = known.entry(seq) if key.startswith("heartbeat/") else None
        if entry is not None and entry.commitment(MANIFEST):
            found[str(entry.about.get("run"))] = entry.at
    return found
