"""Holds: what must not be deleted until somebody says so; each is an entry of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from zicha.custody.canonical import canonical_digest
from zicha.custody.retention import FROM, LABELS, UNTIL, Hold, Item
from zicha.custody.store import DIGEST
from zicha.model.errors import ConfigError
from zicha.pipeline.custody.retaining import retained
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.tombstones import PLACED, RELEASED
from zicha.pipeline.workplace import Workplace, checked_day
from zicha.storage import attestations, ledger, ledgered
from zicha.storage.attestations import HOLD, Declaration

MARK = 8


def place_hold(place: Workplace, covers: Mapping[str, str], because: str, actor: str) -> Hold:
    """Keep what these words cover until the hold is released; no words: everything.

    Raises:
        ConfigError: a word is wrong, names nothing that is kept, or nobody said why.
    """
    with place.database.write() as connection:
        hold = hold_within(place, connection, covers, because, actor)
    seal_ledger(place)
    place.progress.step("hold-placed", hold=hold.id)
    return hold


def hold_within(
    place: Workplace, connection: Connection, covers: Mapping[str, str], because: str, actor: str
) -> Hold:
    """Place a hold in a transaction that does more; the caller seals the ledger after it."""
    wanted = _checked(covers)
    said = {"covers": wanted, "because": _why(because), "at": place.clock().isoformat()}
    hold = Hold(f"h-{canonical_digest(said)[-MARK:]}", wanted)
    items = retained(place, connection).lives.mentions()
    _check_names(place, wanted, items)
    _say(place, connection, hold, {"act": PLACED, **said}, actor)
    return hold


def release_hold(place: Workplace, id_: str, because: str, actor: str) -> Hold:
    """End a hold; what it covered expires as its class says.

    Raises:
        ConfigError: no such hold is in force, or nobody said why.
    """
    why = _why(because)
    with place.database.write() as connection:
        hold = retained(place, connection).lives.holds.get(id_)
        if hold is None:
            raise ConfigError(f"no hold {id_} is in force: see `zicha retention list --holds`")
        said = {"act": RELEASED, "covers": dict(hold.covers), "because": why}
        _say(place, connection, hold, {**said, "at": place.clock().isoformat()}, actor)
    seal_ledger(place)
    place.progress.step("hold-released", hold=hold.id)
    return hold


def hold_rows(place: Workplace) -> list[dict[str, Any]]:
    """The holds in force: what each covers, why, by whom, and how many objects that is."""
    with place.database.read() as connection:
        found = retained(place, connection)
        declared = {
            one.body["hold"]: one.body
            for one in attestations.standing(connection, HOLD)
            if one.body["act"] == PLACED
        }
    return [
        {
            "id": hold.id,
            "covers": dict(hold.covers),
            "objects": sum(hold.id in one.holds for one in found.standing),
            "since": declared.get(hold.id, {}).get("at", ""),
            "because": declared.get(hold.id, {}).get("because", ""),
        }
        for hold in found.lives.holds.values()
    ]


def _say(
    place: Workplace, connection: Connection, hold: Hold, said: dict[str, Any], actor: str
) -> None:
    one = Declaration(f"{hold.id}/{said['act']}", {"hold": hold.id, **said})
    at = place.clock()
    attestations.declare(connection, HOLD, one, actor, at)
    draft = ledgered.of_hold(one, ledger.person_id(connection, actor))
    ledger.append(connection, [draft], at)


def _check_names(place: Workplace, covers: Mapping[str, str], items: list[Item]) -> None:
    """A hold may cover days to come, but a name that nothing bears is a slip."""
    for word in LABELS:
        known = {item.labels.get(word) for item in items}
        known |= {source.id for source in place.scope.sources} if word == "source" else set()
        if word in covers and covers[word] not in known:
            raise ConfigError(f"nothing that is kept has the {word} {covers[word]}: correct it")


def _checked(covers: Mapping[str, str]) -> dict[str, str]:
    found = {word: value for word, value in covers.items() if value}
    if odd := sorted(found.keys() - {*LABELS, FROM, UNTIL}):
        raise ConfigError(f"a hold knows no {odd[0]}: use {', '.join([*LABELS, FROM, UNTIL])}")
    for word in (FROM, UNTIL):
        if word in found:
            checked_day(found[word])
    if found.get(FROM, "") > found.get(UNTIL, "9999"):
        raise ConfigError(f"{FROM} lies after {UNTIL}: correct one of them")
    if "digest" in found and not DIGEST.fullmatch(found["digest"]):
        raise ConfigError(f"{found['digest']} is no digest: expected sha256: and 64 hex digits")
    return found


def _why(because: str) -> str:
    if not because.strip():
        raise ConfigError("say why: give --because with a reason, it goes into the books")
    return because.strip()
