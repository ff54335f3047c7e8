"""Commands of an inspection day: run, collect, evaluate, report, bundle."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zicha.cli.output import Format, Shape, say, show_json, show_rows
from zicha.cli.place import Bars, here, watched
from zicha.cli.risk_report import RiskReport, written_risk_report
from zicha.model.errors import ConfigError, DeliveryError, ZichaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zicha.model.text import Lang
    from zicha.pipeline.workplace import Workplace

Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="ID", help="only this source; repeatable")
]
Again = Annotated[bool, typer.Option("--again", help="collect anew, though today was collected")]
Day = Annotated[str, typer.Option("--day", metavar="YYYY-MM-DD", help="today when left out")]
Shown = Annotated[
    Format | None,
    typer.Option("--format", help="table, json or csv; a table on a terminal, else json"),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("run")(run)
    app.command("collect")(collect_only)
    app.command("evaluate")(evaluate_only)
    app.command("report")(report)
    app.command("bundle")(bundled)


def run(again: Again = False, source: Sources = None, form: Shown = None) -> None:
    """检查一天：采集、评估、发现、报告 / collect, evaluate, keep the findings, report."""
    from zicha.pipeline import announce, judge, summary
    from zicha.pipeline import report as report_day
    from zicha.pipeline.reports.reporting import LANGUAGES

    with watched() as progress:
        place = here(progress)
        day = _collect(place, again, source)
        _expect_suites(progress)
        judge(place, day)
        if isinstance(progress, Bars):
            progress.expect("report", len(place.scope.systems) * len(LANGUAGES) * _formats())
        report_day(place, day)
    undelivered: ZichaError | None = None
    try:
        announce(place, day)
    except (DeliveryError, ConfigError) as error:
        undelivered = error
    _show(summary(place, day), form)
    if undelivered:
        raise undelivered


def collect_only(again: Again = False, source: Sources = None, form: Shown = None) -> None:
    """只采集 / seal today's evidence, and judge nothing."""
    from zicha.pipeline import summary

    with watched() as progress:
        place = here(progress)
        day = _collect(place, again, source)
    _show(summary(place, day), form)


def evaluate_only(day: Day = "", form: Shown = None) -> None:
    """只评估 / judge a day from its sealed evidence."""
    from zicha.pipeline import judge, summary

    with watched() as progress:
        place = here(progress)
        judged = day or place.today()
        _expect_suites(progress)
        judge(place, judged)
    _show(summary(place, judged), form)


def report(  # noqa: PLR0917 - the command's own options
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="self-inspection, risk, or a document such as cnp-unit-filing"
        ),
    ] = "self-inspection",
    system: Annotated[str, typer.Option("--system", help="the id of a graded system")] = "",
    lang: Annotated[str, typer.Option("--lang", help="zh or en")] = "zh",
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="where to write")] = Path(),
    run_id: Annotated[
        str, typer.Option("--run", metavar="ID", help="the newest when left out")
    ] = "",
    period: Annotated[
        str, typer.Option("--period", help="of `risk`: week, month, quarter or year")
    ] = "",
    of: Annotated[
        str,
        typer.Option("--of", help="of `risk`: 2026-W47, 2026-11, 2026-Q4 or 2026; else the last"),
    ] = "",
    depth: Annotated[
        str, typer.Option("--depth", help="of `risk`: team, management or regulator")
    ] = "",
    entity: Annotated[
        str, typer.Option("--entity", help="the id of a legal person, for what it owes as a whole")
    ] = "",
    form: Shape = Format.JSON,
) -> None:
    """生成报告 / write the documents of one report."""
    from zicha.pipeline.reports.facts import view_of
    from zicha.pipeline.reports.reporting import is_document, names_of, write, write_form

    if lang not in {"zh", "en"}:
        raise ConfigError(f"--lang {lang} is not a language of the reports: give zh or en")
    if name == "risk":
        wanted = RiskReport(period, of, depth, system, "zh" if lang == "zh" else "en", run_id)
        show_rows(written_risk_report(wanted, out), ["format", "path", "digest"], form)
        return
    if period or of or depth:
        raise ConfigError("--period, --of and --depth are of `zicha report risk`: leave them out")
    with watched() as progress:
        place = here(progress)
        chosen: Lang = "zh" if lang == "zh" else "en"
        if isinstance(progress, Bars):
            progress.expect("report", _formats())
        if is_document(name):
            about = _about(place, system, entity)
            made = write_form(place, out, form=name, of=about, lang=chosen, run=run_id)
        else:
            _refuse_unknown(place, system, entity)
            if name not in names_of(place, system):
                known = ", ".join(names_of(place, system))
                raise ConfigError(f"no report {name}: there is {known}")
            view = view_of(place, run_id)
            made = write(place, view, out, name=name, system=system, lang=chosen)
    show_rows(made, ["format", "path", "digest"], form)


def _about(place: Workplace, system: str, entity: str) -> str:
    """The system or the entity that a document is about: one of the two."""
    if entity and not system:
        place.scope.entity(entity)
        return entity
    _refuse_unknown(place, system, entity)
    return system


def _refuse_unknown(place: Workplace, system: str, entity: str) -> None:
    known = [each.id for each in place.scope.systems]
    if entity:
        raise ConfigError(
            "--entity goes with a document, and without --system: leave one of them out"
        )
    if system not in known:
        said = f"no system {system} in the scope" if system else "--system is missing"
        raise ConfigError(f"{said}: give one of {', '.join(known)}")


def bundled(
    system: Annotated[str, typer.Option("--system", help="the id of a graded system")],
    framework: Annotated[str, typer.Option("--framework", help="the id of a framework")],
    out: Annotated[Path, typer.Option("--out", help="a new folder")],
    since: Annotated[str, typer.Option("--from", help="YYYY-MM-DD, the first day")] = "",
    until: Annotated[str, typer.Option("--to", help="YYYY-MM-DD, the last day")] = "",
) -> None:
    """证据包 / what an inspector verifies alone, with sh, openssl and sha256sum."""
    from zicha.pipeline.inspections.bundling import bundle

    place = here()
    if system not in [each.id for each in place.scope.systems]:
        known = ", ".join(each.id for each in place.scope.systems)
        raise ConfigError(f"--system {system}: give one of {known}")
    found = bundle(place, system=system, framework_id=framework, out=out, since=since, until=until)
    show_json(found)


def _collect(place: Workplace, again: bool, source: list[str] | None) -> str:
    from zicha.pipeline import close_collection, collect, plan_collection

    day = place.today()
    batches = plan_collection(place, day, again=again, trigger="manual", sources=source or ())
    _refuse_sources_left_out(place, day, source or ())
    if not batches:
        say(f"{day} was collected already: its sealed evidence is used (--again collects anew)")
    for batch in batches:
        collect(place, batch)
    close_collection(place, day)
    return day


def _refuse_sources_left_out(place: Workplace, day: str, wanted: Sequence[str]) -> None:
    """A day's run keeps the sources it was planned with: what it lacks is not quietly skipped."""
    from zicha.storage import runs

    with place.database.read() as connection:
        run = runs.of_day(connection, day)[-1]
        planned = {batch.source for batch in runs.batches_of(connection, run.id)}
    left_out = sorted(set(wanted) - planned)
    if left_out and run.state == runs.OPEN:
        raise ConfigError(
            f"{run.id} is still open and was planned without {', '.join(left_out)}: "
            "finish it without --source, then collect with --again"
        )
    if left_out:
        raise ConfigError(
            f"{run.id} was collected without {', '.join(left_out)}: "
            "collect another run with --again"
        )


def _expect_suites(progress: object) -> None:
    from zicha.pipeline.runs.rules import rules

    if isinstance(progress, Bars):
        progress.expect("judge", len(rules().suites))


def _formats() -> int:
    """How many documents one report makes here: without a Chinese font there is no PDF."""
    from zicha.reports.fonts import cjk_font

    return 4 if cjk_font() else 3


def _show(found: dict[str, Any], form: Format | None) -> None:
    shape = form or (Format.TABLE if sys.stdout.isatty() else Format.JSON)
    if shape is Format.JSON:
        show_json(found)
        return
    rows = [{"what": key, "value": _short(value)} for key, value in found.items()]
    show_rows(rows, ["what", "value"], shape, counted=False)


def _short(value: object) -> object:
    """Counts as words, lists by their length, documents with the folder that holds them."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {count}" for key, count in value.items())
    if isinstance(value, list):
        folders = sorted({str(Path(one).parent) for one in value if isinstance(one, str)} - {"."})
        if folders:
            return f"{len(value)} in {', '.join(folders)}"
        return ", ".join(value) if value and isinstance(value[0], str) else len(value)
    return value
