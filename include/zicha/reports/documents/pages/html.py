"""A document as one HTML file that asks nothing of anybody: styles and charts stand inside."""

from __future__ import annotations

from pathlib import Path

from zicha.catalog.roots import templates_dir
from zicha.model.document import Document
from zicha.model.text import Lang
from zicha.reports.documents.pages.chart import draw
from zicha.reports.documents.pages.layout import laid_out
from zicha.reports.drawing import inline_svg
from zicha.reports.typesetting import signature_words
from zicha.reports.wording import wording

_TEMPLATE = "document.html.j2"


def render_html(document: Document, lang: Lang, out: Path) -> Path:
    """Write the page; every value is escaped where it is placed."""
    from zicha.reports.template_sandbox import BoundedEnvironment, filling

    laid = laid_out(document, lang)
    charts = {
        f"{section.field}/{chart.id}": inline_svg(draw(chart, lang, "svg"))
        for section in laid.sections
        for chart in section.charts
    }
    signature = signature_words(wording(lang))
    with filling(_TEMPLATE):
        template = BoundedEnvironment(templates_dir()).get_template(_TEMPLATE)
        page = template.render(document=laid, w=laid.words, charts=charts, signature=signature)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8", newline="\n")
    return out
