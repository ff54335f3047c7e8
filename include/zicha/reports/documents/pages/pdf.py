"""A document as PDF, set by typst."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zicha.model.document import Document
from zicha.model.text import Lang
from zicha.reports.documents.pages.chart import draw
from zicha.reports.documents.pages.layout import (
    PlainDocument,
    PlainSection,
    PlainTable,
    laid_out,
)
from zicha.reports.fonts import required_cjk_font
from zicha.reports.safe_text import breakable, one_line
from zicha.reports.typesetting import laid_table, set_pdf, signature_words
from zicha.reports.wording import wording

_TEMPLATE = "document.typ"
_LONG_ROW = 500
"""Letters in one cell beyond which a row may be cut by the end of a page."""


def render_pdf(
    document: Document, lang: Lang, out: Path, fonts: Sequence[Path] | None = None
) -> Path:
    """Write the PDF; without a font that has Chinese characters, refuse and say how to get one."""
    required_cjk_font(fonts)
    laid = laid_out(document, lang)
    drawn = {
        f"{section.field}-{chart.id}.svg": draw(chart, lang, "svg")
        for section in laid.sections
        for chart in section.charts
    }
    pictures = {name: picture for name, picture in drawn.items() if picture}
    said = _report(laid, pictures)
    pdf = set_pdf(_TEMPLATE, said, pictures, as_of=laid.as_of, lang=lang, fonts=fonts)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(pdf)
    return out


def _report(laid: PlainDocument, pictures: dict[str, bytes]) -> dict[str, Any]:
    w = laid.words
    return {
        "title": laid.title,
        "unit": laid.unit,
        "running_title": laid.running_title,
        "estimate": laid.estimate,
        "demo": laid.demo,
        "brief": laid.brief,
        "tool": breakable(laid.tool),
        "page": w("marks.page"),
        "contents": w("marks.contents"),
        "colon": w("marks.colon"),
        "cover": [[name, breakable(value)] for name, value in laid.cover],
        "basis_heading": w("basis.heading"),
        "basis": [[[name, breakable(value)] for name, value in basis.rows] for basis in laid.basis],
        "advice": laid.advice,
        "sections": [_section(section, laid, pictures) for section in laid.sections],
        "statement_heading": w("closing.statement"),
        "statement": [breakable(sentence) for sentence in laid.statement],
        "signatures": [list(line) for line in laid.signatures],
        "signature": signature_words(wording(laid.lang)),
        "notes_heading": w("closing.notes"),
        "notes": [breakable(note) for note in laid.notes],
    }


def _section(
    section: PlainSection, laid: PlainDocument, pictures: dict[str, bytes]
) -> dict[str, Any]:
    charts = [
        {
            "file": name if name in pictures else "",
            "title": one_line(chart.title.in_(laid.lang)),
            "none": laid.words("chart.none"),
        }
        for chart in section.charts
        for name in (f"{section.field}-{chart.id}.svg",)
    ]
    return {
        "heading": section.heading,
        "look": section.look,
        "flag": breakable(section.flag),
        "sentences": [breakable(sentence) for sentence in section.sentences],
        "leads_on": bool(section.tables and section.tables[0].rows and not charts),
        "charts": charts,
        "tables": [_table(table, laid.lang) for table in section.tables],
    }


def _table(table: PlainTable, lang: Lang) -> dict[str, Any]:
    laid = laid_table(table.columns, table.widths, table.rows, lang)
    every = laid.pop("cells")
    return {
        "title": table.title,
        **laid,
        "toned": -1,
        "rows": [
            {"tone": "", "cells": cells, "long": max(map(len, cells)) > _LONG_ROW}
            for cells in every
        ],
        "empty": table.empty,
        "note": table.note,
    }
