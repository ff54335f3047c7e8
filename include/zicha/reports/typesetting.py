"""Setting a PDF with typst: values are only text, fonts embedded, same input, same bytes."""

from __future__ import annotations

import json
import re
import shutil
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from zicha.catalog.roots import templates_dir
from zicha.model.errors import ConfigError
from zicha.model.text import Lang
from zicha.reports.column_widths import MARGIN, fitted
from zicha.reports.fonts import HOW_TO_GET_ONE, Font, cjk_font, required_cjk_font
from zicha.reports.safe_text import breakable
from zicha.reports.wording import Wording

_SHARED = "paper.typ"
_LATIN = "Libertinus Serif"  # comes inside typst
_LINE: dict[Lang, float] = {"zh": 100, "en": 118}
"""Letters that a whole line of a table holds, in the fonts of the language."""
_CHINESE = re.compile("[\u4e00-\u9fff]")


def set_pdf(
    template: str,
    report: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    *,
    as_of: datetime,
    lang: Lang,
    fonts: Sequence[Path] | None = None,
) -> bytes:
    """The PDF of a template of ours filled with plain values; refused without a Chinese font."""
    body = required_cjk_font(fonts)
    heading = cjk_font(fonts, prefer="Sans") or body
    latin = [] if lang == "zh" else [_LATIN]
    whole = {
        **report,
        "lang": lang,
        "region": "cn" if lang == "zh" else "us",
        "fonts": [*latin, body.family],
        "heading_fonts": [*latin, heading.family],
        "demo_size": 64 if lang == "zh" else 38,
        "date": {"year": as_of.year, "month": as_of.month, "day": as_of.day},
    }
    said = json.dumps(whole, ensure_ascii=False)
    with TemporaryDirectory(prefix="zicha-report-") as folder:
        # The only folder that typst may read: a hostile path leads nowhere.
        root = Path(folder)
        for name in (template, _SHARED):
            shutil.copyfile(templates_dir() / name, root / name)
        for name, picture in pictures.items():
            (root / name).write_bytes(picture)
        (root / "report.json").write_text(said, encoding="utf-8")
        pdf = _compile(
            root / template, as_of, sorted({str(f.path.parent) for f in (body, heading)})
        )
    if _CHINESE.search(said):
        _check_font(pdf, body)
    return pdf


def laid_table(
    columns: Mapping[str, str],
    widths: Mapping[str, float],
    rows: Sequence[Mapping[str, str]],
    lang: Lang,
) -> dict[str, Any]:
    """Titles, widths and the cells of each row: a long id breaks within its column."""
    line = _LINE[lang]
    fit = fitted(widths, columns, rows, line)
    whole = sum(fit.values())
    every = {n: max(6, int(line * width / whole - MARGIN + 0.5)) for n, width in fit.items()}
    return {
        "columns": list(columns.values()),
        "widths": list(fit.values()),
        "crowded": whole > line + 1,
        "cells": [[breakable(row.get(name, ""), every[name]) for name in columns] for row in rows],
    }


def signature_words(w: Wording) -> dict[str, str]:
    """The words of the block where people sign."""
    return {key: w(f"signature.{key}") for key in ("name", "sign", "date", "date_blank", "seal")}


def _compile(path: Path, as_of: datetime, folders: list[str]) -> bytes:
    import typst

    try:
        pdf, warnings = typst.compile_with_warnings(
            str(path),
            root=str(path.parent),
            font_paths=folders,
            format="pdf",
            timestamp=int(as_of.timestamp()),
        )
    except typst.TypstError as error:
        raise ConfigError(f"{path.name} does not compile: {error.message}: correct it") from error
    unknown = [w.message for w in warnings if "font" in w.message]
    if unknown:
        raise ConfigError(f"{unknown[0]}: {HOW_TO_GET_ONE}")
    return bytes(pdf)


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
