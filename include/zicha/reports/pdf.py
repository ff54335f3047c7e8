"""The sealed copy as PDF, set by typst: the same facts give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zicha.model.text import Lang
from zicha.reports.chart import posture_chart, severity_chart
from zicha.reports.content import Content, Section, Table, content
from zicha.reports.facts import ReportFacts
from zicha.reports.fonts import required_cjk_font
from zicha.reports.safe_text import breakable
from zicha.reports.typesetting import laid_table, set_pdf, signature_words

_TEMPLATE = "self_inspection.typ"
_CHARTS = {"posture": posture_chart, "severity": severity_chart}


def render_pdf(
    facts: ReportFacts, lang: Lang, out: Path, fonts: Sequence[Path] | None = None
) -> Path:
    """Write the PDF; without a font that has Chinese characters, refuse and say how to get one."""
    required_cjk_font(fonts)
    laid_out = content(facts, lang)
    pictures = {
        f"{name}.svg": picture
        for name, draw in _CHARTS.items()
        if (picture := draw(facts, lang, "svg"))
    }
    said = _report(laid_out, facts, pictures)
    pdf = set_pdf(_TEMPLATE, said, pictures, as_of=facts.as_of, lang=lang, fonts=fonts)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(pdf)
    return out


def _report(laid_out: Content, facts: ReportFacts, pictures: dict[str, bytes]) -> dict[str, Any]:
    w = laid_out.words
    return {
        "title": laid_out.title,
        "unit": laid_out.unit,
        "running_title": laid_out.running_title,
        "estimate": laid_out.estimate,
        "demo": laid_out.demo,
        "tool": f"zicha {facts.tool_version} · {facts.run}",
        "page": w("marks.page"),
        "contents": w("marks.contents"),
        "colon": w("marks.colon"),
        "cover": [[name, breakable(value)] for name, value in laid_out.cover],
        "sections": [_section(s, laid_out, pictures) for s in laid_out.sections],
        "signatures": [list(line) for line in laid_out.signatures],
        "signature": signature_words(w),
    }


def _section(section: Section, laid_out: Content, pictures: dict[str, bytes]) -> dict[str, Any]:
    name = f"{section.chart}.svg" if f"{section.chart}.svg" in pictures else ""
    return {
        "heading": section.heading,
        "sentences": [breakable(sentence) for sentence in section.sentences],
        # What the sentences lead to stands on their page: a filled table, or the signatures.
        "leads_on": not section.tables or bool(section.tables[0].rows and not name),
        "tables": [_table(table, laid_out.words.lang) for table in section.tables],
        "chart": name,
        "chart_title": laid_out.words(f"charts.{section.chart}") if name else "",
        "closing": list(section.closing),
    }


def _table(table: Table, lang: Lang) -> dict[str, Any]:
    laid = laid_table(table.columns, table.widths, table.rows, lang)
    cells = laid.pop("cells")
    return {
        "title": table.title,
        **laid,
        "toned": list(table.columns).index(table.toned) if table.toned else -1,
        "rows": [
            {"tone": row["tone"], "cells": line}
            for row, line in zip(table.rows, cells, strict=True)
        ],
        "empty": table.empty,
        "note": table.note,
    }
