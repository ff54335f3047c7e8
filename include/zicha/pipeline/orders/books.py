"""The books of orders: each event with its ledger entry and its obligations, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.owners import one_name
from zicha.custody.entry import Commitment
from zicha.duties.obligations import CLOCK
from zicha.model.order import Order, OrderAct, OrderEvent, next_event
from zicha.pipeline.duties.showing import escalation_of
from zicha.pipeline.orders.obligations import steps_of
from zicha.pipeline.orders.proofs import linked
from zicha.pipeline.workplace import Workplace
from zicha.storage import inspections as stored
from zicha.storage import ledger, ledgered_inspections, obligations


def happen(
    place: Workplace,
    connection: Connection,
    id_: str,
    act: OrderAct,
    body: Mapping[str, Any],
    *,
    actor: str,
    item: str = "",
    objects: tuple[Commitment, ...] = (),
) -> Order:
    """The next thing that happens to an order, if its tables allow it."""
    order = stored.order(connection, id_)
    event = next_event(order, act, place.clock(), actor, item=item, body=body)
    return written(place, connection, event, objects)


def written(
    place: Workplace,
    connection: Connection,
    event: OrderEvent,
    objects: tuple[Commitment, ...] = (),
) -> Order:
    """Write an event, let the ledger commit to it, and bring the obligations along."""
    row = stored.append(connection, event)
    by = ledger.person_id(connection, event.actor)
    draft = ledgered_inspections.of_event(stored.ORDER, row, objects, by)
    ledger.append(connection, [draft], event.at)
    order = stored.order(connection, event.of)
    _owe(place, connection, order, event.actor)
    return order


def _owe(place: Workplace, connection: Connection, order: Order, actor: str) -> None:
    known = {each.id: each for each in obligations.listed(connection)}
    owner = _owner(place, order.file["of"])
    obligations.apply(connection, steps_of(order, known, place.clock(), actor, owner))


def _owner(place: Workplace, of: str) -> str:
    name = one_name(system.owner for system in place.scope.systems if system.id == of)
    return name or escalation_of(place.scope).head


def refresh(place: Workplace, connection: Connection) -> list[str]:
    """Open again each closed item whose findings came back, and bring the calendar along."""
    again = []
    for order in stored.orders(connection):
        if order.is_ended:
            continue
        for item in order.items:
            back = [f.id for f in linked(connection, place.scope, order, item) if f.is_open]
            if item.is_closed and back:
                body = {"because": f"问题再次出现 / the finding came back: {', '.join(back[:5])}"}
                happen(
                    place, connection, order.id, OrderAct.REOPEN_ITEM, body, actor=CLOCK,
                    item=item.id,
                )  # fmt: skip
                again.append(f"{order.id}/{item.id}")
        _owe(place, connection, stored.order(connection, order.id), CLOCK)
    return again
