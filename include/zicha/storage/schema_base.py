"""What all tables share: one collection, names that both dialects give alike, texts never null."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def words(name: str) -> Column[str]:
    """A text that is empty when nothing is said."""
    return Column(name, Text, nullable=False, server_default="")
