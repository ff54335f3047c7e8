"""The Word template of a form: cover, contents, one place for each field, notes, signatures."""

from __future__ import annotations

from functools import cache

from zicha.catalog.forms import Form
from zicha.model.text import Lang
from zicha.reports.documents.pages.numerals import heading
from zicha.reports.word_pages import WordPages
from zicha.reports.word_pieces import GREY, small
from zicha.reports.wording import wording

Heading = tuple[str, str]
"""The id of a field, and what stands above it, with its number."""


class FormPages(WordPages):
    """The template of one form in one language; `{{ fields['id'] }}` is where a field goes."""

    footer = "{{ tool }}\t"

    def build(self, headings: tuple[Heading, ...]) -> bytes:
        """The template's bytes; the same each time."""
        said = wording(self.lang, name="document_wording.yaml")
        self.styles()
        self.page()
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

    def _sentences(self, where: str) -> None:
        self.tag(f"for sentence in {where}")
        self.indent(self.doc.add_paragraph("{{ sentence }}"))
        self.tag("endfor")


@cache
def built_template(headings: tuple[Heading, ...], lang: Lang) -> bytes:
    """Our own template for these headings; the same bytes each time."""
    return FormPages(lang).build(headings)


def form_template(form: Form, lang: Lang) -> bytes:
    """The template of a form, to be edited by the user."""
    return built_template(headings_of(form, lang), lang)


def headings_of(form: Form, lang: Lang) -> tuple[Heading, ...]:
    """The headings of a form's fields in their order."""
    return tuple(
        (field.id, heading(number, field.title.in_(lang), lang))
        for number, field in enumerate(form.fields, 1)
    )
