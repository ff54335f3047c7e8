"""`zicha retention`: what is kept how long, what is on hold, and lawful deletion."""

from __future__ import annotations

from typing import Annotated

import typer

from zicha.cli.output import Format, Shape, say, show_json, show_rows
from zicha.cli.people import actor
from zicha.cli.place import here
from zicha.model.errors import ConfigError

Because = Annotated[str, typer.Option("--because", help="the reason; it goes into the books")]
CLASSES = ["id", "title", "days", "floor", "objects", "bytes", "expired", "on_hold"]
OBJECTS = ["digest", "class", "sealed_at", "until", "size", "holds", "findings"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    retention = typer.Typer(no_args_is_help=True, help="保存期限 / how long evidence is kept")
    retention.command("list")(list_)
    retention.command("hold")(hold)
    retention.command("release")(release)
    retention.command("expire")(expire)
    app.add_typer(retention, name="retention")


def list_(
    objects: Annotated[bool, typer.Option("--objects", help="each object")] = False,
    holds: Annotated[bool, typer.Option("--holds", help="the holds in force")] = False,
    form: Shape = Format.TABLE,
) -> None:
    """列出 / the classes in force, or the objects, or the holds."""
    from zicha.pipeline.custody.holding import hold_rows
    from zicha.pipeline.custody.retaining import class_rows, object_rows

    place = here()
    if objects and holds:
        raise ConfigError("--objects and --holds are two lists: give one of them")
    if holds:
        show_rows(hold_rows(place), ["id", "covers", "objects", "since", "because"], form)
    elif objects:
        show_rows(object_rows(place), OBJECTS, form)
    else:
        show_rows(class_rows(place), CLASSES, form)


def hold(  # noqa: PLR0917 - the command's own options
    because: Because,
    digest: Annotated[str, typer.Option("--digest", help="one object")] = "",
    run: Annotated[str, typer.Option("--run", help="what a run sealed")] = "",
    source: Annotated[str, typer.Option("--source", help="the evidence of a source")] = "",
    table: Annotated[str, typer.Option("--table", help="the evidence of a table")] = "",
    since: Annotated[str, typer.Option("--from", help="YYYY-MM-DD, included")] = "",
    until: Annotated[str, typer.Option("--until", help="YYYY-MM-DD, included")] = "",
    everything: Annotated[bool, typer.Option("--everything", help="all of it")] = False,
) -> None:
    """保全 / keep what all these words cover, until the hold is released."""
    from zicha.pipeline.custody.holding import place_hold

    words = {"digest": digest, "run": run, "source": source, "table": table}
    words |= {"from": since, "until": until}
    if everything is any(words.values()):
        raise ConfigError("say what to hold: some of --digest … --until, or --everything alone")
    placed = place_hold(here(), words, because, actor())
    say(f"hold {placed.id} is in force; `zicha retention release {placed.id}` ends it")


def release(id_: Annotated[str, typer.Argument(metavar="ID")], because: Because) -> None:
    """解除保全 / end a hold."""
    from zicha.pipeline.custody.holding import release_hold

    release_hold(here(), id_, because, actor())
    say(f"hold {id_} is released")


def expire(
    really: Annotated[bool, typer.Option("--really", help="delete, for good")] = False,
    because: Because = "",
    form: Shape = Format.TABLE,
) -> None:
    """到期删除 / show what has expired; with --really and a reason, delete it with a tombstone."""
    from zicha.pipeline.custody.expiring import expire as expire_objects

    found = expire_objects(here(), really=really, because=because, actor=actor())
    if form is Format.JSON:
        show_json(found)
    else:
        show_rows(found["expired"], OBJECTS[:5], form)
        for one in found["refused"]:
            say(f"not deleted, it is no longer what was sealed: {one['digest']}: {one['detail']}")
        count = len(found["expired"])
        done = f"{count} objects deleted in act {found['act']}" if really else ""
        say(done or f"{count} objects would be deleted: --really --because WHY deletes them")
    raise typer.Exit(1 if found["refused"] else 0)
