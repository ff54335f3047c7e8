"""Commands that list what is known."""

from __future__ import annotations

from typing import Annotated

import typer

from zicha.cli.output import Format, Shape, show_rows
from zicha.cli.place import declared, here
from zicha.model.errors import ConfigError
from zicha.model.verdict import Status

OUTCOME = [
    *("run", "day", "measured_at", "standing_since", "source", "account", "region"),
    *("subject_type", "subject_id", "suite", "expectation", "controls", "severity"),
    *("status", "reason", "evidence_digest", "observed", "remedy", "waived"),
]
SHOWN = ["status", "severity", "suite", "expectation", "source", "subject_id", "reason", "waived"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("systems")(systems)
    app.command("sources")(sources)
    app.command("outcomes")(outcomes)
    app.command("gaps")(gaps)


def systems(form: Shape = Format.TABLE) -> None:
    """定级系统 / the graded systems that the scope declares."""
    from zicha.pipeline.findings import lists

    rows = lists.systems(declared())
    every = ["id", "name", "entity", "level", "kinds", "objects"]
    show_rows(rows, every[:-1], form, every=every)


def sources(form: Shape = Format.TABLE) -> None:
    """证据来源 / the sources that the scope declares."""
    from zicha.pipeline.findings import lists

    rows = lists.sources(declared())
    every = ["id", "name", "entity", "level", "kinds", "objects", "systems", "recorded"]
    show_rows(rows, ["id", "name", "kinds", "level", "systems", "recorded"], form, every=every)


def outcomes(
    run: Annotated[
        str, typer.Option("--run", metavar="ID", help="the newest judged when left out")
    ] = "",
    status: Annotated[str, typer.Option("--status", help="pass, fail, unknown, …")] = "",
    suite: Annotated[str, typer.Option("--suite", metavar="ID", help="one suite")] = "",
    latest: Annotated[bool, typer.Option("--latest", help="the newest known of each")] = False,
    form: Shape = Format.TABLE,
) -> None:
    """检查结果 / one row per expectation and subject."""
    from zicha.pipeline.findings import lists, waiver_marks

    if status and status not in set(Status):
        raise ConfigError(f"--status {status}: give one of {', '.join(Status)}")
    if run and latest:
        raise ConfigError("--run and --latest ask for different things: give one of them")
    place = here()
    plain = lists.outcome_rows(place, run=run, status=status, suite=suite, latest=latest)
    rows = waiver_marks.with_marks(plain, waiver_marks.borne(place))
    show_rows(rows, SHOWN, form, every=OUTCOME)


def gaps(form: Shape = Format.TABLE) -> None:
    """未能读取 / what could not be read, and what to do."""
    from zicha.pipeline.findings import lists

    columns = ["source", "reason", "permission", "since", "affects", "what_to_do", "remedy"]
    show_rows(lists.gap_rows(here()), columns, form)
