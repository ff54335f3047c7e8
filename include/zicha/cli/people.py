"""Commands for what people attest, for the names of those who acted, and who types them."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from zicha.cli.output import Format, Shape, say, show_json, show_rows
from zicha.cli.place import here
from zicha.model.errors import ConfigError


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    attest = typer.Typer(no_args_is_help=True, help="人工证明 / what a person must attest")
    attest.command("template")(template)
    attest.command("load")(load)
    app.add_typer(attest, name="attest")
    people = typer.Typer(no_args_is_help=True, help="操作人姓名 / the names of those who acted")
    people.command("list")(list_)
    people.command("erase")(erase)
    app.add_typer(people, name="people")


def actor() -> str:
    """Who types: `os:uid@host`, as verified as the machine's login is."""
    return f"os:{os.getuid()}@{socket.gethostname()}"


def template(
    system: Annotated[str, typer.Option("--system", metavar="ID", help="a graded system")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="the .xlsx file to write")],
    framework: Annotated[
        str, typer.Option("--framework", metavar="ID", help="its MLPS level's when left out")
    ] = "",
) -> None:
    """生成填报表 / write the sheet of what needs a person."""
    from zicha.pipeline.people import attestation_template

    if out.suffix.lower() != ".xlsx":
        raise ConfigError(f"--out {out} is no .xlsx file: give its name that ending")
    if out.is_dir():
        raise ConfigError(f"--out {out} is a folder: name a file in it")
    say(str(attestation_template(here(), system, out, framework)))


def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the filled .xlsx file")],
    form: Shape = Format.TABLE,
) -> None:
    """载入填报表 / load a filled sheet, all of it or nothing."""
    from zicha.pipeline.people import load_attestations

    if not file.is_file():
        raise ConfigError(f"{file} is not a file: name the filled sheet")
    rows = load_attestations(here(), file, actor())
    show_rows(rows, ["id", "kind", "items", "answer"], form)


def list_(form: Shape = Format.TABLE) -> None:
    """列出 / everybody whom the ledger knows by an id, and in how many rows the name stands."""
    from zicha.pipeline.custody.erasing import people_rows

    show_rows(people_rows(here()), ["id", "actor", "rows"], form)


def erase(
    name: Annotated[str, typer.Argument(metavar="ACTOR", help="as `zicha people list` shows it")],
    really: Annotated[bool, typer.Option("--really", help="erase it, for good")] = False,
    because: Annotated[
        str, typer.Option("--because", help="the reason; it goes into the books")
    ] = "",
    form: Shape = Format.TABLE,
) -> None:
    """抹除姓名 / show where a name stands; with --really and a reason, put an id in its place."""
    from zicha.pipeline.custody.erasing import erase as erase_name

    found = erase_name(here(), name, really=really, because=because, actor=actor())
    if form is Format.JSON:
        show_json(found)
        return
    rows = [{"table": table, "rows": count} for table, count in found["rows"].items()]
    show_rows(rows, ["table", "rows"], form)
    done = f"the name behind {found['person']} is erased in act {found['act']}"
    say(done if really else f"{found['person']} would stay: --really --because WHY erases the name")
