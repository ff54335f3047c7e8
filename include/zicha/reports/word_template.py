"""The Word template of the self-inspection report, built from the outline and the wording.

A compliance team that wants another look takes `python -m zicha.reports.word_template FOLDER`, or
`… FOLDER cnp-unit-filing` for the document of a form, edits the files in Word (tags stand in
double braces) and puts them into `include/templates/`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from zicha.model.errors import ConfigError
from zicha.model.text import Lang
from zicha.reports.content import OUTLINE
from zicha.reports.rows import TABLES
from zicha.reports.word_pages import BODY, WordPages
from zicha.reports.word_pieces import GREY, run_font, small


class Builder(WordPages):
    """One template in one language."""

    def build(self) -> bytes:
        """The template's bytes; the same each time."""
        self.styles()
        self.page()
        self.cover()
        self.contents([self._heading(n, shape.key) for n, shape in enumerate(OUTLINE, 1)])
        for number, shape in enumerate(OUTLINE, 1):
            self._section(number, shape.key, shape.tables, shape.chart)
        self.signatures()
        return self.saved()

    def _heading(self, number: int, key: str) -> str:
        return self.w(f"numbers.n{number}") + self.w(f"sections.{key}")

    def _section(self, number: int, key: str, tables: tuple[str, ...], chart: str) -> None:
        self.doc.add_heading(self._heading(number, key), 1)
        self._sentences(f"said.{key}", keep=bool(tables) or key == "signature")
        if chart:
            self.tag(f"if charts.{chart}")
            for words in (f"{{{{ charts.{chart} }}}}", self.w(f"charts.{chart}")):
                line = self.doc.add_paragraph(words)
                line.alignment = WD_ALIGN_PARAGRAPH.CENTER
                line.paragraph_format.keep_with_next = words.startswith("{")
            run_font(line.runs[0], *BODY[self.lang], 9.5)
            self.tag(f"elif missing.{chart}")
            self.indent(self.doc.add_paragraph(f"{{{{ missing.{chart} }}}}"))
            self.tag("endif")
        for table in tables:
            self._table(table)
        if key == "evidence":
            self._sentences("closing.evidence", keep=False)

    def _sentences(self, where: str, *, keep: bool) -> None:
        self.tag(f"for sentence in {where}")
        paragraph = self.doc.add_paragraph("{{ sentence }}")
        paragraph.paragraph_format.keep_with_next = keep
        paragraph.paragraph_format.space_before = Pt(8 if where.startswith("closing") else 0)
        self.indent(paragraph)
        self.tag("endfor")

    def _table(self, key: str) -> None:
        self.doc.add_heading(self.w(f"tables.{key}.title"), 2)
        self.tag(f"if tables.{key}.rows")
        columns = self.w.columns(key)
        widths = [TABLES[key].widths[name] for name in columns]
        self.loop("row", f"tables.{key}.rows", list(columns), widths, list(columns.values()))
        self.tag(f"if tables.{key}.note")
        note = self.doc.add_paragraph(f"{{{{ tables.{key}.note }}}}")
        small(note.runs[0], GREY)
        self.tag("endif")
        self.tag("else")
        self.indent(self.doc.add_paragraph(self.w(f"tables.{key}.empty")))
        self.tag("endif")


@cache
def built_template(lang: Lang) -> bytes:
    """Our own template in one language; the same bytes each time."""
    return Builder(lang).build()


def main(folder: Path, forms: Sequence[str] = ()) -> None:
    """Write the templates into a folder, to be edited: of these forms, or of the self-inspection.

    Raises:
        ConfigError: no such form.
    """
    from zicha.reports.documents.pages.word_template import form_template
    from zicha.reports.documents.sections import form_of

    languages: tuple[Lang, ...] = ("zh", "en")
    written = {
        f"{form}.{lang}.docx": form_template(form_of(form), lang)
        for form in forms
        for lang in languages
    } or {f"self_inspection.{lang}.docx": built_template(lang) for lang in languages}
    folder.mkdir(parents=True, exist_ok=True)
    for name, template in written.items():
        (folder / name).write_bytes(template)
        sys.stdout.write(f"{folder / name}\n")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1] if len(sys.argv) > 1 else "."), sys.argv[2:])
    except ConfigError as error:
        sys.stderr.write(f"zicha: {error}\n")
        sys.exit(2)
