"""Commands that inspect: run, collect, evaluate, report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from zicha.cli.output import Format, say, show_json, show_rows
from zicha.cli.place import Terminal, here
from zicha.model.errors import ConfigError
from zicha.model.text import Lang
from zicha.pipeline import announce, close_collection, collect, judge, plan_collection, summary
from zicha.pipeline import report as report_day
from zicha.pipeline.bundling import bundle
from zicha.pipeline.facts import view_of
from zicha.pipeline.reporting import NAME, names_of, write
from zicha.pipeline.workplace import Workplace

Sources = Annotated[list[str] | None, typer.Option("--source", help="only this source")]
Again = Annotated[bool, typer.Option("--again", help="collect anew, though today was collected")]
Shape = Annotated[Format, typer.Option("--format", help="table, json or csv")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("run")(run)
    app.command("collect")(collect_only)
    app.command("evaluate")(evaluate_only)
    app.command("report")(report)
    app.command("bundle")(bundled)


def run(again: Again = False, source: Sources = None, form: Shape = Format.TABLE) -> None:
    """检查一天：采集、评估、发现、报告 / collect, evaluate, keep the findings, report."""
    place = here(Terminal())
    day = _collect(place, again, source)
    judge(place, day)
    report_day(place, day)
    announce(place, day)
    _show(summary(place, day), form)


def collect_only(again: Again = False, source: Sources = None, form: Shape = Format.TABLE) -> None:
    """只采集 / seal today's evidence, and judge nothing."""
    place = here(Terminal())
    _show(summary(place, _collect(place, again, source)), form)


def evaluate_only(
    day: Annotated[str, typer.Option("--day", help="YYYY-MM-DD; today when left out")] = "",
    form: Shape = Format.TABLE,
) -> None:
    """只评估 / judge the newest collection of a day from its sealed evidence."""
    place = here(Terminal())
    judged = day or place.today()
    judge(place, judged)
    _show(summary(place, judged), form)


def report(  # noqa: PLR0917 - the command's own options
    name: Annotated[str, typer.Argument(help="self-inspection, miit-self-inspection")] = NAME,
    system: Annotated[str, typer.Option("--system", help="the id of a graded system")] = "",
    lang: Annotated[str, typer.Option("--lang", help="zh or en")] = "zh",
    out: Annotated[Path, typer.Option("--out", help="the folder to write to")] = Path(),
    run_id: Annotated[str, typer.Option("--run", help="a run; the newest when left out")] = "",
    form: Shape = Format.JSON,
) -> None:
    """生成报告 / write the documents of one report."""
    place = here(Terminal())
    if lang not in {"zh", "en"}:
        raise ConfigError(f"--lang {lang} is not a language of the reports: give zh or en")
    known = [each.id for each in place.scope.systems]
    if system not in known:
        raise ConfigError(f"--system {system or '(none)'}: give one of {', '.join(known)}")
    if name not in names_of(place, system):
        raise ConfigError(f"no report {name}: there is {', '.join(names_of(place, system))}")
    chosen: Lang = "zh" if lang == "zh" else "en"
    made = write(place, view_of(place, run_id), out, name=name, system=system, lang=chosen)
    show_rows(made, ["format", "path", "digest"], form)


def bundled(
    system: Annotated[str, typer.Option("--system", help="the id of a graded system")],
    framework: Annotated[str, typer.Option("--framework", help="the id of a framework")],
    out: Annotated[Path, typer.Option("--out", help="a new folder")],
    since: Annotated[str, typer.Option("--from", help="YYYY-MM-DD, the first day")] = "",
    until: Annotated[str, typer.Option("--to", help="YYYY-MM-DD, the last day")] = "",
) -> None:
    """证据包 / what an inspector verifies alone, with sh, openssl and sha256sum."""
    place = here(Terminal())
    if system not in [each.id for each in place.scope.systems]:
        known = ", ".join(each.id for each in place.scope.systems)
        raise ConfigError(f"--system {system}: give one of {known}")
    found = bundle(place, system=system, framework_id=framework, out=out, since=since, until=until)
    show_json(found)


def _collect(place: Workplace, again: bool, source: list[str] | None) -> str:
    day = place.today()
    batches = plan_collection(place, day, again=again, trigger="manual", sources=source or ())
    if not batches:
        say(f"{day} was collected already: its sealed evidence is used (--again collects anew)")
    for batch in batches:
        collect(place, batch)
    close_collection(place, day)
    return day


def _show(found: dict[str, Any], form: Format) -> None:
    if form is Format.TABLE and os.isatty(1):
        rows = [{"what": key, "value": _short(value)} for key, value in found.items()]
        show_rows(rows, ["what", "value"], form)
    else:
        show_json(found)


def _short(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{key} {count}" for key, count in value.items())
    if isinstance(value, list):
        return len(value)
    return value
