"""Commands that list what is known."""

from __future__ import annotations

from typing import Annotated

import typer

from zicha.cli.inspection import Shape
from zicha.cli.output import Format, show_rows
from zicha.cli.place import here
from zicha.model.errors import ConfigError
from zicha.model.verdict import Status
from zicha.pipeline import lists


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("systems")(systems)
    app.command("sources")(sources)
    app.command("outcomes")(outcomes)
    app.command("gaps")(gaps)


def systems(form: Shape = Format.TABLE) -> None:
    """定级系统 / the graded systems that the scope declares."""
    rows = lists.systems(here())
    show_rows(rows, ["id", "name", "entity", "level", "kinds"], form)


def sources(form: Shape = Format.TABLE) -> None:
    """证据来源 / the sources that the scope declares."""
    show_rows(lists.sources(here()), ["id", "name", "kind", "recorded"], form)


def outcomes(
    run: Annotated[str, typer.Option("--run", help="a run; the newest judged one else")] = "",
    status: Annotated[str, typer.Option("--status", help="pass, fail, unknown, …")] = "",
    suite: Annotated[str, typer.Option("--suite", help="one suite")] = "",
    latest: Annotated[bool, typer.Option("--latest", help="the newest known of each")] = False,
    form: Shape = Format.TABLE,
) -> None:
    """检查结果 / one row per expectation and subject."""
    if status and status not in set(Status):
        raise ConfigError(f"--status {status}: give one of {', '.join(Status)}")
    rows = lists.outcome_rows(here(), run=run, status=status, suite=suite, latest=latest)
    shown = ["status", "severity", "suite", "expectation", "source", "subject_id", "reason"]
    columns = shown if form is Format.TABLE else list(rows[0]) if rows else shown
    show_rows(rows, columns, form)


def gaps(form: Shape = Format.TABLE) -> None:
    """未能读取 / what could not be read, and what to do about it."""
    columns = ["source", "reason", "permission", "since", "affects", "remedy"]
    show_rows(lists.gap_rows(here()), columns, form)
