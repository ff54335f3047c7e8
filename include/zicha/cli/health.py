"""Commands that look after the pipeline itself: doctor, verify, version."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

import zicha
from zicha.cli.output import Format, Shape, say, show_json, show_rows
from zicha.cli.place import here

SKIPPED = 77

SAID_OF_DAYS = {
    "without_evidence": "days without evidence, as their entries prove",
    "silent": "days of which the ledger says nothing",
}


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("doctor")(doctor)
    app.command("refusals")(refused)
    app.command("verify")(verify)
    app.command("heartbeat")(beat)
    app.command("rotate-key")(rotate)
    app.command("verifier-key")(written)
    app.command("version")(version)


def doctor(form: Shape = Format.TABLE) -> None:
    """体检 / configured, reachable, fresh, healthy.

    Exit code 1 when something falls short.
    """
    from zicha.pipeline import checks

    found = checks.doctor(here())
    if form is Format.JSON:
        show_json(found)
    else:
        columns = ["ok", "name", "detail", "remedy"]
        show_rows(found["checks"], columns, form, counted=False)
    raise typer.Exit(0 if found["ok"] else 1)


def refused(form: Shape = Format.TABLE) -> None:
    """被拒绝的操作 / who was refused what, over which channel, and why."""
    from zicha.pipeline.findings.refusals import refusal_rows

    columns = ["at", "actor", "verified", "act", "about", "because"]
    show_rows(refusal_rows(here()), columns, form, every=[*columns[:2], "channel", *columns[2:]])


def verify(
    item: Annotated[
        str, typer.Option("--item", metavar="DIGEST", help="everything when left out")
    ] = "",
    root: Annotated[
        str, typer.Option("--root", metavar="SIZE:DIGITS", help="as a report prints it")
    ] = "",
    form: Shape = Format.TABLE,
) -> None:
    """核验存储与账本 / hold store, rows and ledger against the checkpoints.

    Exit code 1 on a fault, 77 when nothing is sealed yet.
    """
    from zicha.pipeline.custody import verification

    found = verification.verify(here(), item, root)
    if form is Format.JSON:
        show_json(found)
    elif found["faults"] or form is Format.CSV:
        show_rows(found["faults"], ["kind", "where", "since", "detail"], form, counted=False)
    entries = found["ledger"]["entries"]
    if not found["items"] and not entries and not found["faults"]:
        say("zicha: nothing is sealed yet, so nothing was verified: run `zicha run`")
        raise typer.Exit(SKIPPED)
    say(f"objects read again: {found['items']}, entries: {entries}, faults: {len(found['faults'])}")
    say_expired(found["expired"], item)
    for name, said in SAID_OF_DAYS.items():
        if found.get("days", {}).get(name):
            say(f"{said}: {', '.join(found['days'][name])}")
    raise typer.Exit(0 if found["ok"] else 1)


def say_expired(expired: list[dict[str, str]], item: str) -> None:
    """What is lawfully gone: the one that was asked for, or how many by which rule."""
    if item:
        for one in expired:
            say(one["detail"])
        return
    for rule, count in sorted(Counter(one["rule"] for one in expired).items()):
        say(f"{count} objects expired by rule {rule}")


def beat() -> None:
    """当日心跳 / enter this day into the ledger, with or without evidence, and sign."""
    from zicha.pipeline.custody.sealing import heartbeat

    say(f"signed {heartbeat(here()).short}")


def rotate() -> None:
    """更换签名密钥 / a new signing key, introduced by the one before it."""
    from zicha.pipeline.custody.rotation import rotate_key

    found = rotate_key(here())
    say(f"key {found['old']} is replaced by {found['new']}")


def written(
    path: Annotated[Path, typer.Argument(help="a public key, Ed25519 or SM2, in PEM")],
) -> None:
    """公钥写法 / the public key of a signer, as ZICHA_SIGNER_KEY and ZICHA_COSIGNER_KEY want it."""
    from zicha.custody.note import key_in
    from zicha.pipeline.custody.sealing import origin_of

    typer.echo(str(key_in(path, origin_of(here()))))


def version() -> None:
    """版本 / which zicha this is."""
    typer.echo(f"zicha {zicha.__version__}")
