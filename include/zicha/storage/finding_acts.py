"""What people did about findings and waivers, and what they were refused: it only grows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select

from zicha.model.finding_life import Act, FindingAct
from zicha.storage.schema_findings import finding_acts, refused_acts, waiver_acts

Row = dict[str, Any]
FINDING, WAIVER, REFUSED = "finding-act", "waiver-act", "refused-act"
TABLES: dict[str, Table] = {FINDING: finding_acts, WAIVER: waiver_acts, REFUSED: refused_acts}


def append(
    connection: Connection,
    what: str,
    of: str,
    act: str,
    *,
    body: Mapping[str, Any],
    at: datetime,
    actor: str,
) -> Row:
    """Write the next act of one finding or waiver; the row as the ledger commits to it."""
    table = TABLES[what]
    newest = select(func.max(table.c.number)).where(table.c.of == of)
    number = int(connection.execute(newest).scalar_one() or 0) + 1
    row = {"of": of, "number": number, "act": act, "body": dict(body), "at": at, "actor": actor}
    connection.execute(table.insert(), [row])
    return row


def acts_of_findings(connection: Connection, finding: str = "") -> dict[str, list[FindingAct]]:
    """The acts by finding, in order; of one finding alone when it is named."""
    found: dict[str, list[FindingAct]] = defaultdict(list)
    for row in history(connection, FINDING, finding):
        body = dict(row["body"])
        spell = int(body.pop("spell"))
        found[row["of"]].append(
            FindingAct(
                row["of"], row["number"], Act(row["act"]), spell, body, row["at"], row["actor"]
            )
        )
    return found


def history(connection: Connection, what: str, of: str = "") -> list[Row]:
    """The rows of one kind, by what they are of and in order; of one alone when it is named."""
    table = TABLES[what]
    said = select(table).order_by(table.c.of, table.c.number)
    if of:
        said = said.where(table.c.of == of)
    return [_row(row) for row in connection.execute(said).mappings()]


def counted(connection: Connection, what: str, actor: str, since: datetime) -> int:
    """How many rows of one kind an actor left since a moment."""
    table = TABLES[what]
    said = select(func.count()).where(table.c.actor == actor, table.c.at >= since)
    return int(connection.execute(said).scalar_one())


def kept(connection: Connection) -> Iterator[tuple[str, Row]]:
    """Every row, with what it is."""
    for what in TABLES:
        for row in history(connection, what):
            yield what, row


def _row(row: RowMapping) -> Row:
    return {name: row[name] for name in row if name != "id"}
