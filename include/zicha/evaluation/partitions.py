"""Partitions: who answers where a table is judged as a whole, listed by the scope, not by rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from zicha.model.collector import PlaceState, Table
from zicha.model.errors import ConfigError
from zicha.model.evidence import Place, Row
from zicha.model.verdict import Reason

PLACE_KEYS = ("account", "region")


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition of the scope.

    Args:
        key: the values of the suite's `per` columns.
        rows: what was listed in it.
        state: the first listing in it that did not end well; else one that did.
        where: the account and the region, as far as all its places share them.
    """

    key: tuple[str, ...]
    rows: tuple[Row, ...]
    state: PlaceState
    where: Mapping[str, str] = field(default_factory=dict)


def partitions(
    per: Sequence[str], table: Table, scope: Sequence[Mapping[str, str]]
) -> Iterator[Partition]:
    """Each partition of the scope with its rows and how its listings ended."""
    by_key: dict[tuple[str, ...], dict[Place, Mapping[str, str]]] = {}
    for place in scope:
        if missing := [name for name in (*table.places, *per) if name not in place]:
            raise ConfigError(f"{table.id}: a place of the scope has no {missing[0]}: add it")
        key = tuple(place[name] for name in per)
        by_key.setdefault(key, {})[tuple(place[name] for name in table.places)] = place
    rows: dict[tuple[str, ...], list[Row]] = {}
    for row in table.rows:
        rows.setdefault(tuple(str(row[name]) for name in per), []).append(row)
    for key, places in by_key.items():
        states = [_state(table, place, said) for place, said in places.items()]
        offered = next((state for state in states if not state.not_offered), states[0])
        worst = next((state for state in states if state.reason), offered)
        shared = [p for s, p in zip(states, places.values(), strict=True) if s is worst]
        yield Partition(key, tuple(rows.get(key, ())), worst, _where(worst, shared, places))


def _state(table: Table, place: Place, said: Mapping[str, str]) -> PlaceState:
    if state := table.states.get(place):
        return replace(state, source=state.source or said.get("source", ""))
    remedy = f"{table.id} was not asked about {' '.join(place)}: collect it"
    return PlaceState(Reason.NOT_COLLECTED, remedy, source=said.get("source", ""))


def _where(
    state: PlaceState,
    shared: Sequence[Mapping[str, str]],
    places: Mapping[Place, Mapping[str, str]],
) -> Mapping[str, str]:
    """A gap is located at its place; a whole partition only at what its places share."""
    meant = shared[:1] if state.reason else list(places.values())
    return {
        name: meant[0].get(name, "")
        for name in PLACE_KEYS
        if len({place.get(name, "") for place in meant}) == 1
    }
