"""Commands about inspections by an authority: frozen scope, documents, questions, hand-over."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from zicha.cli.output import Format, Shape, say, show_fields, show_json, show_rows
from zicha.cli.people import actor
from zicha.cli.place import here

Id = Annotated[str, typer.Argument(metavar="ID", help="an id of `zicha inspection list`")]
Notice = Annotated[Path, typer.Option("--file", help="the notice, as `template` prints one")]
Text = Annotated[str, typer.Option("--text", help="the words")]
By = Annotated[str, typer.Option("--by", help="who; kept under an id that can be erased")]
At = Annotated[str, typer.Option("--at", help="when, as 2026-12-01T10:00+08:00; now if left out")]
LISTED = [
    *("inspection", "state", "kind", "authority", "number", "received", "systems", "day"),
    *("missing", "unanswered"),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    inspection = typer.Typer(no_args_is_help=True, help="监督检查 / inspections by an authority")
    inspection.callback()(inspections)
    for name, command in (
        ("template", template),
        ("open", open_),
        ("collect", collect),
        ("supply", supply),
        ("question", question),
        ("answer", answer),
        ("person", person),
        ("handover", handover),
        ("close", close),
        ("reopen", reopen),
        ("list", list_inspections),
        ("show", show),
    ):
        inspection.command(name)(command)
    app.add_typer(inspection, name="inspection")


def inspections() -> None:
    """监督检查 / inspections by an authority."""


def template() -> None:
    """通知样例 / print a notice to fill in."""
    from zicha.pipeline.received import template_of

    typer.echo(template_of("inspection"), nl=False)


def open_(file: Notice, form: Shape = Format.TABLE) -> None:
    """立项 / freeze the scope that a notice names and hold its evidence."""
    from zicha.pipeline.inspections.use_cases import open_inspection

    _show(open_inspection(here(), file, actor()), form)


def collect(id_: Id, form: Shape = Format.TABLE) -> None:
    """收集 / find each document that the notice lists, and name what is missing."""
    from zicha.pipeline.inspections.documents import collect as collect_documents

    _documents(collect_documents(here(), id_, actor()), form)


def supply(
    id_: Id,
    document: Annotated[str, typer.Option("--document", help="its id in the notice")],
    file: Annotated[Path, typer.Option("--file", help="the file that answers it")],
    by: By = "",
    form: Shape = Format.TABLE,
) -> None:
    """补充材料 / seal a file that answers a document of the notice."""
    from zicha.pipeline.inspections.documents import supply as supply_document

    _documents(supply_document(here(), id_, document, file, by=by, actor=actor()), form)


def question(id_: Id, text: Text, by: By = "", at: At = "", form: Shape = Format.TABLE) -> None:
    """询问 / record a question; it is numbered."""
    from zicha.pipeline.inspections.use_cases import ask

    found = ask(here(), id_, text, by, actor(), at=_moment(at))
    _show(found, form)


def answer(
    id_: Id,
    number: Annotated[int, typer.Option("--question", help="the number of the question")],
    text: Text,
    *,
    by: By = "",
    at: At = "",
    file: Annotated[Path | None, typer.Option("--file", help="a paper handed in with it")] = None,
    form: Shape = Format.TABLE,
) -> None:
    """答复 / record an answer."""
    from zicha.pipeline.inspections.use_cases import answer as give

    place, when = here(), _moment(at)
    _show(give(place, id_, number, text, by=by, actor=actor(), at=when, file=file), form)


def person(
    id_: Id,
    name: Annotated[str, typer.Option("--name", help="kept under an id that can be erased")],
    *,
    side: Annotated[str, typer.Option("--side", help="authority or ours")],
    role: Annotated[str, typer.Option("--role", help="office or task")] = "",
    at: At = "",
    form: Shape = Format.TABLE,
) -> None:
    """人员 / record somebody who took part."""
    from zicha.pipeline.inspections.use_cases import meet

    place, when = here(), _moment(at)
    _show(meet(place, id_, name, role=role, side=side, actor=actor(), at=when), form)


def handover(
    id_: Id,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="a new folder")],
    form: Shape = Format.TABLE,
) -> None:
    """移交 / the documents, the evidence, the list with digests, and verify.sh."""
    from zicha.cli.place import watched
    from zicha.pipeline.inspections.handing_over import hand_over

    with watched() as progress:
        found = hand_over(here(progress), id_, out, actor())
    if form is Format.JSON:
        show_json(found)
        return
    show_rows(found["files"], ["path", "size", "sha256"], form)
    for each in found["lacking"]:
        say(f"not handed over: {each['path']}: {each['because']['zh']} / {each['because']['en']}")
    for row in found["documents"]:
        for lack in row["lacks"]:
            say(f"{row['state']}: {row['id']}: {lack['zh']}；{lack['do']['zh']} / {lack['en']}")
    say(f"{found['path']}: sha256 of the manifest {found['manifest']['sha256']}; sh verify.sh")


def close(
    id_: Id,
    result: Annotated[str, typer.Option("--result", help="how it ended")],
    form: Shape = Format.TABLE,
) -> None:
    """结束 / end it with what the authority concluded; the hold stays until it is released."""
    from zicha.pipeline.inspections.use_cases import close_inspection

    found = close_inspection(here(), id_, result, actor())
    _show(found, form)
    hold = found["frozen"]["hold"]
    say(f"its evidence stays on hold: `zicha retention release {hold} --because WHY` ends that")


def reopen(
    id_: Id,
    because: Annotated[str, typer.Option("--because", help="the reason")],
    form: Shape = Format.TABLE,
) -> None:
    """重启 / take a closed inspection up again."""
    from zicha.pipeline.inspections.use_cases import reopen_inspection

    _show(reopen_inspection(here(), id_, because, actor()), form)


def list_inspections(form: Shape = Format.TABLE) -> None:
    """列出 / every inspection, the newest first."""
    from zicha.pipeline.inspections.use_cases import inspection_rows

    show_rows(inspection_rows(here()), LISTED, form)


def show(id_: Id, form: Shape = Format.TABLE) -> None:
    """详情 / notice, frozen scope, documents, questions, people and history."""
    from zicha.pipeline.inspections.use_cases import inspection_document

    _show(inspection_document(here(), id_), form)


def _documents(rows: list[dict[str, Any]], form: Format) -> None:
    if form is Format.JSON:
        show_json(rows)
        return
    columns = ["id", "state", "title", "kind", "found", "lacks"]
    show_rows([{**r, "found": [f["name"] for f in r["found"]]} for r in rows], columns, form)


def _show(found: dict[str, Any], form: Format) -> None:
    if form is Format.JSON:
        show_json(found)
    else:
        frozen = found["frozen"]
        held = {"frozen": frozen["day"], "root": frozen["ledger"]["short"], "hold": frozen["hold"]}
        show_fields({name: found[name] for name in LISTED} | held, form)


def _moment(said: str) -> datetime | None:
    from zicha.duties.time import moment_of

    return moment_of(said) if said else None
