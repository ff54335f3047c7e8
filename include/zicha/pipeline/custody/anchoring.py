"""Anchoring: each day's last checkpoint is stamped outside; what fails is shown and tried again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.x509 import Certificate
from sqlalchemy import Connection

from zicha.custody.timestamp import roots_in, stamp, stamped_at
from zicha.model.errors import ConfigError, SourceError, TamperedEvidenceError
from zicha.pipeline.custody.fault import Fault, moment
from zicha.pipeline.custody.sealing import second_of
from zicha.pipeline.workplace import Workplace
from zicha.sources.timestamp_authority import TimestampAuthority
from zicha.storage import anchors, ledger
from zicha.storage.anchors import FAILED, STAMPED, Anchor
from zicha.storage.ledger import Signed

WAITING = "waiting"


def anchor(place: Workplace) -> dict[str, Any]:
    """Have every day's last checkpoint stamped that is not yet; say how it stands.

    A failure is remembered and never raised: the next sealing tries again, `zicha doctor` and
    `zicha verify` show it.
    """
    if not place.settings.timestamp_url:
        return {"authority": "", STAMPED: 0, FAILED: 0, WAITING: 0}
    authority = TimestampAuthority(place.settings.timestamp_url)
    roots = certificates(place)
    with place.database.read() as connection:
        pending = waiting_for(place, connection)
    # The newest first: its stamp also covers what came before. A silent authority is asked once.
    for one in reversed(pending):
        if not _ask(place, authority, roots, one):
            break
    counted = standing(place)
    place.progress.step("ledger-anchored", stamped=counted[STAMPED], failed=counted[FAILED])
    return {"authority": authority.url, **counted}


def standing(place: Workplace) -> Counter[str]:
    """How many of the days' last checkpoints are stamped, failed, or wait."""
    with place.database.read() as connection:
        states = {one.checkpoint: one.state for one in _of_authority(place, connection)}
        wanted = daily(place, ledger.signed(connection))
    counted = Counter({STAMPED: 0, FAILED: 0, WAITING: 0})
    counted.update(states.get(one.id, WAITING) for one in wanted)
    return counted


def waiting_for(place: Workplace, connection: Connection) -> list[Signed]:
    """The days' last checkpoints that have no stamp, oldest first."""
    stamped = {one.checkpoint for one in _of_authority(place, connection) if one.state == STAMPED}
    return [one for one in daily(place, ledger.signed(connection)) if one.id not in stamped]


def daily(place: Workplace, signed: list[Signed]) -> list[Signed]:
    """The last checkpoint of each day, in the organisation's zone."""
    last = {one.signed_at.astimezone(place.zone).date(): one for one in signed}
    return sorted(last.values(), key=lambda one: one.id)


def certificates(place: Workplace) -> list[Certificate]:
    """What the authority's answers are verified against."""
    if not place.settings.timestamp_ca:
        raise ConfigError(
            "ZICHA_TIMESTAMP_URL is set and ZICHA_TIMESTAMP_CA is not: name the PEM file of the "
            "authority's root, a stamp that nobody can verify proves nothing"
        )
    return roots_in(Path(place.settings.timestamp_ca).expanduser())


def anchor_faults(place: Workplace) -> Iterator[Fault]:
    """The stamps that do not verify; without the authority's certificates none can be."""
    with place.database.read() as connection:
        stamped = [one for one in anchors.every(connection) if one.state == STAMPED]
        signed = {one.id: one for one in ledger.signed(connection)}
    if not stamped or not place.settings.timestamp_ca:
        return
    roots = certificates(place)
    for one in stamped:
        held = signed.get(one.checkpoint)
        where = f"time-stamp of checkpoint {held.size if held else one.checkpoint}"
        try:
            stamped_at(one.token, held.note.encode() if held else b"", roots)
        except TamperedEvidenceError as error:
            yield Fault("timestamp-bad", where, moment(one.changed_at), str(error))


def _ask(
    place: Workplace, authority: TimestampAuthority, roots: list[Certificate], one: Signed
) -> bool:
    state, detail, token = STAMPED, "", b""
    try:
        token = stamp(one.note.encode(), authority.send, roots).token
    except SourceError as error:
        state, detail = FAILED, str(error)
    else:
        second_of(place).keep_token(f"{one.size:012d}-{one.root}-{one.key_id}.tsr", token)
    with place.database.write() as connection:
        anchors.keep(
            connection,
            Anchor(one.id, authority.url, state, 1, place.clock(), detail, token),
        )
    return state == STAMPED


def _of_authority(place: Workplace, connection: Connection) -> list[Anchor]:
    url = place.settings.timestamp_url
    return [one for one in anchors.every(connection) if one.authority == url or not url]
