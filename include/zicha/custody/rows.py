"""Rows as Parquet: the derived form of evidence, exact both ways, the same bytes each time."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from zicha.custody.canonical import canonical, canonical_text, decode, encode
from zicha.model.collector import PlaceState, Table
from zicha.model.errors import MalformedAnswerError, TamperedEvidenceError
from zicha.model.evidence import Cell, Place, Row, Unread
from zicha.model.verdict import Reason

UNREAD = "_unread"
"""The column that says, as JSON, which cells of the row went unread and why."""

META = b"zicha-table/1"
TYPES: dict[str, type] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "datetime": datetime,
}


def to_parquet(table: Table) -> bytes:
    """The table as Parquet, with how each listing ended in the file's own metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        datetime: pa.timestamp("us", tz="UTC"),
    }
    fields = [pa.field(name, kinds[kind]) for name, kind in table.columns.items()]
    schema = pa.schema([*fields, pa.field(UNREAD, pa.string())], metadata={META: _meta(table)})
    cells: dict[str, list[Any]] = {name: [] for name in (*table.columns, UNREAD)}
    for row in table.rows:
        for name in table.columns:
            cells[name].append(None if isinstance(row[name], Unread) else row[name])
        cells[UNREAD].append(_unread_of(row))
    out = io.BytesIO()
    try:
        pq.write_table(
            pa.table(cells, schema=schema),
            out,
            compression="zstd",
            version="2.6",
            store_schema=True,
        )
    except (OverflowError, UnicodeEncodeError, pa.ArrowException) as error:
        raise MalformedAnswerError(
            f"{table.id}: a cell does not fit its column: {error}"
        ) from error
    return out.getvalue()


def from_parquet(data: bytes) -> Table:
    """The table whose `to_parquet` gave these bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_table(io.BytesIO(data))
    except pa.ArrowException as error:
        raise TamperedEvidenceError(f"this is no Parquet of ours ({error})") from error
    if META not in (found.schema.metadata or {}):
        raise TamperedEvidenceError("this is no Parquet of ours: it does not describe its table")
    meta = decode(found.schema.metadata[META])
    columns = {name: TYPES[kind] for name, kind in meta["columns"]}
    rows = tuple(_row(cells, columns) for cells in found.to_pylist())
    states = {tuple(said["place"]): _state(said) for said in meta["states"]}
    return Table(meta["id"], columns, tuple(meta["subject"]), tuple(meta["places"]), rows, states)


def content_mark(table: Table, key: bytes, volatile: Iterable[str] = ()) -> str:
    """A keyed mark that stays while nothing lasting changes.

    The order of rows, the moment and the volatile columns are left out. A cell that went unread,
    and a listing that ended otherwise, change it.
    """
    kept = [name for name in sorted(table.columns) if name not in set(volatile)]
    rows = sorted(encode([_lasting(row[name]) for name in kept]) for row in table.rows)
    states = sorted([*place, _ending(state)] for place, state in table.states.items())
    said = canonical([table.id, kept, states]) + b"\n" + b"\n".join(rows)
    return "mark:" + hmac.new(key, said, hashlib.sha256).hexdigest()[:32]


def _ending(state: PlaceState) -> str:
    return "not-offered" if state.not_offered else state.reason or ""


def _lasting(cell: Cell) -> Any:
    return {"$$unread": cell.reason.value} if isinstance(cell, Unread) else cell


def _meta(table: Table) -> bytes:
    states = [_said(place, state) for place, state in sorted(table.states.items())]
    return encode(
        {
            "id": table.id,
            "columns": [[name, kind.__name__] for name, kind in table.columns.items()],
            "subject": table.subject,
            "places": table.places,
            "states": states,
        }
    )


def _said(place: Place, state: PlaceState) -> dict[str, Any]:
    said = {
        "place": place,
        "reason": None if state.reason is None else state.reason.value,
        "remedy": state.remedy,
        "permission": state.permission,
        "collected_at": state.collected_at,
        "evidence_digest": state.evidence_digest,
        "source": state.source,
    }
    return said | ({"not_offered": True} if state.not_offered else {})


def _state(said: Mapping[str, Any]) -> PlaceState:
    return PlaceState(
        None if said["reason"] is None else Reason(said["reason"]),
        said["remedy"],
        said["permission"],
        said["collected_at"],
        said["evidence_digest"],
        said["source"],
        bool(said.get("not_offered")),
    )


def _unread_of(row: Row) -> str | None:
    unread = {
        name: [cell.reason.value, cell.remedy, cell.permission]
        for name, cell in row.items()
        if isinstance(cell, Unread)
    }
    return canonical_text(unread) if unread else None


def _row(cells: Mapping[str, Any], columns: Mapping[str, type]) -> Row:
    unread = json.loads(cells[UNREAD] or "{}")
    row: dict[str, Cell] = {}
    for name in columns:
        if name in unread:
            reason, remedy, permission = unread[name]
            row[name] = Unread(Reason(reason), remedy, permission)
        elif isinstance(cells[name], datetime):
            row[name] = cells[name].astimezone(UTC)
        else:
            row[name] = cells[name]
    return row
