"""What goes into a place of a Word template: paragraphs, tables and pictures, built as objects.

A place is marked by characters of private use, which no cleaned text can hold: foreign words
therefore never look like a place, and never pass through the template's language.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.shared import Cm, Mm, Pt, RGBColor

from zicha.model.document import Chart
from zicha.model.text import Lang
from zicha.reports import word_pieces as pieces
from zicha.reports.column_widths import fitted
from zicha.reports.documents.pages.chart import draw
from zicha.reports.documents.pages.layout import PlainBasis, PlainSection, PlainTable
from zicha.reports.safe_text import breakable, one_line
from zicha.reports.word_pieces import GREY, TEXT_CM
from zicha.reports.wording import Wording

_OPEN, _CLOSE = "\ue000", "\ue001"
_AMBER = RGBColor(0x9A, 0x67, 0x00)
_CHART_MM = 164
_LONG_ROW = 500
_LINE = 112
"""Letters that a whole line of a table holds at the size of its cells."""
_TINTS = {
    "missing": ("FDF1F0", pieces.RED),
    "part": ("FDF6E8", _AMBER),
    "optional": ("FFFFFF", GREY),
}


def marker(name: str) -> str:
    """The mark of a place, to be put into the template's context."""
    return f"{_OPEN}{name}{_CLOSE}"


def fill(document: Any, name: str, elements: list[Any]) -> bool:
    """Put the elements where the mark stands; False when the template has no such place."""
    mark = marker(name)
    found = [p for p in _paragraphs(document) if mark in p.text]
    for place in found[1:]:
        _remove(place)
    if not found:
        return False
    anchor = found[0]._element  # noqa: SLF001 - python-docx has no other way
    for element in elements:
        anchor.addprevious(element)
    if anchor.getparent().tag.endswith("}tc") and anchor.getnext() is None:
        found[0].text = ""  # Word wants a paragraph at the end of every cell
    else:
        _remove(found[0])
    return True


class Slots:
    """Builds what fills the places of one document."""

    def __init__(self, document: Any, lang: Lang, words: Wording) -> None:
        """Elements are built in the document that holds them, for its styles and pictures."""
        self.doc = document
        self.lang = lang
        self.words = words

    def section(self, section: PlainSection) -> list[Any]:
        """The answer to one field: what is missing, sentences, charts, tables."""
        built = [self._flag(section)] if section.flag else []
        built += [self._sentence(words) for words in section.sentences]
        for chart in section.charts:
            built += self._chart(chart)
        for table in section.tables:
            built += self._table(table)
        return built

    def basis(self, boxes: list[PlainBasis]) -> list[Any]:
        """One box a duty."""
        built: list[Any] = []
        for box in boxes:
            table = self.doc.add_table(rows=0, cols=2, style=self._ruled())
            pieces.widths(table, [3.4, TEXT_CM - 3.4])
            for name, value in box.rows:
                cells = table.add_row().cells
                self._write(cells[0], name, bold=True)
                self._write(cells[1], value)
                pieces.shade(cells[0], "F6F8FA")
            built += [_taken(table), self._space()]
        return built

    def _flag(self, section: PlainSection) -> Any:
        tint, ink = _TINTS[section.look]
        table = self.doc.add_table(rows=1, cols=1, style=self._ruled())
        pieces.widths(table, [TEXT_CM])
        cell = table.rows[0].cells[0]
        self._write(cell, section.flag, size=10)
        pieces.shade(cell, tint)
        for paragraph in cell.paragraphs:
            for run in paragraph.runs:
                run.font.color.rgb = ink
        return _taken(table)

    def _sentence(self, words: str) -> Any:
        paragraph = self.doc.add_paragraph(breakable(words))
        if self.lang == "zh":
            paragraph.paragraph_format.first_line_indent = Pt(24)
        paragraph.paragraph_format.space_before = Pt(3)
        return _taken(paragraph)

    def _chart(self, chart: Chart) -> list[Any]:
        picture = draw(chart, self.lang, "png")
        if picture is None:
            shown = self._sentence(self.words("chart.none"))
        else:
            paragraph = self.doc.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.keep_with_next = True
            paragraph.add_run().add_picture(BytesIO(picture), width=Mm(_CHART_MM))
            shown = _taken(paragraph)
        caption = self.doc.add_paragraph(one_line(chart.title.in_(self.lang)))
        caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
        caption.runs[0].font.size = Pt(9.5)
        return [shown, _taken(caption)]

    def _table(self, it: PlainTable) -> list[Any]:
        title = self._caption(it.title)
        if not it.rows:
            return [*title, self._sentence(it.empty)]
        table = self.doc.add_table(rows=0, cols=len(it.columns), style=self._ruled())
        fit = fitted(it.widths, it.columns, it.rows, _LINE).values()
        pieces.widths(table, [TEXT_CM * width / sum(fit) for width in fit])
        widths = [column.width for column in table.columns]
        self._row(table, list(it.columns.values()), widths, head=True)
        for row in it.rows:
            self._row(table, [row[column] for column in it.columns], widths)
        note = self.doc.add_paragraph(it.note)
        for run in note.runs:
            pieces.small(run, GREY)
        return [*title, _taken(table), _taken(note)]

    def _caption(self, words: str) -> list[Any]:
        if not words:
            return []
        names = {style.name for style in self.doc.styles}
        style = "Heading 2" if "Heading 2" in names else None
        paragraph = self.doc.add_paragraph(words, style=style)
        paragraph.paragraph_format.keep_with_next = True
        return [_taken(paragraph)]

    def _row(self, table: Any, texts: list[str], widths: list[Any], *, head: bool = False) -> None:
        row = table.add_row()
        properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no other way
        if max(map(len, texts)) <= _LONG_ROW:
            properties.append(OxmlElement("w:cantSplit"))
        if head:
            properties.append(OxmlElement("w:tblHeader"))
        for cell, width, text in zip(row.cells, widths, texts, strict=True):
            cell.width = width
            self._write(cell, text, size=9, bold=head)
            if head:
                pieces.shade(cell)

    def _write(self, cell: Any, text: str, *, size: float = 9.5, bold: bool = False) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.line_spacing = 1.1
        paragraph.paragraph_format.space_after = Pt(1)
        run = paragraph.add_run(breakable(text))
        run.font.size, run.bold = Pt(size), bold

    def _space(self) -> Any:
        paragraph = self.doc.add_paragraph()
        paragraph.paragraph_format.line_spacing = Cm(0.25)
        return _taken(paragraph)

    def _ruled(self) -> str | None:
        names = {style.name for style in self.doc.styles}
        return "Table Grid" if "Table Grid" in names else None


def _taken(built: Any) -> Any:
    """The element of what was added at the end, taken out to be put elsewhere."""
    element = built._element  # noqa: SLF001 - python-docx has no other way
    element.getparent().remove(element)
    return element


def _remove(paragraph: Any) -> None:
    element = paragraph._element  # noqa: SLF001
    element.getparent().remove(element)


def _paragraphs(document: Any) -> list[Any]:
    from docx.text.paragraph import Paragraph

    body = document.element.body
    return [Paragraph(element, document) for element in body.iter(f"{_W}p")]


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
