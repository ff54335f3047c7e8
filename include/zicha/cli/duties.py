"""Commands about duties: whom they bind, when they are due."""

from __future__ import annotations

import os
from datetime import date
from typing import Annotated

import typer

from zicha.catalog.duties import NOT_ADVICE
from zicha.catalog.scope import Scope, load_scope
from zicha.cli.inspection import Shape
from zicha.cli.output import Format, say, show_json, show_rows
from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError
from zicha.pipeline import duties
from zicha.pipeline.workplace import scope_folder

System = Annotated[str, typer.Option("--system", help="the id of a graded system")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("duties")(list_duties)
    app.command("due")(when_due)


def list_duties(system: System = "", form: Shape = Format.TABLE) -> None:
    """义务清单 / duties, and why each binds or not."""
    rows = duties.duty_rows(_scope(), system)
    if form is not Format.JSON:
        for row in rows:
            row["sources"] = [f"{s['id']} ({s['grade']})" for s in row["sources"]]
    show_rows(rows, ["id", "status", "binds", "authority", "due", "because", "sources"], form)
    _not_advice()


def when_due(
    duty: Annotated[str, typer.Argument(help="the id of a duty")],
    since: Annotated[str, typer.Option("--from", help="2026-10-02 or 2026-10-02T03:10+08:00")],
    system: System = "",
    notice: Annotated[str, typer.Option("--notice-due", help="the day in the notice")] = "",
    form: Shape = Format.TABLE,
) -> None:
    """期限 / when a duty is due, and what is disputed about it."""
    found = duties.due_document(_scope(), duty, moment_of(since), system, _day(notice))
    if form is Format.JSON:
        show_json(found)
    else:
        columns = ["clock", "at", "rule", "whose", "rolls_to", "provisional", "source", "grade"]
        show_rows(list(duties.due_lines(found)), columns, form)
        say(f"plan by {found['binding'] or 'no number'}: {found['because']['en']}")
        for dispute in found["disputes"]:
            readings = "; ".join(f"{r['source']}: {r['says']['en']}" for r in dispute["readings"])
            say(f"disputed {dispute['about']}: {readings}. {dispute['followed']['en']}")
    _not_advice()


def _scope() -> Scope:
    return load_scope(scope_folder(os.environ))


def _day(said: str) -> date | None:
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise ConfigError(f"{said!r} is no day: write 2026-10-30") from error


def _not_advice() -> None:
    say(f"{NOT_ADVICE.zh} / {NOT_ADVICE.en}")
