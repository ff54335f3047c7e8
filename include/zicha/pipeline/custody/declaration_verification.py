"""Holding what people declared against the ledger: whether it still stands, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from zicha.pipeline.custody.fault import Fault, moment
from zicha.pipeline.custody.ledger_verification import Ledger
from zicha.storage import attestations, ledgered
from zicha.storage.attestations import (
    ATTESTATION,
    DECLARED_AGAIN,
    DELETION,
    ERASURE,
    HOLD,
    WAIVER,
    WITHDRAWN,
    Declaration,
    Turn,
)

DECLARED = (ATTESTATION, WAIVER, HOLD, DELETION, ERASURE)
VALIDITY: Mapping[str, tuple[str, str]] = {
    ATTESTATION: ("dated", "valid_until"),
    WAIVER: ("", "expires"),
}
"""Which words of its body say from when and until when a declaration is valid."""


def declaration_faults(connection: Connection, known: Ledger) -> Iterator[Fault]:
    """What was withdrawn, taken up again or prolonged in its row only."""
    last = _last_turns(known)
    for kind in DECLARED:
        gone = {one.digest: (one, at) for one, at in attestations.withdrawn(connection, kind)}
        for one in attestations.every(connection, kind):
            where = f"{kind} {one.id}"
            if one.digest in gone:
                draft = ledgered.of_turn(Turn(kind, one, WITHDRAWN, gone[one.digest][1]))
                if draft.key not in {last.get(one.digest, "")} | known.pending_keys:
                    detail = "it stands as withdrawn, and no entry of the ledger says so"
                    yield Fault("unledgered", where, moment(gone[one.digest][1]), detail)
            elif _is_withdrawn(last.get(one.digest, "")) and not _is_awaited(one, known):
                entry = known.entry(known.by_key[last[one.digest]])
                detail = "it was withdrawn, and stands again in its row only"
                yield Fault("row-altered", where, moment(entry.at if entry else None), detail)
            yield from _validity_faults(kind, one, where)


def _last_turns(known: Ledger) -> dict[str, str]:
    """By the digest of a declaration: the key of the last entry about its standing."""
    found = {}
    for key, _ in sorted(known.by_key.items(), key=lambda each: each[1]):
        if key.startswith(ledgered.TURN):
            found[f"sha256:{key.split('/')[2]}"] = key
    return found


def _is_withdrawn(key: str) -> bool:
    return key.startswith(f"{ledgered.TURN}{WITHDRAWN}/")


def _is_awaited(one: Declaration, known: Ledger) -> bool:
    """Whether its return was written and waits for its number."""
    start = f"{ledgered.TURN}{DECLARED_AGAIN}/{one.digest.removeprefix('sha256:')}/"
    return any(key.startswith(start) for key in known.pending_keys)


def _validity_faults(kind: str, one: Declaration, where: str) -> Iterator[Fault]:
    names = VALIDITY.get(kind)
    if names is None:
        return
    said = tuple(one.body.get(name) for name in names)
    held = tuple(at and at.isoformat() for at in (one.valid_from, one.valid_until))
    if said != held:
        detail = f"it is held valid from {held[0]} until {held[1]}, and says {said[0]}, {said[1]}"
        yield Fault("row-altered", where, "", detail)
