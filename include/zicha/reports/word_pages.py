"""What the Word documents have in common: page, styles, cover, contents, tables with tags."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from zicha.model.text import Lang
from zicha.reports import word_pieces as pieces
from zicha.reports.steady_zip import steady
from zicha.reports.word_pieces import GREY, RED, TEXT_CM, small
from zicha.reports.wording import Wording, wording

BODY = {"zh": ("Times New Roman", "仿宋"), "en": ("Times New Roman", "仿宋")}
HEADING = {"zh": ("Arial", "黑体"), "en": ("Arial", "黑体")}


class WordPages:
    """A template in one language, written part by part."""

    footer = "{% if estimate %}{{ estimate }} · {% endif %}{{ tool }}\t"

    def __init__(self, lang: Lang) -> None:
        """Start from an empty page."""
        self.lang = lang
        self.w: Wording = wording(lang)
        self.doc = Document()

    def saved(self) -> bytes:
        """The template's bytes; the same each time."""
        properties = self.doc.core_properties
        properties.created = properties.modified = datetime(2026, 1, 1)  # noqa: DTZ001 - a fixed mark
        properties.author = properties.last_modified_by = "zicha"
        written = BytesIO()
        self.doc.save(written)
        return steady(written.getvalue())

    def styles(self) -> None:
        """Fonts and distances of official papers."""
        for language in self.doc.styles.element.iter(qn("w:lang")):
            language.set(qn("w:eastAsia"), "zh-CN")
        body = self.doc.styles["Normal"]
        pieces.font(body, *BODY[self.lang], 12)
        body.paragraph_format.line_spacing = 1.35
        body.paragraph_format.space_after = Pt(4)
        for name, size in (("Heading 1", 15), ("Heading 2", 11.5), ("Title", 26)):
            style = self.doc.styles[name]
            pieces.font(style, *HEADING[self.lang], size)
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

    def page(self) -> None:
        """A4, with the marks above and the numbers below every page."""
        section = self.doc.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.2)
        header = section.header.paragraphs[0]
        header.style = self.doc.styles["Normal"]  # the header's own style has stops in the middle
        pieces.tab_right(header)
        small(header.add_run("{{ running_title }}\t"), GREY)
        small(
            header.add_run("{{ estimate }}{% if estimate and demo %} · {% endif %}{{ demo }}"), RED
        )
        pieces.line_below(header)
        footer = section.footer.paragraphs[0]
        footer.style = self.doc.styles["Normal"]
        pieces.tab_right(footer)
        before, _, rest = self.w("marks.page").partition("{page}")
        between, _, after = rest.partition("{pages}")
        small(footer.add_run(self.footer + before), GREY)
        pieces.field(footer, "PAGE")
        small(footer.add_run(between), GREY)
        pieces.field(footer, "NUMPAGES")
        small(footer.add_run(after), GREY)

    def cover(self) -> None:
        """The first page: title, marks, rows."""
        for _ in range(5):
            self.doc.add_paragraph()
        title = self.doc.add_paragraph("{{ title }}", style="Title")
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for words, size in (("{{ estimate }}", 14), ("{{ demo }}", 16)):
            line = self.doc.add_paragraph()
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run = line.add_run(words)
            run.font.size, run.font.color.rgb = Pt(size), RED
        for _ in range(4):
            self.doc.add_paragraph()
        table = self.loop("row", "cover", ["name", "value"], [3.6, 9.4], size=13)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        for cells in table.rows:
            pieces.bottom_border(cells.cells[-1])
        self.doc.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def contents(self, lines: list[str]) -> None:
        """The list of headings, as a field that Word renews."""
        title = self.doc.add_paragraph()
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = title.add_run(self.w("marks.contents"))
        pieces.run_font(run, *HEADING[self.lang], 15)
        run.bold = True
        # A field with its result written out: readable at once, renewed with F9 in Word.
        paragraphs = [self.doc.add_paragraph() for _ in lines]
        pieces.begin_field(paragraphs[0], 'TOC \\o "1-1" \\h \\z \\u')
        for paragraph, line in zip(paragraphs, lines, strict=True):
            paragraph.add_run(line)
        pieces.end_field(paragraphs[-1])
        self.doc.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def signatures(self) -> None:
        """Who signs, and the place of the seal."""
        w = self.w
        names = ["", w("signature.name"), w("signature.sign"), w("signature.date")]
        table = self.doc.add_table(rows=0, cols=4, style="Table Grid")
        pieces.widths(table, [4.4, 3.4, 4.8, 4.4])
        self.row(table, names, 11, bold=True)
        self.row(table, ["{%tr for line in signatures %}"], 11)
        date, colon = w("signature.date_blank"), w("marks.colon")
        self.row(table, ["{{ line.role }}", "{{ line.name }}", "", date], 11)
        table.rows[-1].height = Cm(1.3)
        self.row(table, ["{%tr endfor %}"], 11)
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

    def tag(self, tag: str) -> None:
        """A paragraph that is only a tag and vanishes."""
        self.doc.add_paragraph(f"{{%p {tag} %}}")

    def indent(self, paragraph: Any) -> None:
        """Chinese paragraphs begin two characters in."""
        if self.lang == "zh":
            paragraph.paragraph_format.first_line_indent = Pt(24)

    def loop(
        self,
        name: str,
        where: str,
        columns: list[str],
        widths: list[float],
        titles: list[str] | None = None,
        *,
        size: float = 9,
    ) -> Any:
        """A table with one row a member of `where`; with titles, ruled and repeated."""
        style = "Table Grid" if titles else "Normal Table"
        table = self.doc.add_table(rows=0, cols=len(columns), style=style)
        whole = sum(widths)
        pieces.widths(table, [TEXT_CM * w / whole if titles else w for w in widths])
        if titles:
            self.row(table, titles, size, bold=True, repeated=True)
        self.row(table, [f"{{%tr for {name} in {where} %}}"], size)
        self.row(table, [f"{{{{ {name}['{column}'] }}}}" for column in columns], size)
        self.row(table, ["{%tr endfor %}"], size)
        return table

    def row(
        self,
        table: Any,
        texts: list[str],
        size: float,
        *,
        bold: bool = False,
        repeated: bool = False,
    ) -> None:
        """One row, never cut by the end of a page; `repeated` makes it a head."""
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
                pieces.shade(cell)
