"""The Word template of the self-inspection report, built from the outline and the wording.

A compliance team that wants another look takes `python -m zicha.reports.word_template FOLDER`,
edits the files in Word (tags stand in double braces) and puts them into `include/templates/`.
"""

from __future__ import annotations

import sys
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from zicha.model.text import Lang
from zicha.reports.content import OUTLINE
from zicha.reports.rows import TABLES
from zicha.reports.steady_zip import steady
from zicha.reports.wording import Wording, wording

_BODY = {"zh": ("Times New Roman", "仿宋"), "en": ("Times New Roman", "仿宋")}
_HEADING = {"zh": ("Arial", "黑体"), "en": ("Arial", "黑体")}
_TEXT_CM = 17.0
_RED = RGBColor(0xB3, 0x26, 0x1E)
_GREY = RGBColor(0x5C, 0x65, 0x70)


class Builder:
    """One template in one language."""

    def __init__(self, lang: Lang) -> None:
        """Start from an empty page."""
        self.lang = lang
        self.w: Wording = wording(lang)
        self.doc = Document()

    def build(self) -> bytes:
        """The template's bytes; the same each time."""
        self._styles()
        self._page()
        self._cover()
        self._contents()
        for number, shape in enumerate(OUTLINE, 1):
            self._section(number, shape.key, shape.tables, shape.chart)
        self._signatures()
        properties = self.doc.core_properties
        properties.created = properties.modified = datetime(2026, 1, 1)  # noqa: DTZ001 - a fixed mark
        properties.author = properties.last_modified_by = "zicha"
        written = BytesIO()
        self.doc.save(written)
        return steady(written.getvalue())

    # Page and styles

    def _styles(self) -> None:
        for language in self.doc.styles.element.iter(qn("w:lang")):
            language.set(qn("w:eastAsia"), "zh-CN")
        body = self.doc.styles["Normal"]
        _font(body, *_BODY[self.lang], 12)
        body.paragraph_format.line_spacing = 1.35
        body.paragraph_format.space_after = Pt(4)
        for name, size in (("Heading 1", 15), ("Heading 2", 11.5), ("Title", 26)):
            style = self.doc.styles[name]
            _font(style, *_HEADING[self.lang], size)
            style.font.bold = True
            style.font.color.rgb = RGBColor(0, 0, 0)
            style.paragraph_format.keep_with_next = True
        self.doc.styles["Heading 1"].paragraph_format.space_before = Pt(18)
        self.doc.styles["Heading 1"].paragraph_format.space_after = Pt(6)
        self.doc.styles["Heading 2"].paragraph_format.space_before = Pt(10)
        self.doc.styles["Heading 2"].paragraph_format.space_after = Pt(4)
        border = self.doc.styles["Title"].element.pPr.find(qn("w:pBdr"))
        if border is not None:
            self.doc.styles["Title"].element.pPr.remove(border)

    def _page(self) -> None:
        section = self.doc.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.2)
        header = section.header.paragraphs[0]
        header.style = self.doc.styles["Normal"]  # the header's own style has stops in the middle
        _tab_right(header)
        _small(header.add_run("{{ running_title }}\t"), _GREY)
        _small(header.add_run("{{ estimate }}{% if demo %} · {{ demo }}{% endif %}"), _RED)
        _line_below(header)
        footer = section.footer.paragraphs[0]
        footer.style = self.doc.styles["Normal"]
        _tab_right(footer)
        before, _, rest = self.w("marks.page").partition("{page}")
        between, _, after = rest.partition("{pages}")
        _small(footer.add_run("{{ estimate }} · {{ tool }}\t" + before), _GREY)
        _field(footer, "PAGE")
        _small(footer.add_run(between), _GREY)
        _field(footer, "NUMPAGES")
        _small(footer.add_run(after), _GREY)

    # Parts

    def _cover(self) -> None:
        for _ in range(5):
            self.doc.add_paragraph()
        title = self.doc.add_paragraph("{{ title }}", style="Title")
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for words, size in (("{{ estimate }}", 14), ("{{ demo }}", 16)):
            line = self.doc.add_paragraph()
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run = line.add_run(words)
            run.font.size, run.font.color.rgb = Pt(size), _RED
        for _ in range(4):
            self.doc.add_paragraph()
        table = self._loop("row", "cover", ["name", "value"], [3.6, 9.4], size=13)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        for cells in table.rows:
            _bottom_border(cells.cells[-1])
        self.doc.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def _contents(self) -> None:
        title = self.doc.add_paragraph()
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = title.add_run(self.w("marks.contents"))
        _run_font(run, *_HEADING[self.lang], 15)
        run.bold = True
        lines = [self._heading(n, shape.key) for n, shape in enumerate(OUTLINE, 1)]
        # A field with its result written out: readable at once, renewed with F9 in Word.
        paragraphs = [self.doc.add_paragraph() for _ in lines]
        _begin_field(paragraphs[0], 'TOC \\o "1-1" \\h \\z \\u')
        for paragraph, line in zip(paragraphs, lines, strict=True):
            paragraph.add_run(line)
        _end_field(paragraphs[-1])
        self.doc.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def _heading(self, number: int, key: str) -> str:
        return self.w(f"numbers.n{number}") + self.w(f"sections.{key}")

    def _section(self, number: int, key: str, tables: tuple[str, ...], chart: str) -> None:
        self.doc.add_heading(self._heading(number, key), 1)
        self._sentences(f"said.{key}", keep=bool(tables) or key == "signature")
        if chart:
            self._tag(f"if charts.{chart}")
            for words in (f"{{{{ charts.{chart} }}}}", self.w(f"charts.{chart}")):
                line = self.doc.add_paragraph(words)
                line.alignment = WD_ALIGN_PARAGRAPH.CENTER
                line.paragraph_format.keep_with_next = words.startswith("{")
            _run_font(line.runs[0], *_BODY[self.lang], 9.5)
            self._tag(f"elif missing.{chart}")
            self._indent(self.doc.add_paragraph(f"{{{{ missing.{chart} }}}}"))
            self._tag("endif")
        for table in tables:
            self._table(table)
        if key == "evidence":
            self._sentences("closing.evidence", keep=False)

    def _sentences(self, where: str, *, keep: bool) -> None:
        self._tag(f"for sentence in {where}")
        paragraph = self.doc.add_paragraph("{{ sentence }}")
        paragraph.paragraph_format.keep_with_next = keep
        paragraph.paragraph_format.space_before = Pt(8 if where.startswith("closing") else 0)
        self._indent(paragraph)
        self._tag("endfor")

    def _table(self, key: str) -> None:
        self.doc.add_heading(self.w(f"tables.{key}.title"), 2)
        self._tag(f"if tables.{key}.rows")
        columns = self.w.columns(key)
        widths = [TABLES[key].widths[name] for name in columns]
        self._loop("row", f"tables.{key}.rows", list(columns), widths, list(columns.values()))
        self._tag(f"if tables.{key}.note")
        note = self.doc.add_paragraph(f"{{{{ tables.{key}.note }}}}")
        _small(note.runs[0], _GREY)
        self._tag("endif")
        self._tag("else")
        self._indent(self.doc.add_paragraph(self.w(f"tables.{key}.empty")))
        self._tag("endif")

    def _signatures(self) -> None:
        w = self.w
        names = ["", w("signature.name"), w("signature.sign"), w("signature.date")]
        table = self.doc.add_table(rows=0, cols=4, style="Table Grid")
        _widths(table, [3, 4, 5.2, 4.8])
        self._row(table, names, 11, bold=True)
        self._row(table, ["{%tr for line in signatures %}"], 11)
        date, colon = w("signature.date_blank"), w("marks.colon")
        self._row(table, ["{{ line.role }}", "{{ line.name }}", "", date], 11)
        table.rows[-1].height = Cm(1.3)
        self._row(table, ["{%tr endfor %}"], 11)
        for row in table.rows:
            for cell in row.cells:
                cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
                for paragraph in cell.paragraphs:
                    paragraph.paragraph_format.keep_with_next = True
        self.doc.add_paragraph().paragraph_format.keep_with_next = True
        for words in (w("signature.seal") + colon, "", f"{w('signature.date')}{colon}{date}"):
            line = self.doc.add_paragraph(words)
            line.paragraph_format.left_indent = Cm(8.5)
            line.paragraph_format.keep_with_next = True

    # Pieces

    def _tag(self, tag: str) -> None:
        self.doc.add_paragraph(f"{{%p {tag} %}}")

    def _indent(self, paragraph: Any) -> None:
        if self.lang == "zh":
            paragraph.paragraph_format.first_line_indent = Pt(24)

    def _loop(
        self,
        name: str,
        where: str,
        columns: list[str],
        widths: list[float],
        titles: list[str] | None = None,
        *,
        size: float = 9,
    ) -> Any:
        style = "Table Grid" if titles else "Normal Table"
        table = self.doc.add_table(rows=0, cols=len(columns), style=style)
        whole = sum(widths)
        _widths(table, [_TEXT_CM * w / whole if titles else w for w in widths])
        if titles:
            self._row(table, titles, size, bold=True, repeated=True)
        self._row(table, [f"{{%tr for {name} in {where} %}}"], size)
        self._row(table, [f"{{{{ {name}['{column}'] }}}}" for column in columns], size)
        self._row(table, ["{%tr endfor %}"], size)
        return table

    def _row(
        self,
        table: Any,
        texts: list[str],
        size: float,
        *,
        bold: bool = False,
        repeated: bool = False,
    ) -> None:
        row = table.add_row()
        properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no other way
        properties.append(OxmlElement("w:cantSplit"))
        if repeated:
            properties.append(OxmlElement("w:tblHeader"))
        for cell, width, text in zip(
            row.cells, table.columns, texts + [""] * (len(row.cells) - len(texts)), strict=True
        ):
            cell.width = width.width
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing = 1.1
            paragraph.paragraph_format.space_after = Pt(1)
            run = paragraph.add_run(text)
            run.font.size, run.bold = Pt(size), bold
            if repeated:
                _shade(cell)


def _font(style: Any, latin: str, chinese: str, size: float) -> None:
    style.font.name, style.font.size = latin, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    _name_fonts(fonts, latin, chinese)
    # Without it a reader sets the punctuation of another Chinese.
    language = style.element.rPr.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        style.element.rPr.append(language)
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")


def _run_font(run: Any, latin: str, chinese: str, size: float) -> None:
    run.font.name, run.font.size = latin, Pt(size)
    _name_fonts(run._element.get_or_add_rPr().get_or_add_rFonts(), latin, chinese)  # noqa: SLF001


def _name_fonts(fonts: Any, latin: str, chinese: str) -> None:
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for slot, name in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(qn(f"w:{slot}"), name)


def _small(run: Any, colour: RGBColor) -> None:
    run.font.size, run.font.color.rgb = Pt(9), colour


def _tab_right(paragraph: Any) -> None:
    stops = paragraph.paragraph_format.tab_stops
    stops.add_tab_stop(Cm(_TEXT_CM), WD_TAB_ALIGNMENT.RIGHT)


def _field(paragraph: Any, code: str) -> None:
    _begin_field(paragraph, code)
    _small(paragraph.add_run("1"), _GREY)
    _end_field(paragraph)


def _begin_field(paragraph: Any, code: str) -> None:
    _mark(paragraph, "begin")
    said = OxmlElement("w:instrText")
    said.set(qn("xml:space"), "preserve")
    said.text = f" {code} "
    run = paragraph.add_run()
    _small(run, _GREY)
    run._element.append(said)  # noqa: SLF001
    _mark(paragraph, "separate")


def _end_field(paragraph: Any) -> None:
    _mark(paragraph, "end")


def _mark(paragraph: Any, kind: str) -> None:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    run = paragraph.add_run()
    _small(run, _GREY)
    run._element.append(mark)  # noqa: SLF001


def _line_below(paragraph: Any) -> None:
    borders = OxmlElement("w:pBdr")
    borders.append(_border("bottom"))
    paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _bottom_border(cell: Any) -> None:
    borders = OxmlElement("w:tcBorders")
    borders.append(_border("bottom"))
    cell._tc.get_or_add_tcPr().append(borders)  # noqa: SLF001


def _border(side: str) -> Any:
    border = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "8A929B")):
        border.set(qn(f"w:{name}"), value)
    return border


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "E9EDF1")):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001


def _widths(table: Any, widths: list[float]) -> None:
    table.autofit = False
    margins = OxmlElement("w:tblCellMar")
    for side, twips in (("top", "50"), ("left", "90"), ("bottom", "50"), ("right", "90")):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), twips)
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    look = table._tbl.tblPr.find(qn("w:tblLook"))  # noqa: SLF001
    look.addprevious(margins)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)


@cache
def built_template(lang: Lang) -> bytes:
    """Our own template in one language; the same bytes each time."""
    return Builder(lang).build()


def main(folder: Path) -> None:
    """Write both templates into a folder, to be edited."""
    languages: tuple[Lang, ...] = ("zh", "en")
    folder.mkdir(parents=True, exist_ok=True)
    for lang in languages:
        path = folder / f"self_inspection.{lang}.docx"
        path.write_bytes(built_template(lang))
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
