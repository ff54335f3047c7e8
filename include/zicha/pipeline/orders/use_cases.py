"""Orders to rectify: more time, proofs, replies handed in, sent back, ended.

Nothing here tells anybody outside: people hand the reply in, and record that they did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from zicha.catalog.notices import When
from zicha.custody.entry import Commitment
from zicha.duties.time import ZONE, span_from
from zicha.duties.working_days import chinese_working_days
from zicha.model.errors import ConfigError
from zicha.model.order import Order, OrderAct, grounds_of
from zicha.pipeline.handed_in import check_handed_in
from zicha.pipeline.inspections.documents import all_attested
from zicha.pipeline.orders.books import happen, refresh
from zicha.pipeline.orders.proofs import attestations_of, seen_of
from zicha.pipeline.received import moment_in_zone, paper
from zicha.pipeline.workplace import Workplace
from zicha.storage import inspections as stored
from zicha.storage import ledger

_SET_BY = {
    OrderAct.RETURN: "退回时另定的期限 / the date set when it was returned",
    OrderAct.REOPEN: "重启时另定的期限 / the date set when it was taken up again",
}


def ask_extension(
    place: Workplace, id_: str, item: str, *, until: When, because: str, actor: str
) -> Order:
    """Record that more time was asked for; the deadline stays until the authority answers."""
    body = {
        "until": moment_in_zone(until, last=True).isoformat(),
        "because": _why(because, "--because: say why more time is needed"),
    }
    with place.database.write() as connection:
        return happen(place, connection, id_, OrderAct.ASK, body, actor=actor, item=item)


def answer_extension(
    place: Workplace,
    id_: str,
    item: str,
    *,
    granted: bool,
    word: str,
    actor: str,
    until: When | None = None,
    document: Path | None = None,
) -> Order:
    """Record the authority's answer; only a grant moves the deadline."""
    said = _why(word, "--word: say what the authority answered, and by which letter")
    with place.database.write() as connection:
        asked = stored.order(connection, id_).item(item).extension
        body: dict[str, Any] = {"word": said}
        if granted:
            given = moment_in_zone(until, last=True) if until else asked and asked.until
            body["until"] = given.isoformat() if given else ""
        objects = _with_paper(place, body, "document", document)
        act = OrderAct.GRANT if granted else OrderAct.REFUSE
        if asked is None:
            raise ConfigError(f"item {item}: no extension is asked for that could be answered")
        return happen(
            place, connection, id_, act, body, actor=actor, item=item, objects=objects
        )  # fmt: skip


def close_item(
    place: Workplace, id_: str, item: str, actor: str, named: Sequence[str] = ()
) -> Order:
    """Close an item by what was measured or attested since; a person's word does not do it."""
    given = all_attested(place) if named else []
    with place.database.write() as connection:
        order = stored.order(connection, id_)
        wanted = order.item(item)
        proofs = attestations_of(place.scope, order, named, given)
        seen = seen_of(connection, place.scope, order, wanted)
        grounds = grounds_of(wanted, seen, proofs)
        body = {
            "grounds": [
                {
                    "kind": proof.kind,
                    "ref": proof.ref,
                    "at": proof.at.astimezone(ZONE).isoformat(),
                    "digest": proof.digest,
                    "says": proof.says,
                }
                for proof in grounds
            ]
        }
        return happen(place, connection, id_, OrderAct.CLOSE_ITEM, body, actor=actor, item=item)


def record_submission(
    place: Workplace,
    id_: str,
    *,
    at: datetime,
    by: str,
    channel: str,
    actor: str,
    receipt: Path | None = None,
) -> Order:
    """That a person handed the newest reply in; what it calls closed is handed in with it."""
    check_handed_in(at, by, channel, place.clock())
    with place.database.write() as connection:
        order = stored.order(connection, id_)
        replies = order.of_act(OrderAct.REPLY)
        if not replies:
            raise ConfigError(f"no reply to {id_} was made: run `zicha order reply {id_}` first")
        if at < order.received:
            raise ConfigError(f"{at.isoformat()} lies before the order: say when it was handed in")
        body: dict[str, Any] = {
            "submitted_at": at.astimezone(ZONE).isoformat(),
            "by": ledger.person_id(connection, f"person:{by.strip()}"),
            "channel": channel.strip(),
            "reply": replies[-1].body["digest"],
            "items": replies[-1].body["closed"],
            "receipt": None,
        }
        objects = _with_paper(place, body, "receipt", receipt)
        done = order.of_act(OrderAct.SUBMIT)
        if done and done[-1] is order.events[-1] and done[-1].body == body:
            return order
        return happen(place, connection, id_, OrderAct.SUBMIT, body, actor=actor, objects=objects)


def owe_again(
    place: Workplace,
    id_: str,
    act: OrderAct,
    because: str,
    actor: str,
    *,
    items: Sequence[str] = (),
    due: When | None = None,
    working_days: int | None = None,
) -> Order:
    """That an order was sent back, or is taken up after its end: these items (else all) are open.

    Raises:
        ConfigError: no reason is given, the new deadline has passed, or there are two.
    """
    why = _why(because, "--because: say why the items are owed again")
    with place.database.write() as connection:
        order = stored.order(connection, id_)
        wanted = [order.item(item).id for item in items] or [item.id for item in order.items]
        body = {"because": why, "items": wanted}
        body |= _deadline(_SET_BY[act], due, working_days, place.clock())
        return happen(place, connection, id_, act, body, actor=actor)


def close_order(
    place: Workplace, id_: str, result: str, actor: str, document: Path | None = None
) -> Order:
    """End it by the authority's word; every item must be closed, and still be."""
    body: dict[str, Any] = {
        "result": _why(result, "--result: say what the authority concluded, and by which letter")
    }
    with place.database.write() as connection:
        refresh(place, connection)
        order = stored.order(connection, id_)
        if still := [item.id for item in order.items if not item.is_closed]:
            raise ConfigError(
                f"order {id_} cannot be closed: item {', '.join(still)} is not: close it with "
                f"`zicha order item close`, or withdraw the order by the authority's word"
            )
        objects = _with_paper(place, body, "document", document)
        return happen(place, connection, id_, OrderAct.CLOSE, body, actor=actor, objects=objects)


def withdraw_order(place: Workplace, id_: str, because: str, actor: str) -> Order:
    """Record that the authority took its order back."""
    body = {"because": _why(because, "--because: say by which word it was withdrawn")}
    with place.database.write() as connection:
        return happen(place, connection, id_, OrderAct.WITHDRAW, body, actor=actor)


def _deadline(
    rule: str, due: When | None, working_days: int | None, now: datetime
) -> dict[str, Any]:
    """The new deadline as an event holds it; nothing where the authority set none."""
    if due is not None and working_days is not None:
        raise ConfigError("give --due or --working-days, one of them")
    if working_days is not None:
        plan = span_from(now, "working_days", working_days, chinese_working_days())
        reckoned = f"{plan.because.zh} / {plan.because.en}"
        last = plan.at.isoformat() if plan.at else ""
        return {"due": last, "provisional": plan.provisional, "rule": reckoned}
    if due is None:
        return {}
    at = moment_in_zone(due, last=True)
    if at <= now:
        raise ConfigError(f"the new deadline {at.isoformat()} has passed: correct it")
    return {"due": at.isoformat(), "rule": rule}


def _with_paper(
    place: Workplace, body: dict[str, Any], name: str, path: Path | None
) -> tuple[Commitment, ...]:
    if path is None:
        return ()
    body[name], held = paper(place, path, sealed=True)
    return (held,)


def _why(text: str, otherwise: str) -> str:
    if not text.strip():
        raise ConfigError(otherwise)
    return text.strip()
