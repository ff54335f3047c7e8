"""Rules about the document itself: its form's fields, its languages, its marks, its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zicha.filings.case import LintCase
from zicha.model.document import Document, DocumentSection
from zicha.model.text import Text

Hit = tuple[str, Text]
"""Where it is, and what is particular about it."""
NOTHING = Text("", "")

PLACEHOLDER = re.compile(
    r"演示|示例数据|待补充|待填写|待定稿|此处填写|\bTODO\b|\bTBD\b|\bFIXME\b|\bXXX+\b|lorem ipsum",
    re.IGNORECASE,
)
TOGETHER = (("findings", "rectification"),)
"""Tables that speak of the same things: what is found is rectified."""
NOT_OFFICIAL = frozenset(("inferred", "memory"))


def required_field_missing(case: LintCase) -> Iterator[Hit]:
    """A field of the form that must be there and is empty, or has no section at all."""
    sections = {section.field: section for section in case.document.sections}
    for field in case.form.fields:
        section = sections.get(field.id)
        if field.required and not field.only and (section is None or section.state == "missing"):
            yield field.id, field.title if section is None else section.lacks


def person_part_unanswered(case: LintCase) -> Iterator[Hit]:
    """A required field in which a person has a part, and nobody answered it."""
    sections = {section.field: section for section in case.document.sections}
    for field in case.form.fields:
        section = sections.get(field.id)
        asked = field.required and not field.only and field.filled_by != "facts"
        if asked and section and section.state != "missing" and field.id not in case.answers:
            yield field.id, field.asks or field.title


def field_in_part(case: LintCase) -> Iterator[Hit]:
    """A field that says what it still lacks."""
    for section in case.document.sections:
        if section.state == "part":
            yield section.field, section.lacks


def placeholder_text(case: LintCase) -> Iterator[Hit]:
    """Words that stand for others, in a document that is none of the demo."""
    if case.document.demo:
        return
    for where, text in _texts(case.document):
        found = PLACEHOLDER.search(text.zh) or PLACEHOLDER.search(text.en)
        if found:
            yield where, Text(f"“{found[0]}”", f"“{found[0]}”")


def demo_data(case: LintCase) -> Iterator[Hit]:
    """A document made of invented facts."""
    if case.document.demo:
        yield "document", NOTHING


def one_language_only(case: LintCase) -> Iterator[Hit]:
    """A section whose words are there in one language only."""
    for section in case.document.sections:
        if any(bool(text.zh.strip()) != bool(text.en.strip()) for text in _said(section)):
            yield section.field, NOTHING


def format_left_out(case: LintCase) -> Iterator[Hit]:
    """A format that this machine could not make."""
    for shape in case.left_out:
        yield shape, NOTHING


def estimate_unmarked(case: LintCase) -> Iterator[Hit]:
    """The form says that it states a rate, and the document does not carry the mark."""
    if case.form.estimate and not case.document.estimate:
        yield "document", NOTHING


def form_not_official(case: LintCase) -> Iterator[Hit]:
    """Nobody has seen the authority's own template."""
    if case.form.grade in NOT_OFFICIAL:
        yield case.form.id, case.form.note or NOTHING


def counts_differ(case: LintCase) -> Iterator[Hit]:
    """A table has not as many rows as the facts, or one of a pair is empty and the other not."""
    rows: dict[str, int] = {}
    for field, grid in case.grids():
        rows[grid.id] = rows.get(grid.id, 0) + len(grid.rows)
        wanted = (case.counts or {}).get(grid.id, len(grid.rows))
        if wanted != len(grid.rows):
            told = f"{grid.id}: {len(grid.rows)} ≠ {wanted}"
            yield field, Text(told, told)
    for one, other in TOGETHER:
        if {one, other} <= rows.keys() and bool(rows[one]) != bool(rows[other]):
            told = f"{one}: {rows[one]}; {other}: {rows[other]}"
            yield one, Text(told, told)


def _said(section: DocumentSection) -> Iterator[Text]:
    yield section.title
    yield from section.sentences
    for grid in section.tables:
        yield from (cell for row in grid.rows for cell in row.values() if isinstance(cell, Text))


def _texts(document: Document) -> Iterator[tuple[str, Text]]:
    yield "title", document.title
    yield "unit", document.unit
    for _, value in document.cover:
        yield "cover", value if isinstance(value, Text) else Text(value, value)
    for section in document.sections:
        for text in section.sentences:
            yield section.field, text
        for grid in section.tables:
            for row in grid.rows:
                for cell in row.values():
                    yield section.field, cell if isinstance(cell, Text) else Text(cell, cell)
