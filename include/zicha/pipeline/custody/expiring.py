"""Lawful deletion: the bytes go, index rows and ledger entries stay, and a tombstone says why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from zicha.custody.canonical import canonical_digest
from zicha.custody.entry import Commitment, commitment
from zicha.custody.retention import Standing
from zicha.custody.store import digest_of
from zicha.model.errors import ConfigError, EvidenceError
from zicha.pipeline.custody.retaining import Retained, retained, shown
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.workplace import Workplace
from zicha.storage import attestations, ledger, ledgered, reports, runs
from zicha.storage.attestations import DELETION, Declaration

MARK = 8


@dataclass(slots=True)
class _Due:
    """What is about to be deleted, and what must not be: its bytes are not what was sealed."""

    objects: list[tuple[Standing, Commitment]] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)


def expire(
    place: Workplace, *, really: bool = False, because: str = "", actor: str = ""
) -> dict[str, Any]:
    """Say what has expired, and delete it when it is really meant.

    The tombstones are signed before the first byte goes; done again after a crash, it ends what
    it began. An object that is missing or altered gets no tombstone: it stays a fault.

    Raises:
        ConfigError: nobody said why, or a collection is open.
        TamperedEvidenceError: the ledger does not extend what was signed; nothing was deleted.
    """
    with place.database.read() as connection:
        found = retained(place, connection)
    due = [one for one in found.standing if one.has_expired(place.clock())]
    left = _left_over(place, found)
    if not really:
        return _said(place, due, left, really=False)
    if not because.strip():
        raise ConfigError("say why: give --because with a reason, it goes into the books")
    checked = _checked(place, due)
    act = _tombstones(place, checked, because.strip(), actor) if checked.objects else ""
    if act:
        seal_ledger(place)
        place.progress.step("tombstones-signed", act=act, objects=len(checked.objects))
    removed = _remove(place)
    keys = place.store.drop_spent_keys(place.clock(), because.strip())
    place.progress.step("expired", objects=len(removed), keys=len(keys))
    entered = [one for one, _ in checked.objects]
    return _said(place, entered, removed, really=True, act=act, refused=checked.refused)


def _checked(place: Workplace, due: Iterable[Standing]) -> _Due:
    found = _Due()
    for one in due:
        try:
            found.objects.append((one, commitment(place.store.get(one.digest))))
        except EvidenceError as error:
            found.refused.append({"digest": one.digest, "detail": str(error)})
    return found


def _tombstones(place: Workplace, due: _Due, because: str, actor: str) -> str:
    """Enter the act and every object of it; what is kept after all, by then, is left out."""
    at = place.clock()
    with place.database.write() as connection:
        _check_nothing_is_collected(place, connection)
        now = retained(place, connection)
        still = {one.digest: one for one in now.standing if one.has_expired(at)}
        due.objects = [(still[o.digest], held) for o, held in due.objects if o.digest in still]
        if not due.objects:
            return ""
        said = {
            "because": because,
            "at": at.isoformat(),
            "objects": len(due.objects),
            "bytes": sum(held.size for _, held in due.objects),
        }
        act = f"d-{canonical_digest([said, sorted(still)])[-MARK:]}"
        one = Declaration(act, said)
        attestations.declare(connection, DELETION, one, actor, at)
        drafts = [ledgered.of_deletion(one, ledger.person_id(connection, actor))]
        for standing, held in due.objects:
            keeping = now.lives.classes[standing.rule]
            term = {"days": keeping.days, "floor": keeping.floor}
            drafts.append(ledgered.of_tombstone(standing, term, held, act))
        ledger.append(connection, drafts, at)
    return act


def _remove(place: Workplace) -> list[str]:
    """Remove what the signed ledger says is deleted; no collection may seal the same meanwhile."""
    with place.database.write() as connection:
        _check_nothing_is_collected(place, connection)
        signed = {line.key for line in ledger.lines(connection)}
        known = retained(place, connection)
        gone = [
            digest
            for digest in _left_over(place, known)
            if known.lives.tombstones[digest].where in signed
        ]
        files = {one.digest: one.path for one in reports.listed(connection)}
        for digest in gone:
            if digest in files:
                _remove_file(place, files[digest], digest)
            place.store.remove(digest)
    return gone


def _left_over(place: Workplace, found: Retained) -> list[str]:
    """What has a tombstone and is still there: a deletion died half-way, or a copy was restored."""
    return [digest for digest in sorted(found.lives.tombstones) if place.store.has(digest)]


def _remove_file(place: Workplace, name: str, digest: str) -> None:
    """The report as people opened it, if it is still the one that was sealed."""
    path = place.data / name
    if path.is_file() and digest_of(path.read_bytes()) == digest:
        path.unlink()


def _check_nothing_is_collected(place: Workplace, connection: Connection) -> None:
    """A collection may just have sealed bytes that its index does not name yet."""
    yesterday = (date.fromisoformat(place.today()) - timedelta(days=1)).isoformat()
    for run in runs.every(connection):
        if run.state == runs.OPEN and run.day >= yesterday:
            raise ConfigError(f"run {run.id} is collecting: delete when its collection is closed")


def _said(
    place: Workplace,
    expired: list[Standing],
    removed: list[str],
    *,
    really: bool,
    act: str = "",
    refused: Iterable[dict[str, str]] = (),
) -> dict[str, Any]:
    return {
        "really": really,
        "day": place.today(),
        "act": act,
        "expired": [shown(one) for one in expired],
        "bytes": sum(one.size for one in expired),
        "removed" if really else "left_over": removed,
        "refused": list(refused),
    }
