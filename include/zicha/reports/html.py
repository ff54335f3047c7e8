"""The report as one HTML file that asks nothing of anybody: styles and charts stand inside."""

from __future__ import annotations

from pathlib import Path

from zicha.catalog.roots import templates_dir
from zicha.model.text import Lang
from zicha.reports.chart import missing_charts, posture_chart, severity_chart
from zicha.reports.content import content
from zicha.reports.drawing import inline_svg
from zicha.reports.facts import ReportFacts

_TEMPLATE = "self_inspection.html.j2"


def render_html(facts: ReportFacts, lang: Lang, out: Path) -> Path:
    """Write the page; every value is escaped where it is placed."""
    from zicha.reports.template_sandbox import BoundedEnvironment, filling

    laid_out = content(facts, lang)
    charts = {
        "posture": inline_svg(posture_chart(facts, lang, "svg")),
        "severity": inline_svg(severity_chart(facts, lang, "svg")),
    }
    with filling(_TEMPLATE):
        template = BoundedEnvironment(templates_dir()).get_template(_TEMPLATE)
        page = template.render(
            report=laid_out,
            w=laid_out.words,
            charts=charts,
            missing=missing_charts(facts, lang),
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8", newline="\n")
    return out
