"""Commands about orders to rectify: items, proofs, extensions, the reply, what came back."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zicha.cli.output import Format, Shape, say, show_json, show_rows
from zicha.cli.people import actor
from zicha.cli.place import here, watched
from zicha.model.errors import ConfigError

DAY = re.compile(r"\d{4}-\d\d-\d\d")

if TYPE_CHECKING:
    from zicha.model.order import Order, OrderAct
    from zicha.pipeline.workplace import Workplace

Id = Annotated[str, typer.Argument(metavar="ID", help="an id of `zicha order list`")]
ItemId = Annotated[str, typer.Option("--item", help="an item of the order")]
Because = Annotated[str, typer.Option("--because", help="the reason")]
Until = Annotated[str, typer.Option("--until", help="2026-12-31, or with a time")]
Due = Annotated[str, typer.Option("--due", help="the new deadline, 2026-12-31")]
WorkingDays = Annotated[
    int | None, typer.Option("--working-days", min=1, help="or so many, from today")
]
Items = Annotated[
    list[str] | None, typer.Option("--item", help="several may be given; all if none")
]
Paper = Annotated[Path | None, typer.Option("--document", help="the authority's letter")]
LISTED = [
    *("order", "state", "authority", "number", "of", "received", "due", "items", "closed"),
    *("overdue", "consequence"),
]
ITEM = ["id", "state", "due", "provisional", "overdue", "text", "findings", "extension", "measures"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    order = typer.Typer(no_args_is_help=True, help="责令整改 / orders to rectify")
    order.callback()(orders)
    for name, command in (
        ("template", template),
        ("enter", enter),
        ("link", link),
        ("extend", extend),
        ("extension", extension),
        ("reply", reply),
        ("submitted", submitted),
        ("returned", returned),
        ("close", close),
        ("withdraw", withdraw),
        ("reopen", reopen),
        ("list", list_orders),
        ("show", show),
    ):
        order.command(name)(command)
    item = typer.Typer(no_args_is_help=True, help="整改事项 / items of an order")
    item.callback()(items)
    item.command("close")(close_item)
    order.add_typer(item, name="item")
    app.add_typer(order, name="order")


def orders() -> None:
    """责令整改 / orders to rectify."""


def items() -> None:
    """整改事项 / items of an order."""


def template() -> None:
    """文书样例 / print an order to fill in."""
    from zicha.pipeline.received import template_of

    typer.echo(template_of("order"), nl=False)


def enter(
    file: Annotated[Path, typer.Option("--file", help="the order, as `template` prints one")],
    form: Shape = Format.TABLE,
) -> None:
    """登记 / enter an order; its deadlines are reckoned and stand in the calendar."""
    from zicha.pipeline.orders.entering import enter_order

    place = here()
    _show(place, enter_order(place, file, actor()), form)


def link(  # noqa: PLR0917 - the command's own options
    id_: Id,
    item: ItemId,
    finding: Annotated[list[str] | None, typer.Option("--finding")] = None,
    control: Annotated[list[str] | None, typer.Option("--control")] = None,
    expectation: Annotated[
        list[str] | None, typer.Option("--expectation", help="SUITE#EXPECTATION")
    ] = None,
    measures: Annotated[str, typer.Option("--measures", help="what is done about it")] = "",
    form: Shape = Format.TABLE,
) -> None:
    """关联 / tie an item to findings, controls or expectations, or say what is done."""
    from zicha.pipeline.orders.entering import link as link_item

    place = here()
    found = link_item(
        place,
        id_,
        item,
        actor(),
        measures=measures,
        findings=finding or [],
        controls=control or [],
        expectations=expectation or [],
    )
    _show(place, found, form)


def extend(
    id_: Id, item: ItemId, until: Until, because: Because, form: Shape = Format.TABLE
) -> None:
    """申请延期 / record that more time was asked for; the deadline does not move by that."""
    from zicha.pipeline.orders.use_cases import ask_extension

    place, wanted = here(), _when(until)
    found = ask_extension(place, id_, item, until=wanted, because=because, actor=actor())
    _show(place, found, form)


def extension(
    id_: Id,
    item: ItemId,
    word: Annotated[str, typer.Option("--word", help="the answer, and by which letter")],
    *,
    granted: Annotated[bool | None, typer.Option("--granted/--refused", help="which")] = None,
    until: Until = "",
    document: Paper = None,
    form: Shape = Format.TABLE,
) -> None:
    """延期答复 / record the authority's answer; only a grant moves the deadline."""
    from zicha.pipeline.orders.use_cases import answer_extension

    if granted is None:
        raise ConfigError(f"item {item}: say --granted or --refused")
    if until and not granted:
        raise ConfigError("--until goes with --granted only: what is refused moves nothing")
    place = here()
    found = answer_extension(
        place,
        id_,
        item,
        granted=granted,
        word=word,
        actor=actor(),
        until=_when(until) if until else None,
        document=document,
    )
    _show(place, found, form)


def close_item(
    id_: Id,
    item: ItemId,
    attestation: Annotated[
        list[str] | None, typer.Option("--attestation", help="one that came later, with its paper")
    ] = None,
    form: Shape = Format.TABLE,
) -> None:
    """销项 / close an item by a later measurement or attestation, never by a word."""
    from zicha.pipeline.orders.use_cases import close_item as close_one

    place = here()
    _show(place, close_one(place, id_, item, actor(), attestation or []), form)


def reply(
    id_: Id,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="where to write")],
    lang: Annotated[str, typer.Option("--lang", help="zh or en")] = "zh",
    form: Shape = Format.TABLE,
) -> None:
    """整改报告 / write the reply as it stands; it is sent to nobody."""
    from zicha.pipeline.orders.replies import reply as write_reply

    if lang not in {"zh", "en"}:
        raise ConfigError(f"--lang {lang} is no language of the replies: give zh or en")
    with watched() as progress:
        found = write_reply(here(progress), id_, out, "zh" if lang == "zh" else "en", actor())
    if form is Format.JSON:
        show_json(found)
        return
    show_rows(found["files"], ["path", "size", "sha256"], form)
    if found["open"]:
        say(f"still open: item {', '.join(found['open'])}; the reply says so")


def submitted(
    id_: Id,
    *,
    at: Annotated[str, typer.Option("--at", help="when, as 2026-12-02T16:40+08:00")],
    by: Annotated[str, typer.Option("--by", help="who handed it in")],
    channel: Annotated[str, typer.Option("--channel", help="platform, letter, visit, …")],
    receipt: Annotated[Path | None, typer.Option("--receipt", help="the receipt's file")] = None,
    form: Shape = Format.TABLE,
) -> None:
    """已报送 / record that a person handed the newest reply in."""
    from zicha.duties.time import moment_of
    from zicha.pipeline.orders.use_cases import record_submission

    place, when = here(), moment_of(at)
    found = record_submission(
        place, id_, at=when, by=by, channel=channel, actor=actor(), receipt=receipt
    )
    _show(place, found, form)


def returned(
    id_: Id,
    because: Because,
    *,
    item: Items = None,
    due: Due = "",
    working_days: WorkingDays = None,
    form: Shape = Format.TABLE,
) -> None:
    """退回 / record that the authority sent the reply back; the items are open again."""
    from zicha.model.order import OrderAct

    _owe_again(
        id_, OrderAct.RETURN, because, items=item, due=due, working_days=working_days, form=form
    )


def close(
    id_: Id,
    result: Annotated[str, typer.Option("--result", help="the conclusion, and by which letter")],
    document: Paper = None,
    form: Shape = Format.TABLE,
) -> None:
    """销号 / end the order by the authority's word, or name what hinders it."""
    from zicha.pipeline.orders.use_cases import close_order

    place = here()
    _show(place, close_order(place, id_, result, actor(), document), form)


def withdraw(id_: Id, because: Because, form: Shape = Format.TABLE) -> None:
    """撤销 / record that the authority took its order back."""
    from zicha.pipeline.orders.use_cases import withdraw_order

    place = here()
    _show(place, withdraw_order(place, id_, because, actor()), form)


def reopen(
    id_: Id,
    because: Because,
    *,
    item: Items = None,
    due: Due = "",
    working_days: WorkingDays = None,
    form: Shape = Format.TABLE,
) -> None:
    """重启 / take up an order again that was closed or withdrawn."""
    from zicha.model.order import OrderAct

    _owe_again(
        id_, OrderAct.REOPEN, because, items=item, due=due, working_days=working_days, form=form
    )


def list_orders(form: Shape = Format.TABLE) -> None:
    """列出 / every order, the newest first."""
    from zicha.pipeline.orders.documents import order_rows

    rows = order_rows(here())
    show_rows(rows if form is Format.JSON else [_line(row) for row in rows], LISTED, form)
    _not_advice()


def show(id_: Id, form: Shape = Format.TABLE) -> None:
    """详情 / one order with its items, proofs, extensions, replies and history."""
    from zicha.pipeline.orders.documents import order_document

    _print(order_document(here(), id_), form)


def _owe_again(
    id_: str,
    act: OrderAct,
    because: str,
    *,
    items: list[str] | None,
    due: str,
    working_days: int | None,
    form: Format,
) -> None:
    from zicha.pipeline.orders.use_cases import owe_again

    place, moved = here(), _when(due) if due else None
    found = owe_again(
        place, id_, act, because, actor(), items=items or [], due=moved, working_days=working_days
    )
    _show(place, found, form)


def _show(place: Workplace, order: Order, form: Format) -> None:
    from zicha.pipeline.orders.documents import order_document

    _print(order_document(place, order.id), form)


def _print(found: dict[str, Any], form: Format) -> None:
    if form is Format.JSON:
        show_json(found)
        _not_advice()
        return
    rows = [
        {
            **item,
            "findings": [f"{f['id']} {f['state']}" for f in item["findings"]],
            "extension": item["extension"]["state"] if item["extension"] else "",
        }
        for item in found["items"]
    ]
    show_rows(rows, ITEM, form)
    say(f"{found['order']} {found['number']}: {found['state']}, due {found['due'] or '-'}")
    if found["consequence"]:
        late, says = ", ".join(found["overdue"]), found["consequence"]
        say(f"item {late} is overdue; what follows: {says['zh']} / {says['en']}")
    _not_advice()


def _line(found: dict[str, Any]) -> dict[str, Any]:
    return found | {"items": len(found["items"])}


def _when(said: str) -> date | datetime:
    from zicha.duties.time import moment_of

    moment = moment_of(said)
    return moment.date() if DAY.fullmatch(said) else moment


def _not_advice() -> None:
    from zicha.catalog.duties import NOT_ADVICE

    say(f"{NOT_ADVICE.zh} / {NOT_ADVICE.en}")
