"""The tables of what people do about findings: acts, waivers, and acts that were refused."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from zicha.storage.columns import Json, Moment
from zicha.storage.schema_base import metadata


def _acts(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("id", Integer, primary_key=True),
        Column("of", Text, nullable=False),
        # Two people at the same moment cannot both write the next one.
        Column("number", Integer, nullable=False),
        Column("act", Text, nullable=False),
        Column("body", Json, nullable=False),
        Column("at", Moment, nullable=False),
        Column("actor", Text, nullable=False),
        UniqueConstraint("of", "number"),
    )


finding_acts = _acts("finding_acts")
waiver_acts = _acts("waiver_acts")
refused_acts = _acts("refused_acts")
