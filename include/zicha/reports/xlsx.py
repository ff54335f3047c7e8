"""The annex as a workbook: every line in full, every cell text, nothing that Excel runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from zicha.model.text import Lang
from zicha.reports import rows
from zicha.reports.content import Content, content
from zicha.reports.facts import ReportFacts
from zicha.reports.safe_text import clean
from zicha.reports.sheet_pages import A3, A4, Styles, height, new_book, new_sheet
from zicha.reports.wording import Wording

_LONGEST = 2000
_SUMMARY = ("basic", "sources", "objects", "posture", "chapters", "thresholds", "unclaimed")
# Columns of each sheet: the key of its title, and its width in characters.
_SHEETS: dict[str, tuple[tuple[str, int], ...]] = {
    "items": (
        *(("ref", 14), ("chapter", 18), ("requirement", 36), ("status", 10), ("objects", 20)),
        *(("proved_by", 28), ("left", 24), ("findings", 18), ("since", 11)),
    ),
    "findings": (
        *(("id", 17), ("severity", 8), ("state", 11), ("title", 26), ("because", 26)),
        *(("remedy", 28), ("subject_type", 16), ("subject", 30), ("observed", 22), ("object", 13)),
        *(("source", 12), ("account", 14), ("region", 11), ("items", 11), ("opened", 11)),
        *(("due", 11), ("owner", 10), ("not_remeasured", 12)),
    ),
    "rectification": (
        *(
            ("finding", 18),
            ("subject", 30),
            ("measure", 46),
            ("owner", 12),
            ("due", 12),
            ("state", 12),
        ),
        *(("closed", 12), ("remark", 24)),
    ),
    "undetermined": (
        *(("kind", 10), ("what", 18), ("requirement", 36), ("objects", 20), ("why", 30)),
        *(("permission", 24), ("needs", 38), ("since", 11), ("affects", 10), ("owner", 10)),
    ),
    "evidence": (
        *(("source", 18), ("table", 26), ("collected", 17), ("rows", 8), ("whole", 8)),
        ("digest", 74),
    ),
}
_ON_A3 = {"findings", "undetermined"}
_EVERY_ROW = 1_000_000
_SUMMARY_WIDTHS = (38, 34, 17, 17, 17, 17, 17, 17)


def render_xlsx(facts: ReportFacts, lang: Lang, out: Path) -> Path:
    """Write the workbook; the same facts give the same bytes."""
    laid_out = content(facts, lang, _EVERY_ROW)
    with new_book(
        out,
        title=laid_out.title,
        author=laid_out.unit,
        comments=laid_out.estimate,
        as_of=laid_out.as_of,
    ) as book:
        styles = Styles(book)
        _summary(book, styles, laid_out)
        for key, columns in _SHEETS.items():
            lines = list(_LINES[key](facts, laid_out.words))
            _sheet(book, styles, laid_out, key, columns=columns, lines=lines)
    return out


def _new_sheet(book: Any, laid_out: Content, key: str) -> Any:
    return new_sheet(
        book,
        laid_out.words(f"sheets.{key}"),
        left=laid_out.running_title,
        marks=" · ".join(part for part in (laid_out.estimate, laid_out.demo) if part),
        page=laid_out.words("marks.page", page="&P", pages="&N"),
        paper=A3 if key in _ON_A3 else A4,
    )


def _sheet(
    book: Any,
    styles: Styles,
    laid_out: Content,
    key: str,
    *,
    columns: Sequence[tuple[str, int]],
    lines: list[list[str]],
) -> None:
    sheet = _new_sheet(book, laid_out, key)
    mark = " · ".join(part for part in (laid_out.estimate, laid_out.demo) if part)
    sheet.write_string(0, 0, mark, styles.mark)
    for column, (name, width) in enumerate(columns):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, laid_out.words(f"annex.{name}"), styles.head)
    for number, line in enumerate(lines, 2):
        cells = [clean(value, _LONGEST) for value in line]
        for column, value in enumerate(cells):
            sheet.write_string(number, column, value, styles.cell)
        sheet.set_row(number, height(cells, [width for _, width in columns]))
    if not lines:
        table = "posture" if key == "items" else key
        sheet.write_string(2, 0, laid_out.words(f"tables.{table}.empty"), styles.mark)
    sheet.freeze_panes(2, 1)
    sheet.repeat_rows(0, 1)
    sheet.autofilter(1, 0, max(1 + len(lines), 2), len(columns) - 1)


def _summary(book: Any, styles: Styles, laid_out: Content) -> None:
    sheet = _new_sheet(book, laid_out, "summary")
    for column, width in enumerate(_SUMMARY_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 24)
    sheet.write_string(0, 0, laid_out.title, styles.title)
    sheet.write_string(1, 0, laid_out.estimate, styles.mark)
    sheet.write_string(2, 0, laid_out.demo, styles.mark)
    at = 4
    posture = next(section for section in laid_out.sections if section.key == "posture")
    for sentence in posture.sentences:
        sheet.merge_range(at, 0, at, 7, "", styles.plain)
        sheet.write_string(at, 0, sentence, styles.plain)
        sheet.set_row(at, 15 * (1 + len(sentence) // 75))
        at += 1
    for key in _SUMMARY:
        at = _block(sheet, styles, laid_out, key, at + 1)
    sheet.freeze_panes(3, 0)


def _block(sheet: Any, styles: Styles, laid_out: Content, key: str, at: int) -> int:
    table = laid_out.table(key)
    sheet.write_string(at, 0, table.title, styles.caption)
    if not table.rows:
        sheet.write_string(at + 1, 0, table.empty, styles.mark)
        return at + 2
    for column, title in enumerate(table.columns.values()):
        sheet.write_string(at + 1, column, title, styles.head)
    for number, row in enumerate(table.rows, at + 2):
        cells = [row[name] for name in table.columns]
        for column, value in enumerate(cells):
            sheet.write_string(number, column, value, styles.cell)
        sheet.set_row(number, height(cells, _SUMMARY_WIDTHS))
    return at + 2 + len(table.rows)


def _items(facts: ReportFacts, w: Wording) -> Iterator[list[str]]:
    for item in facts.items:
        yield [
            *(item.ref, item.chapter.in_(w.lang), item.title.in_(w.lang)),
            *(w.word("statuses", item.status), _lines(item.objects), _lines(item.proved_by)),
            *(item.left.in_(w.lang), _lines(item.findings), item.since),
        ]


def _findings(facts: ReportFacts, w: Wording) -> Iterator[list[str]]:
    for f in rows.gravest_first(facts):
        yield [
            *(f.id, w.word("severities", f.severity.value), w.word("states", f.state)),
            *(text.in_(w.lang) for text in (f.title, f.because, f.remedy)),
            *(f.subject_type, f.subject, f.observed, f.object.in_(w.lang)),
            *(f.source, f.account, f.region, _lines(f.items)),
            *(f.opened, f.due, f.owner.in_(w.lang), f.not_remeasured_since),
        ]


def _rectification(facts: ReportFacts, w: Wording) -> Iterator[list[str]]:
    for line in facts.plan():
        yield [
            *(line.finding, line.subject, line.measure.in_(w.lang), line.owner.in_(w.lang)),
            *(line.due, w.word("states", line.state), line.closed, line.remark.in_(w.lang)),
        ]


def _undetermined(facts: ReportFacts, w: Wording) -> Iterator[list[str]]:
    for gap in facts.gaps:
        yield [
            *(w("annex.gap"), gap.source, "", "", w.word("reasons", gap.reason.value)),
            *(gap.permission, rows.remedy_of(gap, w), gap.since, str(gap.affects)),
            gap.owner.in_(w.lang),
        ]
    for line in facts.undetermined:
        objects = _lines(text.in_(w.lang) for text in line.objects)
        yield [
            *(w("annex.item"), line.ref, line.title.in_(w.lang), objects, line.why.in_(w.lang)),
            *("", line.needs.in_(w.lang), "", "", ""),
        ]


def _evidence(facts: ReportFacts, w: Wording) -> Iterator[list[str]]:
    for line in facts.evidence:
        state = w.word("source_states", "complete" if line.complete else "partial")
        collected = rows.moment(line.collected_at, facts.zone)
        yield [line.source, line.table, collected, str(line.rows), state, line.digest]


def _lines(values: Iterable[str]) -> str:
    return "\n".join(values)


_LINES = {
    "items": _items,
    "findings": _findings,
    "rectification": _rectification,
    "undetermined": _undetermined,
    "evidence": _evidence,
}
