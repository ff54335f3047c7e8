"""A document in one language, as cleaned strings: what every shape lays out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from zicha.catalog.duties import NOT_ADVICE
from zicha.model.document import Basis, Chart, Document, DocumentSection, Filled, Grid
from zicha.model.text import Lang, Text
from zicha.reports.content import MOST_ROWS
from zicha.reports.documents.pages.numerals import heading
from zicha.reports.documents.sections import OPTIONAL
from zicha.reports.safe_text import clean, one_line
from zicha.reports.wording import Wording, wording

_RUNNING = {"zh": 44, "en": 52}
_LONGEST_RUNNING = 90
_LONGEST_CELL, _LONGEST_SENTENCE = 4000, 12000


@dataclass(frozen=True, slots=True)
class PlainTable:
    """A table: titles and relative widths by column, rows by column, or a sentence instead."""

    id: str
    title: str
    columns: dict[str, str]
    widths: dict[str, float]
    rows: list[dict[str, str]]
    empty: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlainSection:
    """The answer to one field; `flag` says in a sentence what is missing of it.

    `look` is the state, or `optional` for a field that may stay empty.
    """

    field: str
    heading: str
    title: str
    state: Filled
    state_word: str
    flag: str
    look: str
    sentences: list[str]
    tables: list[PlainTable]
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class PlainBasis:
    """One duty that the document answers, as named values."""

    title: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PlainDocument:
    """The whole document in one language."""

    lang: Lang
    form: str
    title: str
    unit: str
    running_title: str
    estimate: str
    demo: str
    tool: str
    cover: list[tuple[str, str]]
    basis: list[PlainBasis]
    advice: str
    sections: list[PlainSection]
    statement: list[str]
    signatures: list[tuple[str, str]]
    notes: list[str]
    as_of: datetime
    words: Wording
    brief: bool = False

    @property
    def marks(self) -> str:
        """What stands on every page in red."""
        return " · ".join(part for part in (self.estimate, self.demo) if part)


def laid_out(document: Document, lang: Lang, most_rows: int = MOST_ROWS) -> PlainDocument:
    """Lay a document out; every foreign string is cleaned on its way in."""
    w = wording(lang, name="document_wording.yaml")
    unit, title = one_line(document.unit.in_(lang)), one_line(document.title.in_(lang))
    zone = ZoneInfo(document.zone)
    return PlainDocument(
        lang=lang,
        form=document.form,
        title=title,
        unit=unit,
        running_title=_running(title, unit, lang),
        estimate=w("marks.estimate") if document.estimate else "",
        demo=w("marks.demo") if document.demo else "",
        tool=_tool(document, w),
        cover=_cover(document, w, unit, zone),
        basis=[_basis(basis, w, zone) for basis in document.basis],
        advice=NOT_ADVICE.in_(lang) if document.basis else "",
        sections=[_section(n, s, w, most_rows) for n, s in enumerate(document.sections, 1)],
        statement=_sentences(document.statement, lang),
        signatures=[(one_line(role.in_(lang)), "") for role in document.signatures],
        notes=_sentences(document.notes, lang),
        as_of=document.as_of.astimezone(zone),
        words=w,
        brief=document.brief,
    )


def _tool(document: Document, w: Wording) -> str:
    inspected = f"{document.run} · {document.day}" if document.run else w("cover.never")
    root = f"{w('cover.root')} {document.ledger_root}" if document.ledger_root else ""
    parts = (f"zicha {document.tool_version}".strip(), inspected, root)
    return " · ".join(one_line(part, 60) for part in parts if part)


def _cover(document: Document, w: Wording, unit: str, zone: ZoneInfo) -> list[tuple[str, str]]:
    def in_words(value: str | Text) -> str:
        return one_line(value if isinstance(value, str) else value.in_(w.lang)) or "—"

    own = [(one_line(name.in_(w.lang)), in_words(value)) for name, value in document.cover]
    if document.brief:
        return own  # run, root and version stand below every page
    versions = " · ".join(p for p in (document.tool_version, document.catalogue_version) if p)
    lines = [
        (w("cover.unit"), unit),
        *own,
        (w("cover.inspected"), one_line(document.day) or w("cover.never")),
        (w("cover.run"), one_line(document.run) or "—"),
        (w("cover.root"), one_line(document.ledger_root) or w("cover.no_root")),
        (w("cover.versions"), one_line(versions) or w("marks.unknown")),
        (w("cover.date"), f"{document.as_of.astimezone(zone):%Y-%m-%d}"),
        (w("cover.standing"), _standing(document, w)),
    ]
    first: dict[str, str] = {}
    for name, value in lines:
        first.setdefault(name, value)  # what the builder says stands before what we would
    return list(first.items())


def _standing(document: Document, w: Wording) -> str:
    states = [section.state for section in document.sections]
    counts = {state: states.count(state) for state in ("filled", "part", "missing")}
    optional = sum(section.lacks == OPTIONAL for section in document.sections)
    key = "all" if counts["filled"] == len(states) else "some"
    said = w(
        f"standing.{key}", all=len(states), **counts | {"missing": counts["missing"] - optional}
    )
    return said + (w("standing.optional", count=optional) if optional else "")


def _basis(basis: Basis, w: Wording, zone: ZoneInfo) -> PlainBasis:
    def joined(texts: Iterable[str]) -> str:
        return w("marks.separator").join(one_line(text) for text in texts) or w("basis.none")

    due = f"{basis.due.astimezone(zone):%Y-%m-%d %H:%M}" if basis.due else w("basis.no_due")
    rows = [
        (w("basis.duty"), one_line(f"{basis.title.in_(w.lang)} ({basis.duty})")),
        (w("basis.authorities"), joined(text.in_(w.lang) for text in basis.authorities)),
        (w("basis.instruments"), joined(text.in_(w.lang) for text in basis.instruments)),
        (w("basis.due"), due),
        (w("basis.grade"), w.word("grades", basis.grade)),
        (w("basis.sources"), joined(basis.sources)),
    ]
    if basis.disputes:
        said = "\n".join(clean(text.in_(w.lang)) for text in basis.disputes)
        rows.append((w("basis.disputes"), said))
    return PlainBasis(one_line(basis.title.in_(w.lang)), rows)


def _section(number: int, section: DocumentSection, w: Wording, most: int) -> PlainSection:
    title = one_line(section.title.in_(w.lang))
    look = "optional" if section.lacks == OPTIONAL else section.state
    lacks = clean(section.lacks.in_(w.lang), _LONGEST_SENTENCE) or w("flags.no_reason")
    return PlainSection(
        field=section.field,
        heading=heading(number, title, w.lang),
        title=title[:1].upper() + title[1:],
        state=section.state,
        state_word=w(f"states.{look}"),
        flag="" if look == "filled" else w(f"flags.{look}", lacks=lacks),
        look=look,
        sentences=_sentences(section.sentences, w.lang),
        tables=[_table(grid, w, most) for grid in section.tables],
        charts=section.charts,
    )


def _running(title: str, unit: str, lang: Lang) -> str:
    """The unit stands beside the title where there is room for it whole."""
    both = f"{title} · {unit}"
    return both if len(both) <= _RUNNING[lang] else one_line(title, _LONGEST_RUNNING)


def _table(grid: Grid, w: Wording, most: int) -> PlainTable:
    note = clean(grid.note.in_(w.lang))
    if len(grid.rows) > most:
        cut = w("table.cut", shown=most, all=len(grid.rows))
        note = f"{note} {cut}".strip()
    return PlainTable(
        id=grid.id,
        title=one_line(grid.title.in_(w.lang)),
        columns={column.id: one_line(column.title.in_(w.lang)) for column in grid.columns},
        widths={column.id: column.width for column in grid.columns},
        rows=[
            {column.id: _cell(row.get(column.id, ""), w.lang) for column in grid.columns}
            for row in grid.rows[:most]
        ],
        empty=clean(grid.empty.in_(w.lang)),
        note=note,
    )


def _cell(value: str | Text, lang: Lang) -> str:
    # A blank cell looks like one that somebody forgot.
    return clean(value if isinstance(value, str) else value.in_(lang), _LONGEST_CELL) or "—"


def _sentences(texts: Iterable[Text], lang: Lang) -> list[str]:
    said = (clean(text.in_(lang), _LONGEST_SENTENCE).strip() for text in texts)
    return [sentence for sentence in said if sentence]
