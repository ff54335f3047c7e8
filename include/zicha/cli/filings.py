"""Commands about filings: built from sealed facts, approved by another person, recorded by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zicha.cli.output import Format, Shape, say, show_fields, show_json, show_rows
from zicha.cli.people import actor
from zicha.cli.place import here

Id = Annotated[str, typer.Argument(metavar="ID", help="an id of `zicha filing list`")]
Because = Annotated[str, typer.Option("--because", help="the reason")]
LISTED = [
    *("filing", "state", "duty", "of", "due", "late", "version", "grade", "blockers", "warnings"),
]
SHOWN = [
    *(*LISTED, "consequence", "obligation", "form", "form_grade", "sources"),
    *("package", "approved", "authors", "folder"),
]
LINTED = ["severity", "rule", "where", "says", "detail", "remedy"]
FALLS_SHORT = 1


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    filing = typer.Typer(no_args_is_help=True, help="报送材料 / filings")
    filing.callback()(filings)
    for name, command in (
        ("list", list_filings),
        ("open", open_),
        ("template", template),
        ("fill", fill),
        ("build", build),
        ("lint", lint),
        ("show", show),
        ("approve", approve),
        ("seal", seal),
        ("submitted", submitted),
        ("accepted", accepted),
        ("rejected", rejected),
        ("withdraw", withdraw),
    ):
        filing.command(name)(command)
    app.add_typer(filing, name="filing")


def filings() -> None:
    """报送材料 / filings; the program hands nothing to any authority by itself."""


def list_filings(form: Shape = Format.TABLE) -> None:
    """列出 / every filing, the newest first."""
    from zicha.pipeline.filings.view import filing_rows

    show_rows(filing_rows(here()), LISTED, form)
    _not_advice()


def open_(
    obligation: Annotated[
        str, typer.Argument(metavar="OBLIGATION", help="an obligation of `zicha calendar`")
    ],
    form: Shape = Format.TABLE,
) -> None:
    """立项 / open the filing that answers an obligation."""
    from zicha.pipeline.filings.use_cases import open_filing

    _show(open_filing(here(), obligation, actor()), form)


def template(
    id_: Id,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="the .yaml file to write")],
) -> None:
    """生成填写表 / write the sheet of what a person must answer."""
    from zicha.pipeline.filings.answers import answer_template

    say(str(answer_template(here(), id_, out)))


def fill(
    id_: Id,
    sheet: Annotated[Path, typer.Argument(metavar="FILE", help="the filled sheet")],
    form: Shape = Format.TABLE,
) -> None:
    """填写 / take in a filled sheet, all of it or nothing."""
    from zicha.pipeline.filings.answers import fill_filing

    _show(fill_filing(here(), id_, sheet, actor()), form)


def build(id_: Id, form: Shape = Format.TABLE) -> None:
    """生成 / build and lint the document; the same facts give the same package."""
    from zicha.pipeline.filings.use_cases import build_filing

    _show(build_filing(here(), id_, actor()), form)


def lint(id_: Id, form: Shape = Format.TABLE) -> None:
    """检查 / what hinders it, and what its approver must know; exit 1 when it is hindered."""
    from zicha.pipeline.filings.use_cases import lint_filing

    found = lint_filing(here(), id_)
    show_rows(found, LINTED, form)
    if any(one["severity"] == "blocker" for one in found):
        raise typer.Exit(FALLS_SHORT)


def show(id_: Id, form: Shape = Format.TABLE) -> None:
    """详情 / drafts, lint, answers, approvals, submissions and history of one filing."""
    from zicha.pipeline.filings.view import filing_document

    _show(filing_document(here(), id_), form)


def approve(id_: Id) -> None:
    """批准 / says where a filing is approved: not here, where nobody is verified."""
    from zicha.pipeline.filings.approval import refuse_here

    refuse_here(here(), id_, actor())


def seal(id_: Id, form: Shape = Format.TABLE) -> None:
    """封存 / look at every byte again and seal the approved package."""
    from zicha.pipeline.filings.approval import seal_filing

    _show(seal_filing(here(), id_, actor()), form)


def submitted(
    id_: Id,
    *,
    at: Annotated[str, typer.Option("--at", help="when, as 2026-10-02T06:40+08:00")],
    by: Annotated[str, typer.Option("--by", help="who handed it in")],
    channel: Annotated[str, typer.Option("--channel", help="platform, letter, counter, …")],
    receipt: Annotated[Path | None, typer.Option("--receipt", help="the receipt's file")] = None,
    form: Shape = Format.TABLE,
) -> None:
    """已报送 / record that a person handed the sealed package in."""
    from zicha.duties.time import moment_of
    from zicha.pipeline.filings.submission import record_submission

    found = record_submission(
        here(),
        id_,
        at=moment_of(at),
        by=by,
        channel=channel,
        actor=actor(),
        receipt=receipt,
    )
    _show(found, form)


def accepted(
    id_: Id,
    note: Annotated[str, typer.Option("--note", help="what the authority said")] = "",
    form: Shape = Format.TABLE,
) -> None:
    """已受理 / the authority took it."""
    from zicha.pipeline.filings.submission import record_acceptance

    _show(record_acceptance(here(), id_, actor(), note), form)


def rejected(id_: Id, because: Because, form: Shape = Format.TABLE) -> None:
    """被退回 / the authority sent it back: the next draft is another version."""
    from zicha.pipeline.filings.submission import record_rejection

    _show(record_rejection(here(), id_, because, actor()), form)


def withdraw(id_: Id, because: Because, form: Shape = Format.TABLE) -> None:
    """撤销 / end it without handing anything in; what is owed stays owed."""
    from zicha.pipeline.filings.use_cases import withdraw_filing

    _show(withdraw_filing(here(), id_, because, actor()), form)


def _show(found: dict[str, Any], form: Format) -> None:
    if form is Format.JSON:
        show_json(found)
    else:
        show_fields({name: found[name] for name in SHOWN}, form)
        if found["lint"]:
            show_rows(found["lint"], LINTED, form)
    _not_advice()


def _not_advice() -> None:
    from zicha.catalog.duties import NOT_ADVICE

    say(f"{NOT_ADVICE.zh} / {NOT_ADVICE.en}")
