"""A document as a Word file, filled into our own template or the one that the user put in place."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from zicha.catalog.roots import templates_dir
from zicha.model.document import Document
from zicha.model.errors import ConfigError
from zicha.model.text import Lang
from zicha.reports.documents.pages.layout import PlainDocument, laid_out
from zicha.reports.safe_text import one_line
from zicha.reports.steady_zip import steady


def render_docx(document: Document, lang: Lang, out: Path) -> Path:
    """Write the document; a template that cannot be filled, or drops a field, is refused.

    Raises:
        ConfigError: the user's template is broken, or has no place for a field of the form.
    """
    laid = laid_out(document, lang)
    path = templates_dir() / f"{document.form}.{lang}.docx"
    template = _filled_in(path, laid)
    _fill(template.docx, laid, path)
    _describe(template.docx.core_properties, laid)
    written = BytesIO()
    template.save(written)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(steady(written.getvalue()))
    return out


def _filled_in(path: Path, laid: PlainDocument) -> Any:
    """The template with its tags filled by text; the sandbox lets none of them reach further."""
    from docxtpl import DocxTemplate

    from zicha.reports.documents.pages.word_template import built_template
    from zicha.reports.template_sandbox import BoundedEnvironment

    environment = BoundedEnvironment()
    context = _context(laid)
    if not path.is_file():
        headings = tuple((section.field, section.heading) for section in laid.sections)
        template = DocxTemplate(BytesIO(built_template(headings, laid.lang, laid.brief)))
        template.render(context, environment, autoescape=True)
        return template
    try:
        template = DocxTemplate(path)
        template.render(context, environment, autoescape=True)
    except Exception as error:  # whatever the user's own template raises is a fault of the template
        said = one_line(str(error), 200) or type(error).__name__
        raise ConfigError(f"{path.name}: {said}: correct the template or take it away") from error
    return template


def _context(laid: PlainDocument) -> dict[str, Any]:
    from zicha.reports.documents.pages.word_slots import marker

    return {
        "title": laid.title,
        "unit": laid.unit,
        "running_title": laid.running_title,
        "estimate": laid.estimate,
        "demo": laid.demo,
        "tool": laid.tool,
        "cover": [{"name": name, "value": value} for name, value in laid.cover],
        "has": {"basis": bool(laid.basis)},
        "basis": marker("basis"),
        "advice": laid.advice,
        "fields": {section.field: marker(section.field) for section in laid.sections},
        "states": {section.field: section.state for section in laid.sections},
        "said": {section.field: section.sentences for section in laid.sections},
        "tables": {
            table.id: {"rows": table.rows, "columns": table.columns, "note": table.note}
            for section in laid.sections
            for table in section.tables
        },
        "statement": laid.statement,
        "signatures": [{"role": role, "name": name} for role, name in laid.signatures],
        "notes": laid.notes,
    }


def _fill(document: Any, laid: PlainDocument, path: Path) -> None:
    from zicha.reports.documents.pages.word_slots import Slots, fill

    slots = Slots(document, laid.lang, laid.words)
    fill(document, "basis", slots.basis(laid.basis))
    lost = [
        section.field
        for section in laid.sections
        if not fill(document, section.field, slots.section(section))
    ]
    if lost:
        place = f"{{{{ fields['{lost[0]}'] }}}}"
        raise ConfigError(
            f"{path.name} has no place for {', '.join(lost)}: put {place} on a line of its own"
        )


def _describe(properties: Any, laid: PlainDocument) -> None:
    # Word shows these beside the file; the clock of the machine has no place in them.
    properties.title = laid.title[:250]
    properties.author = laid.unit[:250]
    properties.last_modified_by = "zicha"
    properties.comments = laid.marks[:250]
    properties.created = properties.modified = laid.as_of.replace(tzinfo=None, microsecond=0)
