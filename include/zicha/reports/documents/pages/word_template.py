"""The Word template of a form: cover, contents, one place for each field, notes, signatures."""

from __future__ import annotations

from functools import cache

from docx.shared import Pt

from zicha.catalog.forms import Form
from zicha.model.text import Lang
from zicha.reports.documents.pages.numerals import heading
from zicha.reports.word_pages import WordPages
from zicha.reports.word_pieces import GREY, RED, small
from zicha.reports.wording import wording

Heading = tuple[str, str]
"""The id of a field, and what stands above it, with its number."""


class FormPages(WordPages):
    """The template of one form in one language; `{{ fields['id'] }}` is where a field goes."""

    footer = "{{ tool }}\t"

    def build(self, headings: tuple[Heading, ...], brief: bool = False) -> bytes:
        """The template's bytes; the same each time."""
        said = wording(self.lang, name="document_wording.yaml")
        self.styles()
        self.page()
        if brief:
            self.head()
        else:
            self.cover()
            self.contents([words for _, words in headings])
        self.tag("if has.basis")
        self.doc.add_heading(said("basis.heading"), 2)
        self.doc.add_paragraph("{{ basis }}")
        small(self.doc.add_paragraph("{{ advice }}").runs[0], GREY)
        self.tag("endif")
        for field, words in headings:
            self.doc.add_heading(words, 1)
            self.doc.add_paragraph(f"{{{{ fields['{field}'] }}}}")
        self.tag("if statement")
        self.doc.add_heading(said("closing.statement"), 1)
        self._sentences("statement")
        self.tag("endif")
        self.tag("if signatures")
        self.doc.add_paragraph().paragraph_format.keep_with_next = True
        self.signatures()
        self.tag("endif")
        self.tag("if notes")
        self.doc.add_heading(said("closing.notes"), 1)
        self._sentences("notes")
        self.tag("endif")
        return self.saved()

    def head(self) -> None:
        """The title and the rows of the cover above the text, for a paper of a page or two."""
        body = self.doc.styles["Normal"]
        body.font.size = Pt(10)
        body.paragraph_format.line_spacing = 1.1
        body.paragraph_format.space_after = Pt(2)
        self.doc.styles["Heading 1"].paragraph_format.space_before = Pt(10)
        self.doc.add_heading("{{ title }}", 1).paragraph_format.space_before = Pt(0)
        marks = "{{ estimate }}{% if estimate and demo %} · {% endif %}{{ demo }}"
        small(self.doc.add_paragraph().add_run(marks), RED)
        self.loop("row", "cover", ["name", "value"], [3.6, 13.4], size=9.5)

    def _sentences(self, where: str) -> None:
        self.tag(f"for sentence in {where}")
        self.indent(self.doc.add_paragraph("{{ sentence }}"))
        self.tag("endfor")


@cache
def built_template(headings: tuple[Heading, ...], lang: Lang, brief: bool = False) -> bytes:
    """Our own template for these headings; the same bytes each time."""
    return FormPages(lang).build(headings, brief)


def form_template(form: Form, lang: Lang) -> bytes:
    """The template of a form, to be edited by the user."""
    return built_template(headings_of(form, lang), lang)


def headings_of(form: Form, lang: Lang) -> tuple[Heading, ...]:
    """The headings of a form's fields in their order."""
    return tuple(
        (field.id, heading(number, field.title.in_(lang), lang))
        for number, field in enumerate(form.fields, 1)
    )
