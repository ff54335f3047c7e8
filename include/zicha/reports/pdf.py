"""The sealed copy as PDF, set by typst: the same facts give the same bytes."""

from __future__ import annotations

import json
import re
import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from zicha.catalog.roots import templates_dir
from zicha.model.errors import ConfigError
from zicha.model.text import Lang
from zicha.reports.chart import posture_chart, severity_chart
from zicha.reports.content import Content, Section, Table, content
from zicha.reports.facts import ReportFacts
from zicha.reports.fonts import HOW_TO_GET_ONE, Font, cjk_font, required_cjk_font
from zicha.reports.safe_text import breakable

_TEMPLATE = "self_inspection.typ"
_LATIN = "Libertinus Serif"  # comes inside typst
_LINE = 95  # letters that a whole line of a table holds
_CHINESE = re.compile("[\u4e00-\u9fff]")
_CHARTS = {"posture": posture_chart, "severity": severity_chart}


def render_pdf(
    facts: ReportFacts, lang: Lang, out: Path, fonts: Sequence[Path] | None = None
) -> Path:
    """Write the PDF; without a font that has Chinese characters, refuse and say how to get one."""
    body = required_cjk_font(fonts)
    heading = cjk_font(fonts, prefer="Sans") or body
    laid_out = content(facts, lang)
    with TemporaryDirectory(prefix="zicha-report-") as folder:
        # The only folder that typst may read: a hostile path leads nowhere.
        root = Path(folder)
        shutil.copyfile(templates_dir() / _TEMPLATE, root / _TEMPLATE)
        report = json.dumps(_report(laid_out, facts, root, body, heading), ensure_ascii=False)
        (root / "report.json").write_text(report, encoding="utf-8")
        pdf = _compile(root, facts, sorted({str(f.path.parent) for f in (body, heading)}))
    if _CHINESE.search(report):
        _check_font(pdf, body)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(pdf)
    return out


def _compile(root: Path, facts: ReportFacts, folders: list[str]) -> bytes:
    import typst

    try:
        pdf, warnings = typst.compile_with_warnings(
            str(root / _TEMPLATE),
            root=str(root),
            font_paths=folders,
            format="pdf",
            timestamp=int(facts.as_of.timestamp()),
        )
    except typst.TypstError as error:
        raise ConfigError(f"{_TEMPLATE} does not compile: {error.message}: correct it") from error
    unknown = [w.message for w in warnings if "font" in w.message]
    if unknown:
        raise ConfigError(f"{unknown[0]}: {HOW_TO_GET_ONE}")
    return bytes(pdf)


def _report(
    laid_out: Content, facts: ReportFacts, root: Path, body: Font, heading: Font
) -> dict[str, Any]:
    w = laid_out.words
    date = laid_out.as_of
    latin = [] if laid_out.lang == "zh" else [_LATIN]
    return {
        "lang": laid_out.lang,
        "region": "cn" if laid_out.lang == "zh" else "us",
        "fonts": [*latin, body.family],
        "heading_fonts": [*latin, heading.family],
        "title": laid_out.title,
        "unit": laid_out.unit,
        "running_title": laid_out.running_title,
        "estimate": laid_out.estimate,
        "demo": laid_out.demo,
        "demo_size": 64 if laid_out.lang == "zh" else 38,
        "tool": f"zicha {facts.tool_version} · {facts.run}",
        "page": w("marks.page"),
        "contents": w("marks.contents"),
        "colon": w("marks.colon"),
        "date": {"year": date.year, "month": date.month, "day": date.day},
        "cover": [[name, breakable(value)] for name, value in laid_out.cover],
        "sections": [_section(s, laid_out, facts, root) for s in laid_out.sections],
        "signatures": [list(line) for line in laid_out.signatures],
        "signature": {
            key: w(f"signature.{key}") for key in ("name", "sign", "date", "date_blank", "seal")
        },
    }


def _section(section: Section, laid_out: Content, facts: ReportFacts, root: Path) -> dict[str, Any]:
    picture = _CHARTS[section.chart](facts, laid_out.lang, "svg") if section.chart else None
    name = f"{section.chart}.svg" if picture else ""
    if picture:
        (root / name).write_bytes(picture)
    return {
        "heading": section.heading,
        "sentences": [breakable(sentence) for sentence in section.sentences],
        # What the sentences lead to stands on their page: a filled table, or the signatures.
        "leads_on": not section.tables or bool(section.tables[0].rows and not name),
        "tables": [_table(table) for table in section.tables],
        "chart": name,
        "chart_title": laid_out.words(f"charts.{section.chart}") if name else "",
        "closing": list(section.closing),
    }


def _table(table: Table) -> dict[str, Any]:
    names = list(table.columns)
    # A long id breaks within its column instead of running into the next.
    whole = sum(table.widths.values())
    every = {name: max(6, int(_LINE * table.widths[name] / whole) - 3) for name in names}
    return {
        "title": table.title,
        "columns": list(table.columns.values()),
        "widths": list(table.widths.values()),
        "toned": names.index(table.toned) if table.toned else -1,
        "rows": [
            {"tone": row["tone"], "cells": [breakable(row[name], every[name]) for name in names]}
            for row in table.rows
        ],
        "empty": table.empty,
        "note": table.note,
    }


def _check_font(pdf: bytes, font: Font) -> None:
    # Without the font typst sets boxes, and a text search still finds the characters.
    if font.postscript.encode() not in b"".join(_embedded(pdf)):
        raise ConfigError(f"{font.family} was not embedded in the PDF: {HOW_TO_GET_ONE}")


def _embedded(pdf: bytes) -> list[bytes]:
    """The names of the fonts that the file describes, its packed objects included."""
    parts = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            parts.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return [name for part in parts for name in re.findall(rb"/FontName\s*/(\S+)", part)]
