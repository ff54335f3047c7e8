"""Which buttons were pressed, by whom, and what came of it: refusals too; rows only grow."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from zicha.storage.schema_alerts import button_presses
from zicha.storage.writing import add

DONE, OPENED, REFUSED = "done", "opened", "refused"
FAILED, SPOOFED = "failed", "spoofed"
"""`opened`: a form was shown and nothing is done yet; `failed`: it could not be shown."""

MOST_SPOOFED = 100
"""How many unsigned requests an hour are written down; the rest would be a way to fill a disk."""


def record(connection: Connection, row: dict[str, Any]) -> bool:
    """Write a press down; False when the same one is there already."""
    if find(connection, row["key"]) is not None:
        return False
    add(connection, button_presses, [row], "key")
    return True


def find(connection: Connection, key: str) -> dict[str, Any] | None:
    """The press of this key."""
    said = select(button_presses).where(button_presses.c.key == key)
    row = connection.execute(said).mappings().one_or_none()
    return None if row is None else dict(row)


def every(connection: Connection, outcome: str = "") -> list[dict[str, Any]]:
    """Every press, oldest first; the number of the row is left out."""
    said = select(*(c for c in button_presses.c if c.name != "id")).order_by(button_presses.c.id)
    if outcome:
        said = said.where(button_presses.c.outcome == outcome)
    return [dict(row) for row in connection.execute(said).mappings()]


def counted(connection: Connection, prefix: str) -> int:
    """How many presses have a key that begins so."""
    said = select(func.count()).where(button_presses.c.key.startswith(prefix, autoescape=True))
    return int(connection.execute(said).scalar_one())
