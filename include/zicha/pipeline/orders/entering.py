"""Entering an order to rectify: its deadlines reckoned, its links checked; entered once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.controls import load_controls
from zicha.catalog.notices import OrderedItem, OrderFile
from zicha.custody.canonical import canonical_digest
from zicha.duties.time import ZONE, Plan, end_of, span_from
from zicha.duties.working_days import WorkingDays, chinese_working_days
from zicha.model.errors import ConfigError
from zicha.model.order import Order, OrderAct, OrderEvent
from zicha.model.text import Text
from zicha.pipeline.orders.books import happen, written
from zicha.pipeline.received import (
    checked_authority,
    moment_in_zone,
    read_file,
    received_at,
    systems_of,
)
from zicha.pipeline.runs.rules import rules
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings
from zicha.storage import inspections as stored


def enter_order(place: Workplace, path: Path, actor: str) -> Order:
    """Enter an order with its deadlines reckoned; the same order is entered once."""
    file = read_file(path, OrderFile)
    checked_authority(file.authority, file.duty, path)
    systems_of(place.scope, file.of)
    now = place.clock()
    received = received_at(file.received, now, path)
    said = file.model_dump(mode="json", exclude_none=True)
    digest = canonical_digest(said)
    body = {
        "file": said,
        "digest": digest,
        "received": received.isoformat(),
        "items": [_item(file, item, received, path) for item in file.items],
    }
    with place.database.write() as connection:
        known = _known(connection, file, digest)
        if known is not None:
            return known
        _check_names(connection, file, path)
        id_ = stored.next_id(connection, stored.ORDER, place.today())
        event = OrderEvent(id_, 1, OrderAct.ENTER, "", body, now, actor)
        return written(place, connection, event)


def link(
    place: Workplace, id_: str, item: str, actor: str, *, measures: str = "", **links: Sequence[str]
) -> Order:
    """Tie findings, controls or expectations to an item, or say what is done about it."""
    given = {name: list(ids) for name, ids in links.items() if ids}
    if not given and not measures.strip():
        raise ConfigError("say what to link: --finding, --control, --expectation or --measures")
    with place.database.write() as connection:
        _check_links(connection, given, f"order {id_}")
        body = {**given, "measures": measures.strip()}
        return happen(place, connection, id_, OrderAct.LINK, body, actor=actor, item=item)


def _item(file: OrderFile, item: OrderedItem, received: datetime, path: Path) -> dict[str, Any]:
    plan = _deadline(item, received, chinese_working_days())
    assert plan.at is not None
    if plan.at <= received:
        raise ConfigError(f"{path}: item {item.id} is due before the order came: correct it")
    day_only = not isinstance(file.received, datetime)
    since = end_of(received.astimezone(ZONE).date()) if day_only else received
    return {
        "id": item.id,
        "text": item.text,
        "due": plan.at.isoformat(),
        # Of an order whose hour nobody wrote down, what was measured that day may be earlier.
        "since": since.isoformat(),
        "rule": f"{plan.because.zh} / {plan.because.en}",
        "provisional": plan.provisional,
        "findings": list(item.findings),
        "controls": list(item.controls),
        "expectations": list(item.expectations),
        "measures": item.measures,
    }


def _deadline(item: OrderedItem, received: datetime, days: WorkingDays) -> Plan:
    said = item.due
    if said.by is not None:
        named = Text("文书所载期限", "the date that stands in the order")
        return Plan(moment_in_zone(said.by, last=True), named)
    if said.working_days is not None:
        return span_from(received, "working_days", said.working_days, days)
    return span_from(received, "days", said.days or 0, days)


def _known(connection: Connection, file: OrderFile, digest: str) -> Order | None:
    for each in stored.orders(connection):
        if each.events[0].body["digest"] == digest:
            return each
        if (each.file["authority"], each.file["number"]) == (file.authority, file.number):
            raise ConfigError(
                f"order {file.number} of {file.authority} is {each.id} already, with other words: "
                "use its own commands, or correct the number"
            )
    return None


def _check_names(connection: Connection, file: OrderFile, path: Path) -> None:
    if file.inspection:
        stored.inspection(connection, file.inspection)
    for item in file.items:
        links = {n: list(getattr(item, n)) for n in ("findings", "controls", "expectations")}
        _check_links(connection, links, f"{path}: item {item.id}")


def _check_links(connection: Connection, links: Mapping[str, list[str]], where: str) -> None:
    for id_ in links.get("findings", ()):
        findings.get(connection, id_)
    controls = load_controls() if links.get("controls") else {}
    for id_ in links.get("controls", ()):
        if id_ not in controls:
            raise ConfigError(f"{where}: no control {id_}: see `zicha coverage`")
    known = {f"{s.id}#{e.id}" for s in rules().suites.values() for e in s.expectations}
    for id_ in links.get("expectations", ()):
        if id_ not in known:
            raise ConfigError(f"{where}: no expectation {id_}: write it as SUITE#EXPECTATION")
