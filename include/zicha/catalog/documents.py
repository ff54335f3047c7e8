"""The documents that the catalogues cite, and how far each one was read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model

PartialDate = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")]
"""A day, or a month where no source gives the day."""


class Document(Strict):
    """A law, standard, notice or note."""

    id: Slug
    title: Said
    number: str = ""
    issued: PartialDate | None = None
    in_force: PartialDate | None = None
    read: Literal["full-text", "excerpt", "summary"]
    note: Said | None = None


class DocumentFile(Strict):
    """The file that holds every document."""

    documents: Annotated[tuple[Document, ...], Field(min_length=1)]


def load_documents(path: Path | None = None) -> dict[str, Document]:
    """Every document by id."""
    path = path or catalog_dir() / "sources.yaml"
    return by_id(path, load_model(path, DocumentFile).documents)
