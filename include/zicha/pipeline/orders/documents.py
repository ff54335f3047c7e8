"""Orders as people and scripts read them: each item with its findings, proofs and obligation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.duties import NOT_ADVICE, load_duties
from zicha.duties.time import ZONE
from zicha.model.order import Extension, Item, Order, OrderAct, OrderEvent, Proof
from zicha.pipeline.duties.showing import moment, said
from zicha.pipeline.orders.books import refresh
from zicha.pipeline.orders.obligations import DUTY, handed_in_at, obligation_of
from zicha.pipeline.orders.proofs import linked
from zicha.pipeline.received import office_of, systems_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import inspections as stored
from zicha.storage import ledger

Row = dict[str, Any]
ERASED = "已抹除 / erased"


def order_rows(place: Workplace) -> list[Row]:
    """Every order with its items, the newest first; findings that came back count at once."""
    with place.database.write() as connection:
        refresh(place, connection)
        return [_document(place, connection, each) for each in stored.orders(connection)]


def order_document(place: Workplace, id_: str) -> Row:
    """One order whole: items, proofs, extensions, replies, submissions, returns, history."""
    with place.database.write() as connection:
        stored.order(connection, id_)
        refresh(place, connection)
        return shown(place, connection, stored.order(connection, id_))


def shown(place: Workplace, connection: Connection, order: Order) -> Row:
    """The order as JSON holds it, with everything that happened."""
    names = _names(connection, order)
    return _document(place, connection, order) | {
        "replies": [_event(e) for e in order.of_act(OrderAct.REPLY)],
        "submissions": [
            _event(e) | {"by": names.get(e.body["by"], ERASED)}
            for e in order.of_act(OrderAct.SUBMIT)
        ],
        "returns": [_event(e) for e in order.of_act(OrderAct.RETURN, OrderAct.REOPEN)],
        "result": order.events[-1].body if order.is_ended else None,
        "events": [
            {"number": e.number, "act": e.act.value, "item": e.item} | _by(e) for e in order.events
        ],
    }


def consequence(order: Order) -> dict[str, str]:
    """What follows when the order is not obeyed: in its own words, or in those of its duty."""
    if "consequence" in order.file:
        found: dict[str, str] = order.file["consequence"]
        return found
    duties = load_duties()
    for id_ in (order.file.get("duty"), DUTY):
        duty = duties.get(id_) if id_ else None
        if duty is not None and duty.sanction is not None:
            return said(duty.sanction.says)
    return {
        "zh": "文书未载明，由作出机关决定",
        "en": "not said in the order; the authority decides",
    }


def _document(place: Workplace, connection: Connection, order: Order) -> Row:
    of, now = order.file["of"], place.clock()
    items = [_item(place, connection, order, item, now) for item in order.items]
    overdue = [item["id"] for item in items if item["overdue"]]
    return {
        "order": order.id,
        "state": order.state.value,
        "authority": order.file["authority"],
        "office": said(office_of(place.scope, order.file["authority"], of)),
        "number": order.file["number"],
        "title": order.file.get("title"),
        "received": moment(order.received.astimezone(ZONE)),
        "of": of,
        "systems": systems_of(place.scope, of),
        "inspection": order.file.get("inspection", ""),
        "duty": order.file.get("duty"),
        "due": moment(order.due and order.due.astimezone(ZONE)) if not order.is_ended else None,
        "closed": sum(item.is_closed for item in order.items),
        "overdue": overdue,
        "consequence": consequence(order) if overdue else None,
        "items": items,
        "note": said(NOT_ADVICE),
    }


def _item(place: Workplace, connection: Connection, order: Order, item: Item, now: datetime) -> Row:
    found = linked(connection, place.scope, order, item)
    handed_in = handed_in_at(order, item)
    return {
        "id": item.id,
        "text": item.text,
        "state": item.state.value,
        "due": moment(item.due.astimezone(ZONE)),
        "rule": item.rule,
        "provisional": item.provisional,
        "overdue": not order.is_ended and handed_in is None and item.due < now,
        "measures": item.measures,
        "findings": [
            {
                "id": each.id,
                "state": each.state.value,
                "severity": each.severity.value,
                "expectation": f"{each.suite}#{each.expectation}",
                "measured": moment(each.last_measured_at.astimezone(ZONE)),
            }
            for each in found
        ],
        "came_back": [each.id for each in found if each.is_open] if order.is_ended else [],
        "controls": list(item.controls),
        "expectations": list(item.expectations),
        "extension": _extension(item.extension),
        "grounds": [_proof(proof) for proof in item.grounds],
        "since": moment(item.since.astimezone(ZONE)),
        "reopened_because": item.reopened_because,
        "handed_in": moment(handed_in),
        "obligation": obligation_of(order, item),
    }


def _extension(each: Extension | None) -> Row | None:
    if each is None:
        return None
    return {
        "state": each.state,
        "until": moment(each.until.astimezone(ZONE)),
        "because": each.because,
        "asked_at": moment(each.asked_at.astimezone(ZONE)),
        "word": each.word,
    }


def _proof(proof: Proof) -> Row:
    return {
        "kind": proof.kind,
        "ref": proof.ref,
        "at": moment(proof.at.astimezone(ZONE)),
        "digest": proof.digest,
        "says": proof.says,
    }


def _event(event: OrderEvent) -> Row:
    return {**event.body, **_by(event)}


def _by(event: OrderEvent) -> Row:
    return {"at": moment(event.at.astimezone(ZONE)), "actor": event.actor}


def _names(connection: Connection, order: Order) -> dict[str, str]:
    ids = [event.body["by"] for event in order.of_act(OrderAct.SUBMIT)]
    known = ledger.names_of(connection, ids)
    return {id_: name.removeprefix("person:") for id_, name in known.items()}
