"""The filing master as a Word document, filled into a template that the compliance team owns."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from zicha.catalog.roots import templates_dir
from zicha.model.text import Lang
from zicha.reports.chart import missing_charts, posture_chart, severity_chart
from zicha.reports.content import Content, content
from zicha.reports.facts import ReportFacts
from zicha.reports.steady_zip import steady

_CHART_MM = {"posture": 164, "severity": 118}


def render_docx(facts: ReportFacts, lang: Lang, out: Path) -> Path:
    """Write the document; the template's tags are filled with values that are only ever text."""
    from docxtpl import DocxTemplate

    from zicha.reports.template_sandbox import BoundedEnvironment, filling
    from zicha.reports.word_template import built_template

    path = templates_dir() / f"self_inspection.{lang}.docx"
    laid_out = content(facts, lang)
    document = DocxTemplate(path if path.is_file() else BytesIO(built_template(lang)))
    with filling(path.name):
        context = {**_context(laid_out, facts), "charts": _charts(document, facts, lang)}
        document.render(context, BoundedEnvironment(), autoescape=True)
    _describe(document.docx.core_properties, laid_out)
    written = BytesIO()
    document.save(written)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(steady(written.getvalue()))
    return out


def _context(laid_out: Content, facts: ReportFacts) -> dict[str, Any]:
    return {
        "title": laid_out.title,
        "unit": laid_out.unit,
        "running_title": laid_out.running_title,
        "estimate": laid_out.estimate,
        "demo": laid_out.demo,
        "tool": f"zicha {facts.tool_version} · {facts.run}",
        "cover": [{"name": name, "value": value} for name, value in laid_out.cover],
        "said": {section.key: section.sentences for section in laid_out.sections},
        "closing": {section.key: section.closing for section in laid_out.sections},
        "tables": {
            table.key: {"rows": table.rows, "note": table.note}
            for section in laid_out.sections
            for table in section.tables
        },
        "missing": missing_charts(facts, laid_out.lang),
        "signatures": [{"role": role, "name": name} for role, name in laid_out.signatures],
    }


def _charts(document: Any, facts: ReportFacts, lang: Lang) -> dict[str, Any]:
    from docx.shared import Mm
    from docxtpl import InlineImage

    drawn = {
        "posture": posture_chart(facts, lang, "png"),
        "severity": severity_chart(facts, lang, "png"),
    }
    return {
        name: InlineImage(document, BytesIO(png), width=Mm(_CHART_MM[name])) if png else ""
        for name, png in drawn.items()
    }


def _describe(properties: Any, laid_out: Content) -> None:
    # Word shows these beside the file; the clock of the machine has no place in them.
    moment = laid_out.as_of.replace(tzinfo=None, microsecond=0)
    properties.title = laid_out.title[:250]
    properties.author = laid_out.unit[:250]
    properties.last_modified_by = "zicha"
    properties.comments = laid_out.estimate
    properties.created = properties.modified = moment
