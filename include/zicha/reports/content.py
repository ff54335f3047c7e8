"""The report in one language, as headings, sentences and tables: what every format lays out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from zicha.model.text import Lang, Text
from zicha.reports import rows
from zicha.reports.facts import ReportFacts
from zicha.reports.safe_text import clean, one_line
from zicha.reports.wording import Wording, wording

MOST_ROWS = 1000
"""Rows of one table in a paged document; the workbook holds them all."""


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table: its columns, their relative widths, its rows by column, or a sentence."""

    key: str
    title: str
    columns: dict[str, str]
    widths: dict[str, float]
    rows: list[dict[str, str]]
    empty: str
    note: str = ""
    toned: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One numbered chapter of the report."""

    key: str
    heading: str
    sentences: list[str]
    tables: list[Table]
    chart: str = ""
    closing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """The whole report in one language."""

    lang: Lang
    title: str
    unit: str
    running_title: str
    estimate: str
    demo: str
    cover: list[tuple[str, str]]
    sections: list[Section]
    signatures: list[tuple[str, str]]
    as_of: datetime
    words: Wording

    def table(self, key: str) -> Table:
        """One table by its key."""
        return next(t for s in self.sections for t in s.tables if t.key == key)


@dataclass(frozen=True, slots=True)
class _Shape:
    key: str
    tables: tuple[str, ...] = ()
    chart: str = ""


# The order in which an inspector reads; widths stand with the rows of each table.
OUTLINE = (
    _Shape("basic", ("basic",)),
    _Shape("scope", ("sources", "objects", "absent")),
    _Shape("method", ("thresholds",)),
    _Shape("posture", ("posture",)),
    _Shape("chapters", ("chapters", "items_failing"), "posture"),
    _Shape("risks", ("high_risks", "hazards")),
    _Shape("findings", ("findings",), "severity"),
    _Shape("rectification", ("rectification", "waivers")),
    _Shape("undetermined", ("gaps", "undetermined")),
    _Shape("unclaimed", ("unclaimed",)),
    _Shape("evidence", ("evidence",)),
    _Shape("limits"),
    _Shape("signature"),
)


def content(facts: ReportFacts, lang: Lang, most_rows: int = MOST_ROWS) -> Content:
    """Lay the facts out in one language; every foreign string is cleaned on its way in."""
    w = wording(lang)
    title = w("title.system" if facts.system.zh or facts.system.en else "title.organisation")
    unit = one_line(facts.organisation.in_(lang))
    system = one_line(facts.system.in_(lang)) or w("cover.whole")
    return Content(
        lang=lang,
        title=title,
        unit=unit,
        running_title=one_line(facts.system.in_(lang) or unit, 30 if lang == "zh" else 40),
        estimate=w("marks.estimate"),
        demo=w("marks.demo") if facts.demo else "",
        cover=_cover(facts, w, unit, system),
        sections=[_section(n, s, facts, w, most_rows) for n, s in enumerate(OUTLINE, 1)],
        signatures=[
            (w("signature.prepared"), one_line(facts.prepared_by)),
            (w("signature.reviewed"), one_line(facts.reviewed_by)),
            (w("signature.approved"), one_line(facts.approved_by)),
        ],
        as_of=facts.as_of,
        words=w,
    )


def _cover(facts: ReportFacts, w: Wording, unit: str, system: str) -> list[tuple[str, str]]:
    unfiled = w("cover.unfiled")
    first, last = facts.period_from or facts.day, facts.period_to or facts.day
    level = str(facts.level or "")
    shown = w("cover.level_n", level=w.word("levels", level)) if level else unfiled
    lines = [(w("cover.unit"), unit), (w("cover.system"), system)]
    if facts.system.zh or facts.system.en:
        lines += [
            (w("cover.level"), shown),
            (w("cover.filing_number"), one_line(facts.filing_number) or unfiled),
        ]
    return [
        *lines,
        (w("cover.period"), w("cover.span", first=one_line(first), last=one_line(last))),
        (w("cover.date"), f"{facts.as_of.astimezone(ZoneInfo(facts.zone)):%Y-%m-%d}"),
        (w("cover.version"), one_line(facts.report_version)),
    ]


def _section(number: int, shape: _Shape, facts: ReportFacts, w: Wording, most: int) -> Section:
    said = _SENTENCES.get(shape.key, _nothing)(facts, w)
    closing = _how_to_verify(facts, w) if shape.key == "evidence" else ()
    return Section(
        key=shape.key,
        heading=w(f"numbers.n{number}") + w(f"sections.{shape.key}"),
        sentences=[clean(sentence) for sentence in said if sentence],
        tables=[_table(key, facts, w, most) for key in shape.tables],
        chart=shape.chart,
        closing=closing,
    )


def _how_to_verify(facts: ReportFacts, w: Wording) -> tuple[str, ...]:
    if not facts.ledger_root:
        return (w("text.verify"),)
    return (w("text.verify"), w("text.root", root=facts.ledger_root))


def _table(key: str, facts: ReportFacts, w: Wording, most: int) -> Table:
    laid_out = rows.TABLES[key]
    columns = w.columns(key)
    found = [_cleaned(row, columns, w) for row in laid_out.rows(facts, w)]
    cut = len(found) > most
    note = w("text.cut", shown=most, all=len(found)) if cut else ""
    return Table(
        key=key,
        title=w(f"tables.{key}.title"),
        columns=columns,
        widths={name: laid_out.widths[name] for name in columns},
        rows=found[:most],
        empty=w(f"tables.{key}.empty"),
        note=note,
        toned=laid_out.toned,
    )


def _cleaned(row: rows.Cells, columns: dict[str, str], w: Wording) -> rows.Cells:
    shown = {name: clean(row[name]) or w("marks.blank") for name in columns}
    return {**shown, "tone": row.get("tone", "")}


def _nothing(_facts: ReportFacts, _w: Wording) -> list[str]:
    return []


def _scope(facts: ReportFacts, w: Wording) -> list[str]:
    counted = w("text.scope", sources=len(facts.sources), objects=len(facts.objects))
    return [counted, *_in((facts.lacks, *facts.sampling), w)]


def _method(facts: ReportFacts, w: Wording) -> list[str]:
    return [w("text.method"), *_in(facts.method, w), w("text.rollup")]


def _posture(facts: ReportFacts, w: Wording) -> list[str]:
    return [facts.lacks.in_(w.lang), *_rate(facts, w), _outcomes(facts, w), _since(facts, w)]


def _rate(facts: ReportFacts, w: Wording) -> list[str]:
    rate = facts.rate
    if rate is None:
        return [w("text.no_rate")]
    figures = {
        "items": sum(facts.total().values()),
        "value": rows.percent(rate.value),
        "lowest": rows.percent(rate.lowest),
        "highest": rows.percent(rate.highest),
    }
    conclusion = w("text.conclusion", conclusion=clean(rate.conclusion.in_(w.lang)))
    return [w("text.rate", **figures), conclusion, rate.because.in_(w.lang)]


def _outcomes(facts: ReportFacts, w: Wording) -> str:
    found = facts.outcomes
    if not found.all:
        return w("text.untested")
    return w(
        "text.outcomes",
        all=found.all,
        passed=found.passed,
        failed=found.failed,
        unknown=found.unknown,
        not_applicable=found.not_applicable,
    )


def _since(facts: ReportFacts, w: Wording) -> str:
    last = facts.since
    if last is None:
        return w("text.first")
    return w(
        "text.since",
        day=last.day,
        run=last.run,
        new=last.new,
        fixed=last.fixed,
        worse=last.worse,
        unreadable=last.unreadable,
    )


def _findings(facts: ReportFacts, w: Wording) -> list[str]:
    return [w("text.findings", count=len(facts.findings), **rows.by_severity(facts))]


def _limits(facts: ReportFacts, w: Wording) -> list[str]:
    as_of = rows.moment(facts.as_of, facts.zone)
    tool = w("text.tool", version=facts.tool_version, run=facts.run, as_of=as_of)
    ours = [w(f"limits.{key}") for key in ("automatic", "moment", "not_scan", "wording")]
    return [tool, *ours, *_in(facts.limits, w)]


def _in(texts: tuple[Text, ...], w: Wording) -> list[str]:
    return [text.in_(w.lang) for text in texts]


_SENTENCES: dict[str, Callable[[ReportFacts, Wording], list[str]]] = {
    "scope": _scope,
    "method": _method,
    "posture": _posture,
    "risks": lambda f, w: [f.lacks.in_(w.lang), w("text.risks")],
    "findings": _findings,
    "undetermined": lambda _f, w: [w("text.undetermined")],
    "unclaimed": lambda _f, w: [w("text.unclaimed")],
    "limits": _limits,
    "signature": lambda _f, w: [w("text.statement")],
}
