"""The forms of what is handed in: the fields that a document must hold, and who can fill them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from zicha.catalog.conditions import Word
from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model


class FormColumn(Strict):
    """One column of a table that a person fills."""

    id: Word
    title: Said
    required: bool = True


class FormField(Strict):
    """One field of a form; `wave` says in which report it must stand at the latest.

    `filled_by` says whether the sealed facts answer it, a person must, or both have a part;
    `columns` make a person's answer a table instead of words.
    """

    id: Word
    title: Said
    wave: Literal["first", "later", "closing"] = "first"
    only: Literal["", "ransomware", "large_platform"] = ""
    required: bool = True
    filled_by: Literal["facts", "person", "both"] = "facts"
    asks: Said | None = None
    columns: tuple[FormColumn, ...] = ()


class Form(Strict):
    """What a document must hold; `estimate` marks one that states a rate or a conclusion."""

    id: Slug
    title: Said
    grade: Literal["text", "excerpt", "inferred", "memory"]
    note: Said | None = None
    estimate: bool = False
    statement: tuple[Said, ...] = ()
    signatures: tuple[Said, ...] = ()
    fields: Annotated[tuple[FormField, ...], Field(min_length=1)]


def load_forms(folder: Path | None = None) -> dict[str, Form]:
    """Every form by id."""
    folder = folder or catalog_dir() / "report_forms"
    return by_id(folder, [load_model(path, Form) for path in sorted(folder.glob("*.yaml"))])
