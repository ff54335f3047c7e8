"""Pieces of a workbook: styles, sheets with their marks, heights of rows; every cell is text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from zicha.reports.safe_text import one_line

A3, A4 = 8, 9
_TEXT = {"num_format": "@"}
_LINE_POINTS, _HIGHEST_POINTS = 14, 400


def new_book(out: Path, *, title: str, author: str, comments: str, as_of: datetime) -> Any:
    """A workbook in which nothing is run; its date is that of the facts."""
    import xlsxwriter

    out.parent.mkdir(parents=True, exist_ok=True)
    never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(out), never)
    moment = as_of.replace(tzinfo=None, microsecond=0)
    book.set_properties(
        {"title": title[:250], "author": author[:250], "comments": comments, "created": moment}
    )
    return book


class Styles:
    """The few formats of a workbook."""

    def __init__(self, book: Any) -> None:
        base = {"font_name": "等线", "font_size": 10, "valign": "top", "text_wrap": True}
        # "@" is Excel's format for text: editing a cell later does not turn it into a formula.
        self.cell = book.add_format({**base, "border": 1, "border_color": "#C3C9D0"} | _TEXT)
        head = {"bold": True, "bg_color": "#E9EDF1", "border": 1, "border_color": "#8A929B"}
        self.head = book.add_format({**base, **head} | _TEXT)
        self.title = book.add_format({**base, "bold": True, "font_size": 14, "text_wrap": False})
        self.caption = book.add_format({**base, "bold": True, "font_size": 11, "text_wrap": False})
        self.mark = book.add_format({**base, "font_color": "#B3261E", "text_wrap": False})
        self.plain = book.add_format(base)
        self.number = book.add_format({**base, "border": 1, "border_color": "#C3C9D0"})


def new_sheet(book: Any, name: str, *, left: str, marks: str, page: str, paper: int = A4) -> Any:
    """A sheet to be printed across one page: a name and the marks above, page numbers below."""
    shown = marks.replace("&", "&&")
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(paper)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.7)
    sheet.set_header(f"&L{one_line(left, 60).replace('&', '&&')}&R{shown}")
    sheet.set_footer(f"&L{shown}&R{page}")
    return sheet


def height(cells: Sequence[str], widths: Sequence[float]) -> float:
    """Points that the fullest cell of a row needs."""
    # Not every reader fits a row to its wrapped text when it opens the file.
    lines = max(lines_of(cell, width) for cell, width in zip(cells, widths, strict=False))
    return min(_LINE_POINTS * lines + 2, _HIGHEST_POINTS)


def lines_of(cell: str, width: float) -> int:
    """Lines that a text takes in a column; Chinese characters are twice as wide."""
    wide = (sum(2 if east_asian_width(c) in "WF" else 1 for c in part) for part in cell.split("\n"))
    return sum(1 + int(columns // max(width - 1, 1)) for columns in wide)
