"""Commands for what people attest, and who types them."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from zicha.cli.output import Format, Shape, say, show_rows
from zicha.cli.place import here
from zicha.model.errors import ConfigError


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    attest = typer.Typer(no_args_is_help=True, help="人工证明 / what a person must attest")
    attest.command("template")(template)
    attest.command("load")(load)
    app.add_typer(attest, name="attest")


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
