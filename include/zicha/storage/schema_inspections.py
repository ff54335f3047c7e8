"""The tables of inspections and orders: what happened to each, in order, and nothing else."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from zicha.storage.columns import Json, Moment
from zicha.storage.schema_base import metadata, words


def _events(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("id", Integer, primary_key=True),
        Column("of", Text, nullable=False),
        # Two people at the same moment cannot both write the next one.
        Column("number", Integer, nullable=False),
        Column("act", Text, nullable=False),
        words("item"),
        Column("body", Json, nullable=False),
        Column("at", Moment, nullable=False),
        Column("actor", Text, nullable=False),
        UniqueConstraint("of", "number"),
    )


inspection_events = _events("inspection_events")
order_events = _events("order_events")
