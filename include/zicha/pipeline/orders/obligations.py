"""Each ordered item is an obligation, so that calendar, escalation and messages know of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from zicha.duties.obligations import OWED, TABLE, act
from zicha.model.obligation import Act, Obligation, ObligationState, ObligationStep, obligation_id
from zicha.model.order import Item, Order, OrderAct, OrderState

DUTY = "rectification-order"
AGAIN = (OrderAct.REOPEN_ITEM, OrderAct.RETURN, OrderAct.REOPEN)


def obligation_of(order: Order, item: Item) -> str:
    """The id of an item's obligation; an order that is taken up again makes another one."""
    times = sum(item.id in event.body["items"] for event in order.of_act(OrderAct.REOPEN))
    cycle = f"{order.id}.{item.id}" + (f".r{times + 1}" if times else "")
    return obligation_id(DUTY, order.file["of"], cycle)


def steps_of(
    order: Order, known: Mapping[str, Obligation], now: datetime, actor: str, owner: str
) -> list[ObligationStep]:
    """Whatever brings the obligations to where the order stands; none when they are there."""
    found: list[ObligationStep] = []
    for item in order.items:
        each = known.get(obligation_of(order, item))
        if each is None and not order.is_ended:
            each = _planned(order, item, owner)
            found.append(ObligationStep(each, Act.PLAN, None, now, actor))
            found.append(act(each, Act.OPEN, now, actor))
            each = found[-1].obligation
        if each is not None and not each.is_ended:
            found += _steps(order, item, each, now, actor)
    return found


def _steps(
    order: Order, item: Item, each: Obligation, now: datetime, actor: str
) -> Iterator[ObligationStep]:
    if (each.due, each.provisional) != (item.due, item.provisional):
        # A later deadline takes back that it was overdue now; that it once was, stays.
        late = each.state is ObligationState.OVERDUE and item.due > now
        state = ObligationState.OPEN if late else each.state
        moved = replace(each, due=item.due, provisional=item.provisional, level=0, state=state)
        yield ObligationStep(moved, Act.MOVE, each.state, now, actor, item.rule)
        each = moved
    for what, at, detail in _acts(order, item, each, now):
        taken = act(each, what, at, actor, detail)
        each = taken.obligation
        yield taken


def _acts(
    order: Order, item: Item, each: Obligation, now: datetime
) -> Iterator[tuple[Act, datetime, str]]:
    if order.state is OrderState.CLOSED:
        if each.state in OWED:
            yield Act.HAND_IN, now, "the authority closed the order"
        yield Act.ACCEPT, now, order.events[-1].body.get("result", "")
    elif order.state is OrderState.WITHDRAWN:
        handed_in = each.state is ObligationState.HANDED_IN
        why = order.events[-1].body.get("because", "the order was withdrawn")
        yield (Act.ACCEPT if handed_in else Act.WITHDRAW), now, why
    elif (at := handed_in_at(order, item)) is not None:
        if (each.state, Act.HAND_IN) in TABLE:
            yield Act.HAND_IN, at, "reported to the authority"
    elif each.state is ObligationState.HANDED_IN and not item.is_closed:
        yield Act.RETURN, now, item.reopened_because or "the item is not closed"


def handed_in_at(order: Order, item: Item) -> datetime | None:
    """When the authority was told that the item is closed, if nothing undid that since."""
    if not item.is_closed:
        return None
    told: datetime | None = None
    for event in order.events:
        if event.act is OrderAct.SUBMIT and item.id in event.body["items"]:
            told = datetime.fromisoformat(event.body["submitted_at"])
        elif event.act in AGAIN and item.id in (event.item, *event.body.get("items", ())):
            told = None
    return told


def _planned(order: Order, item: Item, owner: str) -> Obligation:
    id_ = obligation_of(order, item)
    return Obligation(
        id=id_,
        duty=DUTY,
        of=order.file["of"],
        cycle=id_.rpartition(":")[2],
        state=ObligationState.PLANNED,
        due=item.due,
        opens_at=order.received,
        owner=owner,
        provisional=item.provisional,
    )
