"""How long everything is kept here: the classes in force, the holds, the findings, the objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.retention import Keeping, class_of, keepings, load_retention
from zicha.custody.entry import Entry, entry_of
from zicha.custody.retention import Item, Stake, Standing, standings
from zicha.model.finding import Finding
from zicha.pipeline.custody.tombstones import Lives, lives_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings, ledger


@dataclass(frozen=True, slots=True)
class Retained:
    """What the ledger says of every object, and how each stands."""

    lives: Lives
    standing: list[Standing]


def retained(place: Workplace, connection: Connection) -> Retained:
    """Read the ledger and the findings; what waits for its number counts too."""
    lives = lives_of(_entries(connection), classes_of(place), place.zone)
    items = lives.mentions()
    stakes = list(_stakes(connection, items, lives.classes))
    return Retained(lives, standings(items, lives.rules, lives.holds.values(), stakes))


def classes_of(place: Workplace) -> dict[str, Keeping]:
    """The retention classes in force: the user's days, never fewer than the floor."""
    return keepings(load_retention(), place.scope.retention)


def class_rows(place: Workplace) -> list[dict[str, Any]]:
    """Each class: its days, its floor, how many objects it keeps and how many have expired."""
    with place.database.read() as connection:
        found = retained(place, connection)
    now = place.clock()
    rows = []
    for one in found.lives.classes.values():
        mine = [standing for standing in found.standing if standing.rule == one.id]
        rows.append(
            {
                "id": one.id,
                "title": {"zh": one.title.zh, "en": one.title.en},
                "days": one.days,
                "floor": one.floor,
                "chosen": one.chosen,
                "objects": len(mine),
                "bytes": sum(standing.size for standing in mine),
                "expired": sum(standing.has_expired(now) for standing in mine),
                "on_hold": sum(bool(standing.holds) for standing in mine),
                "open_findings": sum(bool(standing.findings) for standing in mine),
            }
        )
    return rows


def object_rows(place: Workplace) -> list[dict[str, Any]]:
    """Each object that is kept, what keeps it, and until when."""
    with place.database.read() as connection:
        found = retained(place, connection)
    return [shown(one) for one in found.standing]


def shown(one: Standing) -> dict[str, Any]:
    """An object as the commands print it."""
    return {
        "digest": one.digest,
        "class": one.rule,
        "sealed_at": one.sealed_at,
        "until": one.until,
        "size": one.size,
        "holds": list(one.holds),
        "findings": list(one.findings),
    }


def _entries(connection: Connection) -> Iterator[tuple[str, Entry]]:
    for key, body in ledger.bodies(connection, ""):
        yield key, entry_of(body)


def _stakes(
    connection: Connection, items: list[Item], classes: Mapping[str, Keeping]
) -> Iterator[Stake]:
    """What each finding rests on: its packs with their rows, and the outcomes of its runs."""
    of_table, of_run = defaultdict(set), defaultdict(set)
    tables_of = defaultdict(set)
    judged = class_of(classes.values(), "outcomes")
    for item in items:
        table = tuple(item.labels.get(name, "") for name in ("run", "source", "table"))
        of_table[table].add(item.digest)
        tables_of[item.digest].add(table)
        if item.rule == judged:
            of_run[item.labels.get("run", "")].add(item.digest)
    named, ran = defaultdict(set), defaultdict(set)
    for event in findings.history(connection):
        named[event["finding"]].add(event["evidence_digest"])
        ran[event["finding"]].add(event["run"])
    longer = classes[class_of(classes.values(), "finding")].days
    for one in findings.listed(connection):
        digests = named[one.id] | {one.evidence_digest}
        runs = ran[one.id] | {one.run, one.last_run}
        with_rows = {d for n in digests for table in tables_of[n] for d in of_table[table]}
        outcomes = {digest for run in runs for digest in of_run[run]}
        yield _stake(one, frozenset(digests | with_rows | outcomes), longer)


def _stake(one: Finding, digests: frozenset[str], days: int | None) -> Stake:
    if one.is_open or one.closed_at is None or days is None:
        return Stake(one.id, digests, None)
    return Stake(one.id, digests, one.closed_at + timedelta(days=days))
