"""Pieces of a Word document that python-docx has no word for: fonts, fields, borders, widths."""

from __future__ import annotations

from typing import Any

from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

TEXT_CM = 17.0
"""Between the margins of a page."""
RED = RGBColor(0xB3, 0x26, 0x1E)
GREY = RGBColor(0x5C, 0x65, 0x70)


def font(style: Any, latin: str, chinese: str, size: float) -> None:
    """Name both fonts of a style, so that no reader picks its own."""
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


def run_font(run: Any, latin: str, chinese: str, size: float) -> None:
    """The same for one run."""
    run.font.name, run.font.size = latin, Pt(size)
    _name_fonts(run._element.get_or_add_rPr().get_or_add_rFonts(), latin, chinese)  # noqa: SLF001


def _name_fonts(fonts: Any, latin: str, chinese: str) -> None:
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for slot, name in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(qn(f"w:{slot}"), name)


def small(run: Any, colour: RGBColor) -> None:
    """Small print in one colour."""
    run.font.size, run.font.color.rgb = Pt(9), colour


def tab_right(paragraph: Any) -> None:
    """A tab stop at the right edge of the text."""
    stops = paragraph.paragraph_format.tab_stops
    stops.add_tab_stop(Cm(TEXT_CM), WD_TAB_ALIGNMENT.RIGHT)


def field(paragraph: Any, code: str) -> None:
    """A field that Word counts, such as PAGE."""
    begin_field(paragraph, code)
    small(paragraph.add_run("1"), GREY)
    end_field(paragraph)


def begin_field(paragraph: Any, code: str) -> None:
    """Open a field; what stands until it ends is its last result."""
    _mark(paragraph, "begin")
    said = OxmlElement("w:instrText")
    said.set(qn("xml:space"), "preserve")
    said.text = f" {code} "
    run = paragraph.add_run()
    small(run, GREY)
    run._element.append(said)  # noqa: SLF001
    _mark(paragraph, "separate")


def end_field(paragraph: Any) -> None:
    """Close a field."""
    _mark(paragraph, "end")


def _mark(paragraph: Any, kind: str) -> None:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    run = paragraph.add_run()
    small(run, GREY)
    run._element.append(mark)  # noqa: SLF001


def line_below(paragraph: Any) -> None:
    """A rule under a paragraph."""
    borders = OxmlElement("w:pBdr")
    borders.append(_border("bottom"))
    paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def bottom_border(cell: Any) -> None:
    """A rule under a cell."""
    borders = OxmlElement("w:tcBorders")
    borders.append(_border("bottom"))
    cell._tc.get_or_add_tcPr().append(borders)  # noqa: SLF001


def _border(side: str) -> Any:
    border = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "8A929B")):
        border.set(qn(f"w:{name}"), value)
    return border


def shade(cell: Any, colour: str = "E9EDF1") -> None:
    """Tint a cell; the colour is six hexadecimal digits."""
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001


def widths(table: Any, widths: list[float]) -> None:
    """Fix the widths of a table, in centimetres, and its inner margins."""
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
