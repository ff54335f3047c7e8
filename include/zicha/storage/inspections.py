"""Inspections and orders: their events, which only grow; how each stands is replayed from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select

from zicha.model import inspection as inspecting
from zicha.model import order as ordering
from zicha.model.errors import ConfigError
from zicha.model.inspection import Inspection, InspectionAct, InspectionEvent
from zicha.model.order import Order, OrderAct, OrderEvent
from zicha.storage.schema_inspections import inspection_events, order_events

Row = dict[str, Any]
INSPECTION, ORDER = "inspection", "order"
TABLES: dict[str, Table] = {INSPECTION: inspection_events, ORDER: order_events}
BEGINS = {INSPECTION: "insp-", ORDER: "ord-"}


def append(connection: Connection, event: InspectionEvent | OrderEvent) -> Row:
    """Write one event; the row as the ledger commits to it."""
    row = {
        "of": event.of,
        "number": event.number,
        "act": event.act.value,
        "item": event.item if isinstance(event, OrderEvent) else "",
        "body": dict(event.body),
        "at": event.at,
        "actor": event.actor,
    }
    table = order_events if isinstance(event, OrderEvent) else inspection_events
    connection.execute(table.insert(), [row])
    return row


def inspection(connection: Connection, id_: str) -> Inspection:
    """The inspection of this id."""
    found = _rows(connection, INSPECTION, id_)
    if not found:
        raise ConfigError(f"no inspection has the id {id_}: see `zicha inspection list`")
    return _inspection(found)


def order(connection: Connection, id_: str) -> Order:
    """The order of this id."""
    found = _rows(connection, ORDER, id_)
    if not found:
        raise ConfigError(f"no order has the id {id_}: choose one of `zicha order list`")
    return _order(found)


def inspections(connection: Connection) -> list[Inspection]:
    """Every inspection, the newest first."""
    return [_inspection(rows) for rows in _grouped(connection, INSPECTION)]


def orders(connection: Connection) -> list[Order]:
    """Every order, the newest first."""
    return [_order(rows) for rows in _grouped(connection, ORDER)]


def next_id(connection: Connection, what: str, day: str) -> str:
    """The id of the next inspection or order of a day."""
    table, begin = TABLES[what], f"{BEGINS[what]}{day}-"
    mine = table.c.of.startswith(begin, autoescape=True)
    said = select(func.count()).where(mine, table.c.number == 1)
    return f"{begin}{int(connection.execute(said).scalar_one()) + 1:03d}"


def kept(connection: Connection) -> Iterator[tuple[str, Row]]:
    """Every row, with what it is of."""
    for what, table in TABLES.items():
        for row in connection.execute(select(table).order_by(table.c.id)).mappings():
            yield what, {name: row[name] for name in row if name != "id"}


def _rows(connection: Connection, what: str, id_: str) -> list[RowMapping]:
    table = TABLES[what]
    said = select(table).where(table.c.of == id_).order_by(table.c.number)
    return list(connection.execute(said).mappings())


def _grouped(connection: Connection, what: str) -> list[list[RowMapping]]:
    table = TABLES[what]
    grouped: dict[str, list[RowMapping]] = {}
    for row in connection.execute(select(table).order_by(table.c.of, table.c.number)).mappings():
        grouped.setdefault(row["of"], []).append(row)
    return sorted(grouped.values(), key=lambda rows: (rows[0]["at"], rows[0]["of"]), reverse=True)


def _inspection(rows: Sequence[RowMapping]) -> Inspection:
    events = [
        InspectionEvent(
            row["of"], row["number"], InspectionAct(row["act"]), row["body"], row["at"],
            row["actor"],
        )
        for row in rows
    ]  # fmt: skip
    return inspecting.replayed(events)


def _order(rows: Sequence[RowMapping]) -> Order:
    events = [
        OrderEvent(
            row["of"], row["number"], OrderAct(row["act"]), row["item"], row["body"], row["at"],
            row["actor"],
        )
        for row in rows
    ]  # fmt: skip
    return ordering.replayed(events)
