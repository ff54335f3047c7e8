"""Commands that look after the pipeline itself: doctor, verify, version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import zicha
from zicha.cli.inspection import Shape
from zicha.cli.output import Format, say, show_json, show_rows
from zicha.cli.place import here
from zicha.custody.note import key_in
from zicha.pipeline import checks, verification
from zicha.pipeline.rotation import rotate_key
from zicha.pipeline.sealing import heartbeat, origin_of


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("doctor")(doctor)
    app.command("verify")(verify)
    app.command("heartbeat")(beat)
    app.command("rotate-key")(rotate)
    app.command("verifier-key")(written)
    app.command("version")(version)


def doctor(form: Shape = Format.TABLE) -> None:
    """体检 / configured, reachable, fresh, healthy; exit 1 when something falls short."""
    found = checks.doctor(here())
    if form is Format.JSON:
        show_json(found)
    else:
        show_rows(found["checks"], ["ok", "name", "detail", "remedy"], form)
    raise typer.Exit(0 if found["ok"] else 1)


def verify(
    item: Annotated[str, typer.Option("--item", help="one digest; everything else")] = "",
    root: Annotated[str, typer.Option("--root", help="SIZE:DIGITS as a report prints it")] = "",
    form: Shape = Format.TABLE,
) -> None:
    """核验存储与账本 / hold store, rows and ledger against the checkpoints; exit 1 on a fault."""
    found = verification.verify(here(), item, root)
    if form is Format.JSON:
        show_json(found)
    else:
        show_rows(found["faults"], ["kind", "where", "since", "detail"], form)
        entries = found["ledger"]["entries"]
        say(f"{found['items']} objects, {entries} entries, {len(found['faults'])} faults")
    raise typer.Exit(0 if found["ok"] else 1)


def beat() -> None:
    """当日心跳 / enter this day into the ledger, with or without evidence, and sign."""
    say(f"signed {heartbeat(here()).short}")


def rotate() -> None:
    """更换签名密钥 / a new signing key, introduced by the one before it."""
    found = rotate_key(here())
    say(f"key {found['old']} is replaced by {found['new']}")


def written(
    path: Annotated[Path, typer.Argument(help="a public key, Ed25519 or SM2, in PEM")],
) -> None:
    """公钥写法 / the public key of a signer, as ZICHA_SIGNER_KEY and ZICHA_COSIGNER_KEY want it."""
    typer.echo(str(key_in(path, origin_of(here()))))


def version() -> None:
    """版本 / which zicha this is."""
    typer.echo(f"zicha {zicha.__version__}")
