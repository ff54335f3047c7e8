"""Object types: what a graded system is made of, named in two languages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.scope_entities import ObjectType
from zicha.catalog.shapes import Said, Strict
from zicha.catalog.yaml_files import load_model


class NamedObjectType(Strict):
    """One object type and what people call it."""

    id: ObjectType
    title: Said


class ObjectTypeFile(Strict):
    """The file that names every object type."""

    object_types: Annotated[tuple[NamedObjectType, ...], Field(min_length=1)]


def load_object_types(path: Path | None = None) -> dict[str, NamedObjectType]:
    """Every object type by id, in the order of the file."""
    path = path or catalog_dir() / "object_types.yaml"
    return by_id(path, load_model(path, ObjectTypeFile).object_types)
