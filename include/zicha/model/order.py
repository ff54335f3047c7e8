"""An order to rectify: its items, and the explicit table of what may follow what.

An order is nothing but what happened to it: its state is replayed from its events. An item is
closed by a measurement or by an attestation that is later than the order, never by a person's word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from zicha.model.errors import ConfigError


class OrderState(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class ItemState(StrEnum):
    """Where one item stands."""

    OPEN = "open"
    CLOSED = "closed"
    REOPENED = "reopened"


class OrderAct(StrEnum):
    """What can happen to one."""

    ENTER = "enter"
    LINK = "link"
    ASK = "ask-extension"
    GRANT = "grant-extension"
    REFUSE = "refuse-extension"
    CLOSE_ITEM = "close-item"
    REOPEN_ITEM = "reopen-item"
    REPLY = "reply"
    SUBMIT = "submit"
    RETURN = "return"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


WORK = (
    OrderAct.LINK,
    OrderAct.ASK,
    OrderAct.GRANT,
    OrderAct.REFUSE,
    OrderAct.CLOSE_ITEM,
    OrderAct.REOPEN_ITEM,
    OrderAct.REPLY,
)
STANDING = (OrderState.OPEN, OrderState.SUBMITTED, OrderState.RETURNED)

TABLE: Mapping[tuple[OrderState, OrderAct], OrderState] = {
    **{(state, act): state for state in STANDING for act in WORK},
    **{(state, OrderAct.SUBMIT): OrderState.SUBMITTED for state in STANDING},
    (OrderState.SUBMITTED, OrderAct.RETURN): OrderState.RETURNED,
    **{(state, OrderAct.CLOSE): OrderState.CLOSED for state in STANDING},
    **{(state, OrderAct.WITHDRAW): OrderState.WITHDRAWN for state in STANDING},
    (OrderState.CLOSED, OrderAct.REOPEN): OrderState.RETURNED,
    (OrderState.WITHDRAWN, OrderAct.REOPEN): OrderState.RETURNED,
}
"""What may follow what; anything else is refused."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What an item is closed by: a measurement of a finding's subject, or an attestation."""

    kind: Literal["measurement", "attestation"]
    ref: str
    at: datetime
    digest: str
    says: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A linked finding: open or not, and the measurement that showed it mended, if there is one."""

    finding: str
    is_open: bool
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """More time that was asked for; only the authority's word moves the deadline."""

    until: datetime
    because: str
    asked_at: datetime
    state: Literal["asked", "granted", "refused"] = "asked"
    word: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is to be mended.

    Args:
        due: the last permitted second; `rule` says how it was reckoned.
        provisional: it hangs on working days that nobody has published.
        since: a proof counts only when it is later than this.
        links: ids of findings, and the controls and expectations whose findings belong to it.
    """

    id: str
    text: str
    due: datetime
    since: datetime
    rule: str = ""
    provisional: bool = False
    state: ItemState = ItemState.OPEN
    findings: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    expectations: tuple[str, ...] = ()
    measures: str = ""
    extension: Extension | None = None
    grounds: tuple[Proof, ...] = ()
    reopened_because: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether it was shown to be mended, and still is."""
        return self.state is ItemState.CLOSED


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """Something that happened to an order, numbered from 1; `item` is empty for the whole of it."""

    of: str
    number: int
    act: OrderAct
    item: str
    body: Mapping[str, Any]
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands; `file` is as it was entered."""

    id: str
    state: OrderState
    received: datetime
    file: Mapping[str, Any]
    items: tuple[Item, ...]
    events: tuple[OrderEvent, ...]

    @property
    def is_ended(self) -> bool:
        """Whether the authority asks for nothing more."""
        return self.state in {OrderState.CLOSED, OrderState.WITHDRAWN}

    @property
    def due(self) -> datetime | None:
        """The nearest deadline of what is not closed."""
        return min((item.due for item in self.items if not item.is_closed), default=None)

    def item(self, id_: str) -> Item:
        """One item."""
        found = next((item for item in self.items if item.id == id_), None)
        if found is None:
            known = ", ".join(item.id for item in self.items)
            raise ConfigError(f"order {self.id} has no item {id_!r}: choose one of {known}")
        return found

    def of_act(self, *acts: OrderAct) -> tuple[OrderEvent, ...]:
        """What happened of these kinds."""
        return tuple(event for event in self.events if event.act in acts)


def replayed(events: Sequence[OrderEvent]) -> Order:
    """The order that these events make, from its entering on."""
    first = events[0]
    items = tuple(_item_of(said) for said in first.body["items"])
    received = datetime.fromisoformat(first.body["received"])
    order = Order(first.of, OrderState.OPEN, received, first.body["file"], items, (first,))
    for event in events[1:]:
        order = happen(order, event)
    return order


def after(order: Order, act: OrderAct) -> OrderState:
    """The state that an act leads to, or a refusal that says what is possible."""
    found = TABLE.get((order.state, act))
    if found is None:
        possible = ", ".join(a.value for s, a in TABLE if s is order.state)
        raise ConfigError(
            f"order {order.id} is {order.state.value}: {act.value} is not possible, only {possible}"
        )
    return found


def happen(order: Order, event: OrderEvent) -> Order:
    """The order after one more event; a closing without its grounds is refused here too."""
    state = after(order, event.act)
    items = tuple(_item_after(item, event) for item in order.items)
    return replace(order, state=state, items=items, events=(*order.events, event))


def next_event(
    order: Order,
    act: OrderAct,
    at: datetime,
    actor: str,
    *,
    item: str = "",
    body: Mapping[str, Any] | None = None,
) -> OrderEvent:
    """The next thing that happens, if the tables allow it."""
    after(order, act)
    event = OrderEvent(order.id, order.events[-1].number + 1, act, item, body or {}, at, actor)
    if item:
        order.item(item)
    happen(order, event)
    return event


def grounds_of(item: Item, seen: Sequence[Seen], attested: Sequence[Proof]) -> tuple[Proof, ...]:
    """What the item can be closed by now.

    An attestation never outweighs a measurement: it speaks where no linked finding is open.

    Raises:
        ConfigError: a linked finding is open, or nothing later than the order shows it mended.
    """
    if still := [each.finding for each in seen if each.is_open]:
        raise ConfigError(
            f"item {item.id}: {', '.join(still[:5])} is still open: mend it, then let it be "
            "measured again with `zicha run --again`"
        )
    measured = [each.proof for each in seen if each.proof and each.proof.at > item.since]
    later = tuple(proof for proof in attested if proof.at > item.since)
    if seen and len(measured) == len(seen):
        return (*measured, *later)
    if later:
        return (*measured, *later)
    unmeasured = [each.finding for each in seen if each.proof not in measured]
    what = f"{', '.join(unmeasured[:5])} was not measured" if unmeasured else "nothing was shown"
    raise ConfigError(
        f"item {item.id}: {what} after {item.since.isoformat()}: run `zicha run --again`, or load "
        "an attestation dated after that day with its document and name it with --attestation"
    )


def _item_after(item: Item, event: OrderEvent) -> Item:
    if event.act in {OrderAct.RETURN, OrderAct.REOPEN}:
        return _returned(item, event) if item.id in event.body["items"] else item
    return _worked_on(item, event) if event.item == item.id else item


def _worked_on(item: Item, event: OrderEvent) -> Item:
    match event.act:
        case OrderAct.LINK:
            return _linked(item, event.body)
        case OrderAct.ASK | OrderAct.GRANT | OrderAct.REFUSE:
            return _extended(item, event)
        case OrderAct.CLOSE_ITEM:
            return _closed(item, event)
        case OrderAct.REOPEN_ITEM:
            if not item.is_closed:
                raise ConfigError(f"item {item.id} is {item.state.value}: it cannot be reopened")
            return _again(item, event.body["because"], event.at)
    return item


def _closed(item: Item, event: OrderEvent) -> Item:
    if item.is_closed:
        raise ConfigError(f"item {item.id} is closed already")
    grounds = tuple(_proof_of(said) for said in event.body["grounds"])
    if not grounds or any(not item.since < proof.at <= event.at for proof in grounds):
        raise ConfigError(f"item {item.id}: nothing measured or attested since shows it mended")
    return replace(item, state=ItemState.CLOSED, grounds=grounds)


def _again(item: Item, because: str, since: datetime) -> Item:
    return replace(
        item, state=ItemState.REOPENED, grounds=(), since=since, reopened_because=because
    )


def _returned(item: Item, event: OrderEvent) -> Item:
    again = _again(item, event.body["because"], event.at)
    due = event.body.get("due")
    if not due:
        return again
    moved = datetime.fromisoformat(due)
    provisional = bool(event.body.get("provisional"))
    rule = str(event.body.get("rule", ""))
    return replace(again, due=moved, provisional=provisional, rule=rule, extension=None)


def _linked(item: Item, body: Mapping[str, Any]) -> Item:
    def joined(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*getattr(item, name), *body.get(name, ()))))

    return replace(
        item,
        findings=joined("findings"),
        controls=joined("controls"),
        expectations=joined("expectations"),
        measures=body.get("measures") or item.measures,
    )


def _extended(item: Item, event: OrderEvent) -> Item:
    asked = item.extension
    if event.act is OrderAct.ASK:
        if asked is not None and asked.state == "asked":
            raise ConfigError(f"item {item.id}: an extension is asked for already, wait for it")
        until = datetime.fromisoformat(event.body["until"])
        if until <= item.due:
            raise ConfigError(f"item {item.id} is due {item.due.isoformat()}: ask for a later day")
        return replace(item, extension=Extension(until, event.body["because"], event.at))
    if asked is None or asked.state != "asked":
        raise ConfigError(f"item {item.id}: no extension is asked for that could be answered")
    word = event.body["word"]
    if event.act is OrderAct.REFUSE:
        return replace(item, extension=replace(asked, state="refused", word=word))
    until = datetime.fromisoformat(event.body["until"])
    if until <= item.due:
        raise ConfigError(f"item {item.id} is due {item.due.isoformat()}: that is no extension")
    granted = replace(asked, until=until, state="granted", word=word)
    rule = "延期经机关同意 / extended by the authority's word"
    return replace(item, extension=granted, due=until, provisional=False, rule=rule)


def _item_of(said: Mapping[str, Any]) -> Item:
    return Item(
        id=said["id"],
        text=said["text"],
        due=datetime.fromisoformat(said["due"]),
        since=datetime.fromisoformat(said["since"]),
        rule=said["rule"],
        provisional=said["provisional"],
        findings=tuple(said["findings"]),
        controls=tuple(said["controls"]),
        expectations=tuple(said["expectations"]),
        measures=said["measures"],
    )


def _proof_of(said: Mapping[str, Any]) -> Proof:
    return Proof(
        said["kind"],
        said["ref"],
        datetime.fromisoformat(said["at"]),
        said["digest"],
        said.get("says", ""),
    )
