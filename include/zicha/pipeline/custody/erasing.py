"""Erasing a person's name: behind its id in the ledger, and in every row that says who acted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from zicha.custody.canonical import canonical_digest
from zicha.model.errors import ConfigError
from zicha.pipeline.custody.ledger_verification import read_ledger
from zicha.pipeline.custody.row_verification import drafts_of, row_faults
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.workplace import Workplace
from zicha.storage import attestations, erasing, ledger, ledgered
from zicha.storage.attestations import ERASURE, Declaration
from zicha.storage.ledger import Draft

MARK = 8


def people_rows(place: Workplace) -> list[dict[str, Any]]:
    """Everybody whom the ledger knows by an id, and in how many rows the name stands."""
    with place.database.read() as connection:
        return [
            {"id": id_, "actor": name, "rows": sum(erasing.mentions(connection, name).values())}
            for id_, name in sorted(ledger.people(connection).items(), key=lambda one: one[1])
        ]


def erase(
    place: Workplace, name: str, *, really: bool = False, because: str = "", actor: str = ""
) -> dict[str, Any]:
    """Say where a person's name stands, and put their id in its place when it is really meant.

    The ledger keeps its entries, and gains one per row that was changed, so that `verify` knows
    the new row for the old one's successor. The name itself is forgotten in the same transaction.

    Raises:
        ConfigError: nobody of that name is known, they may still act, it is one's own name,
            nobody said why, or the rows are not what the ledger says.
    """
    _check_may_go(place, name, actor)
    if not really:
        with place.database.read() as connection:
            id_ = _known(connection, name)
            return {"person": id_, "rows": erasing.mentions(connection, name), "act": ""}
    if not because.strip():
        raise ConfigError("say why: give --because with a reason, it goes into the books")
    _check_rows(place)
    at = place.clock()
    with place.database.write() as connection:
        id_ = _known(connection, name)
        before = list(drafts_of(connection))
        rows = erasing.replace_name(connection, name, id_)
        successors = list(_successors(connection, before, id_))
        said = {"person": id_, "rows": rows, "because": because.strip(), "at": at.isoformat()}
        one = Declaration(f"e-{canonical_digest(said)[-MARK:]}", said)
        attestations.declare(connection, ERASURE, one, actor, at)
        by = ledger.person_id(connection, actor)
        drafts = [ledgered.of_erasure(one, len(successors), by), *successors]
        ledger.append(connection, drafts, at)
        # Numbered at once: until then nothing would say which row follows which.
        ledger.sequence(connection)
        ledger.erase_person(connection, name)
    seal_ledger(place)
    place.progress.step("person-erased", act=one.id, rows=sum(rows.values()))
    return {"person": id_, "rows": rows, "act": one.id}


def _check_may_go(place: Workplace, name: str, actor: str) -> None:
    # Who erases their own name would hide what they did, and who may still act writes it anew.
    if name == actor:
        raise ConfigError(f"{name} is who types this: another officer must erase the name")
    declared = next((each for each in place.scope.people if name in each.actors), None)
    if declared is not None:
        raise ConfigError(
            f"roles.yaml still declares {name} as {declared.id}: take the person out of it first"
        )


def _known(connection: Connection, name: str) -> str:
    found = {actor: id_ for id_, actor in ledger.people(connection).items()}
    if name not in found:
        raise ConfigError(f"nobody is known as {name}: choose one of `zicha people list`")
    return found[name]


def _check_rows(place: Workplace) -> None:
    """A row that is not what the ledger says would be covered by its successor."""
    seal_ledger(place)
    known = read_ledger(place)
    with place.database.read() as connection:
        fault = next(row_faults(connection, known), None)
    if fault is not None:
        raise ConfigError(
            f"{fault.where}: {fault.detail}: clear up what `zicha verify` finds before a name is "
            "erased, which would cover it"
        )


def _successors(
    connection: Connection, before: list[tuple[Draft, str, Any]], person: str
) -> Iterator[Draft]:
    """One entry for each row that reads otherwise now; the order of the rows is the same."""
    for (old, _, _), (new, _, _) in zip(before, drafts_of(connection), strict=True):
        if old.row != new.row:
            yield ledgered.of_successor(old.key, new, person)
