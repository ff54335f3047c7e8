"""How each place was listed for a suite, read from the table that the suite judges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container

from zicha.model.collector import Table
from zicha.model.evidence import Place
from zicha.model.finding import Listing


def listings_of(
    suite: str,
    table: Table,
    only: Collection[tuple[str, ...]] | None = None,
    whole: Container[Place] = (),
) -> list[Listing]:
    """One listing per place of the table; only one that reached its end is complete.

    `only` are the subjects that a narrow run asked for, `whole` the places it asked for all.
    """
    held: dict[Place, set[tuple[str, ...]]] = defaultdict(set)
    for row in table.rows:
        held[table.place_of(row)].add(table.key_of(row))
    return [
        Listing(
            suite=suite,
            source=state.source,
            account=_named(table, place, "account"),
            region=_named(table, place, "region"),
            is_complete=state.reason is None,
            subjects=frozenset(held[place]),
            listed_at=state.collected_at,
            only=None if only is None or place in whole else frozenset(only),
        )
        for place, state in table.states.items()
    ]


def _named(table: Table, place: Place, column: str) -> str:
    return dict(zip(table.places, place, strict=True)).get(column, "")
