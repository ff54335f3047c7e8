"""Writing periodic risk reports: sealed, recorded, in the ledger; which are due, the date says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from zicha.custody.store import Sealed
from zicha.model.document import Document
from zicha.model.errors import ConfigError, MissingEvidenceError
from zicha.model.period import Period, ended_by, kind_of, named_period, period_of
from zicha.model.text import Lang
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.reports.reporting import ReportKey
from zicha.pipeline.risk.history import JUDGED
from zicha.pipeline.risk.report import risk_facts
from zicha.pipeline.workplace import Workplace, checked_day
from zicha.reports.documents.render import LANGUAGES, SHAPES, render
from zicha.reports.fonts import HOW_TO_GET_ONE, cjk_font
from zicha.reports.risk_facts import DEPTHS, Depth, RiskFacts
from zicha.reports.risk_report import risk_document
from zicha.reports.risk_words import risk_words
from zicha.storage import ledger, ledgered, reports, runs

NAME = "risk"


def report_risks(place: Workplace, day: str, shapes: Sequence[str] = SHAPES) -> list[str]:
    """The reports of every period that ended on the day before, at each depth and language.

    A day on which none ended writes nothing. A period that began and ended before the first
    judged run has no report, and the progress says so.
    """
    made: list[str] = []
    for period in ended_by(date.fromisoformat(checked_day(day))):
        try:
            facts = risk_facts(place, period)
        except MissingEvidenceError as error:
            place.progress.step("risk-report-left-out", period=period.id, why=str(error))
            continue
        folder = place.data / "reports" / NAME / period.id
        for depth in DEPTHS:
            for lang in LANGUAGES:
                made += [
                    str(each["path"]) for each in write(place, facts, folder, depth, lang, shapes)
                ]
    if made:
        seal_ledger(place)
    place.progress.step("risks-reported", day=day, reports=len(made))
    return made


def chosen_period(place: Workplace, kind: str, name: str = "") -> Period:
    """The period of this name; without one the last that ended, if a run was judged in it.

    Otherwise the one that is running: a first report need not wait for a month to end.
    """
    known = kind_of(kind)
    if name:
        return named_period(kind, name)
    running = period_of(known, date.fromisoformat(place.today()))
    ended = running.before()
    with place.database.read() as connection:
        judged = [run for run in runs.inspections(connection) if run.state in JUDGED]
    measured = any(ended.holds(date.fromisoformat(run.day)) for run in judged)
    return ended if measured else running


def depth_of(name: str) -> Depth:
    """The depth of this name.

    Raises:
        ConfigError: there is no such depth.
    """
    for known in DEPTHS:
        if name == known:
            return known
    raise ConfigError(f"{name} is no depth of the risk report: give one of {', '.join(DEPTHS)}")


def write(  # noqa: PLR0917 - the place, what is told, where, and which of its forms
    place: Workplace,
    facts: RiskFacts,
    folder: Path,
    depth: Depth,
    lang: Lang,
    shapes: Sequence[str] = SHAPES,
) -> list[dict[str, Any]]:
    """One depth in one language, in every shape that is wanted and can be made here."""
    document = risk_document(facts, depth, risk_words())
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{NAME}-{facts.period.id}-{depth}"
    whose = f".{facts.of}" if facts.system else ""
    made = []
    for shape in _shapes(place, shapes):
        path = folder / f"{name}{whose}.{lang}.{shape}"
        made.append(_written(place, document, path, ReportKey(name, facts.of, lang, shape)))
    return made


def _shapes(place: Workplace, wanted: Sequence[str]) -> Sequence[str]:
    if "pdf" not in wanted or cjk_font() is not None:
        return wanted
    place.progress.step("pdf-left-out", why=HOW_TO_GET_ONE)
    return [shape for shape in wanted if shape != "pdf"]


def _written(place: Workplace, document: Document, path: Path, key: ReportKey) -> dict[str, Any]:
    render(document, key.lang, key.format, path)
    sealed = place.store.put(path.read_bytes())
    if path.is_relative_to(place.data):
        _record(place, path, document.run, key, sealed)
    place.progress.step("report-written", path=path.name)
    return {"path": str(path), "format": key.format, "digest": sealed.digest}


def _record(place: Workplace, path: Path, run: str, key: ReportKey, sealed: Sealed) -> None:
    """Remember a report of the data folder; a copy written elsewhere changes no record."""
    where = path.relative_to(place.data).as_posix()
    entry = reports.ReportRecord(run, *key, where, sealed.digest, sealed.size, place.clock())
    with place.database.write() as connection:
        reports.record(connection, entry)
        ledger.append(connection, [ledgered.of_report(entry, sealed.held)], place.clock())
