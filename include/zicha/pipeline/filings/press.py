"""Making the files of a filing: the document of its form, in each language and shape."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from zicha.custody.canonical import canonical_digest
from zicha.model.document import Document
from zicha.model.text import Lang
from zicha.reports.documents.facts import DocumentFacts

LANGUAGES: tuple[Lang, ...] = ("zh", "en")
SHAPES = ("docx", "xlsx", "pdf")


@dataclass(frozen=True, slots=True)
class Press:
    """Who builds and lays out documents; a test hands in a small one.

    Args:
        forms: the forms that can be built.
        lacks: shapes that cannot be made on this machine, with the reason.
    """

    forms: frozenset[str]
    build: Callable[[str, DocumentFacts], Document]
    render: Callable[[Document, Lang, str, Path], Path]
    lacks: Mapping[str, str]


def own_press() -> Press:
    """The builders and renderers of this program."""
    from zicha.reports.documents.registry import build, builders
    from zicha.reports.documents.render import render
    from zicha.reports.fonts import HOW_TO_GET_ONE, cjk_font

    lacks = {} if cjk_font() else {"pdf": HOW_TO_GET_ONE}
    return Press(frozenset(builders()), build, render, lacks)


def content_digest(document: Document) -> str:
    """The digest of what a document says, whatever its layout."""
    return canonical_digest(asdict(document))


def printed(press: Press, document: Document) -> dict[str, bytes]:
    """Every file by its name: in both languages, in each shape that can be made here."""
    found: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        for lang in LANGUAGES:
            for shape in SHAPES:
                if shape in press.lacks:
                    continue
                name = f"{document.form}.{lang}.{shape}"
                found[name] = press.render(document, lang, shape, Path(folder) / name).read_bytes()
    return found
