"""The evidence index: what was sealed, in the order it was; rows are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from zicha.custody.store import Sealed
from zicha.storage.schema import evidence
from zicha.storage.writing import add

_COLUMNS = [column for column in evidence.c if column.name != "id"]


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """One table of one source in one run: where its bytes are, and what they mark."""

    run: str
    source: str
    table_id: str
    pack_digest: str
    pack_size: int
    rows_digest: str
    rows_size: int
    content_mark: str
    row_count: int
    gap_count: int
    collected_at: datetime
    sealed_at: datetime
    redaction: Mapping[str, Any] = field(default_factory=dict)

    @property
    def listed(self) -> dict[str, Any]:
        """What the run's manifest says of it."""
        return {
            "source": self.source,
            "table": self.table_id,
            "pack": self.pack_digest,
            "rows": self.rows_digest,
            "content_mark": self.content_mark,
            "row_count": self.row_count,
            "gap_count": self.gap_count,
            "collected_at": self.collected_at,
        }


def record(
    connection: Connection,
    *,
    run: str,
    source: str,
    table: str,
    pack: Sealed,
    rows: Sealed,
    content_mark: str,
    row_count: int,
    gap_count: int,
    redaction: Mapping[str, int],
    collected_at: datetime,
    sealed_at: datetime,
) -> EvidenceRecord:
    """Index what was sealed, and return what stands: a run's first record of a table stays."""
    entry = EvidenceRecord(
        run=run,
        source=source,
        table_id=table,
        pack_digest=pack.digest,
        pack_size=pack.size,
        rows_digest=rows.digest,
        rows_size=rows.size,
        content_mark=content_mark,
        row_count=row_count,
        gap_count=gap_count,
        collected_at=collected_at,
        sealed_at=sealed_at,
        redaction=redaction,
    )
    add(connection, evidence, [asdict(entry)], "run", "source", "table_id")
    found = connection.execute(
        select(*_COLUMNS).where(
            evidence.c.run == entry.run,
            evidence.c.source == entry.source,
            evidence.c.table_id == entry.table_id,
        )
    )
    return EvidenceRecord(**found.mappings().one())


def of_run(connection: Connection, run: str, source: str = "") -> list[EvidenceRecord]:
    """What a run sealed, or what it sealed of one source, in the order of sealing."""
    said = select(*_COLUMNS).where(evidence.c.run == run).order_by(evidence.c.id)
    return _records(connection, said.where(evidence.c.source == source) if source else said)


def tables_of(connection: Connection, run: str, source: str) -> set[str]:
    """The tables that a run has sealed of a source: they need not be asked again."""
    return {entry.table_id for entry in of_run(connection, run, source)}


def latest(connection: Connection, table_id: str, source: str = "") -> list[EvidenceRecord]:
    """The newest record of each source that has this table."""
    said = (
        select(*_COLUMNS)
        .where(evidence.c.table_id == table_id)
        .order_by(evidence.c.collected_at, evidence.c.id)
    )
    found = _records(connection, said.where(evidence.c.source == source) if source else said)
    return list({entry.source: entry for entry in found}.values())


def row_counts(
    connection: Connection, table_id: str, source: str, before: str, last: int
) -> list[int]:
    """How many rows each of the last runs laid out of a source's table, the run `before` left out.

    A collection that ended in a gap has no count.
    """
    said = (
        select(evidence.c.row_count)
        .where(
            evidence.c.table_id == table_id,
            evidence.c.source == source,
            evidence.c.run != before,
            evidence.c.gap_count == 0,
        )
        .order_by(evidence.c.collected_at.desc(), evidence.c.id.desc())
        .limit(last)
    )
    return [int(count) for count in connection.execute(said).scalars()]


def digests(connection: Connection) -> set[str]:
    """Every digest that the index names."""
    said = select(evidence.c.pack_digest, evidence.c.rows_digest)
    return {digest for row in connection.execute(said) for digest in row}


def _records(connection: Connection, said: Select[Any]) -> list[EvidenceRecord]:
    return [EvidenceRecord(**row) for row in connection.execute(said).mappings()]
