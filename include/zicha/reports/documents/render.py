"""A document laid out in a language and written as a file of one shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from zicha.model.document import Document
from zicha.model.errors import ConfigError
from zicha.model.text import Lang

SHAPES = ("docx", "pdf", "xlsx", "html")
LANGUAGES: tuple[Lang, ...] = ("zh", "en")


def render(document: Document, lang: Lang, shape: str, out: Path) -> Path:
    """Write the file; the same document gives the same bytes.

    Raises:
        ConfigError: an unknown shape, a PDF without a Chinese font, or a template that does not
            fit; nothing is written then.
    """
    return _renderer(shape)(document, lang, out)


def _renderer(shape: str) -> Callable[[Document, Lang, Path], Path]:
    if shape == "docx":
        from zicha.reports.documents.pages.docx import render_docx

        return render_docx
    if shape == "pdf":
        from zicha.reports.documents.pages.pdf import render_pdf

        return render_pdf
    if shape == "xlsx":
        from zicha.reports.documents.pages.xlsx import render_xlsx

        return render_xlsx
    if shape == "html":
        from zicha.reports.documents.pages.html import render_html

        return render_html
    raise ConfigError(f"no shape {shape} of a document: give one of {', '.join(SHAPES)}")
