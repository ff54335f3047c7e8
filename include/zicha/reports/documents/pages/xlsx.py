"""A document as a workbook: what every field says, and each table in full on a sheet of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zicha.model.document import Chart, Document
from zicha.model.text import Lang
from zicha.reports.documents.pages.chart import colours_of
from zicha.reports.documents.pages.layout import PlainDocument, PlainTable, laid_out
from zicha.reports.safe_text import one_line
from zicha.reports.sheet_pages import Styles, height, new_book, new_sheet

_EVERY_ROW = 1_000_000
_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_SHEET_LETTERS = 150
_CHART_KINDS = {
    "bars": {"type": "column"},
    "stacked": {"type": "bar", "subtype": "stacked"},
    "line": {"type": "line"},
}


def render_xlsx(document: Document, lang: Lang, out: Path) -> Path:
    """Write the workbook; every cell is text but the numbers that a chart is drawn from."""
    laid = laid_out(document, lang, _EVERY_ROW)
    with new_book(
        out, title=laid.title, author=laid.unit, comments=laid.marks, as_of=laid.as_of
    ) as book:
        _Book(book, laid).write()
    return out


class _Book:
    def __init__(self, book: Any, laid: PlainDocument) -> None:
        self.book = book
        self.laid = laid
        self.styles = Styles(book)
        self.names: set[str] = set()

    def write(self) -> None:
        self._overview()
        self._fields()
        for section in self.laid.sections:
            for table in section.tables:
                self._table(table, section.title)
            for chart in section.charts:
                self._chart(chart)

    def _sheet(self, name: str) -> Any:
        w = self.laid.words
        return new_sheet(
            self.book,
            self._unique(name),
            left=self.laid.running_title,
            marks=self.laid.marks or self.laid.tool,
            page=w("marks.page", page="&P", pages="&N"),
        )

    def _unique(self, name: str) -> str:
        bare = _FORBIDDEN.sub(" ", one_line(name, 200)).strip() or "—"
        shown, number = bare[:_LONGEST_NAME].strip(), 1
        while shown.casefold() in self.names:
            number += 1
            shown = f"{bare[: _LONGEST_NAME - 4].strip()} {number}"
        self.names.add(shown.casefold())
        return shown

    def _overview(self) -> None:
        w, laid = self.laid.words, self.laid
        sheet = self._sheet(w("sheets.overview"))
        for column, width in enumerate((26, 100)):
            sheet.set_column(column, column, width)
        sheet.set_row(0, 24)
        sheet.write_string(0, 0, laid.title, self.styles.title)
        sheet.write_string(1, 0, laid.marks, self.styles.mark)
        at = self._pairs(sheet, laid.cover, 3)
        if laid.basis:
            sheet.write_string(at + 1, 0, w("basis.heading"), self.styles.caption)
            at += 2
        for basis in laid.basis:
            at = self._pairs(sheet, basis.rows, at) + 1
        for words in (laid.advice, *laid.statement, *laid.notes, laid.tool):
            if words:
                sheet.merge_range(at, 0, at, 1, "", self.styles.plain)
                sheet.write_string(at, 0, words, self.styles.plain)
                sheet.set_row(at, height([words], [120]))
                at += 1
        for role, _ in laid.signatures:
            sheet.write_string(at + 1, 0, role, self.styles.head)
            sheet.write_string(at + 1, 1, "", self.styles.cell)
            at += 1

    def _pairs(self, sheet: Any, pairs: Sequence[tuple[str, str]], at: int) -> int:
        for name, value in pairs:
            sheet.write_string(at, 0, name, self.styles.head)
            sheet.write_string(at, 1, value, self.styles.cell)
            sheet.set_row(at, height([name, value], [26, 100]))
            at += 1
        return at

    def _fields(self) -> None:
        w = self.laid.words
        titles = [w(f"sheets.{key}") for key in ("title", "state", "says", "lacks")]
        rows = [
            [
                section.heading,
                section.state_word,
                "\n".join([*section.sentences, *(table.title for table in section.tables)]),
                section.flag,
            ]
            for section in self.laid.sections
        ]
        self._grid(self._sheet(w("sheets.text")), titles, [34, 12, 70, 46], rows)

    def _table(self, table: PlainTable, section: str) -> None:
        sheet = self._sheet(table.title or section)
        whole = sum(table.widths.values())
        widths = [max(8.0, _SHEET_LETTERS * width / whole) for width in table.widths.values()]
        rows = [[row[column] for column in table.columns] for row in table.rows]
        self._grid(sheet, list(table.columns.values()), widths, rows, table.empty, table.note)

    def _grid(
        self,
        sheet: Any,
        titles: list[str],
        widths: Sequence[float],
        rows: list[list[str]],
        *said: str,
    ) -> None:
        sheet.write_string(0, 0, self.laid.marks, self.styles.mark)
        for column, (title, width) in enumerate(zip(titles, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(1, column, title, self.styles.head)
        for number, row in enumerate(rows, 2):
            for column, value in enumerate(row):
                sheet.write_string(number, column, value, self.styles.cell)
            sheet.set_row(number, height(row, widths))
        empty, note = (*said, "", "")[:2]
        if not rows and empty:
            sheet.write_string(2, 0, empty, self.styles.mark)
        if note:
            sheet.write_string(len(rows) + 3, 0, note, self.styles.mark)
        sheet.freeze_panes(2, 1)
        sheet.repeat_rows(0, 1)
        sheet.autofilter(1, 0, max(1 + len(rows), 2), len(titles) - 1)

    def _chart(self, chart: Chart) -> None:
        lang, title = self.laid.lang, one_line(chart.title.in_(self.laid.lang))
        sheet = self._sheet(title)
        name = sheet.get_name()
        sheet.set_column(0, 0, 30)
        sheet.write_string(0, 0, self.laid.marks, self.styles.mark)
        sheet.write_string(1, 0, self.laid.words("chart.label"), self.styles.head)
        last = 1 + len(chart.labels)
        for row, label in enumerate(chart.labels, 2):
            sheet.write_string(row, 0, one_line(label.in_(lang)), self.styles.cell)
        drawn = self.book.add_chart(_CHART_KINDS[chart.kind])
        colours = colours_of(chart.series)
        for column, (series, colour) in enumerate(zip(chart.series, colours, strict=True), 1):
            self._series(sheet, column, series.title.in_(lang), series.values)
            drawn.add_series(
                {
                    "name": [name, 1, column],
                    "categories": [name, 2, 0, last, 0],
                    "values": [name, 2, column, last, column],
                    "fill": {"color": colour},
                    "line": {"color": colour},
                    "marker": {"type": "circle"} if chart.kind == "line" else None,
                }
            )
        drawn.set_title({"name": title, "name_font": {"size": 12}})
        drawn.set_y_axis(
            {"name": one_line(chart.unit.in_(lang)), "reverse": chart.kind == "stacked"}
        )
        drawn.show_blanks_as("gap")
        drawn.set_size({"width": 860, "height": 380})
        sheet.insert_chart(1, len(chart.series) + 2, drawn)

    def _series(
        self, sheet: Any, column: int, title: str, values: tuple[float | None, ...]
    ) -> None:
        sheet.set_column(column, column, 14)
        sheet.write_string(1, column, one_line(title), self.styles.head)
        for row, value in enumerate(values, 2):
            if value is None:
                gap = self.laid.words("chart.gap")
                sheet.write_string(row, column, gap, self.styles.cell)
            else:
                sheet.write_number(row, column, value, self.styles.number)
