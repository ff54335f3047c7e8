"""Views: what a derived table reads and makes, from `expectations/views/<source>/<name>.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from zicha.catalog.shapes import Said, Strict
from zicha.catalog.suites import TableId
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError
from zicha.model.text import Text

KINDS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
KINDS["datetime"] = datetime

Names = Annotated[tuple[str, ...], Field(min_length=1)]


class _Described(Strict):
    id: TableId
    title: Said
    columns: dict[str, Literal["str", "int", "float", "bool", "datetime"]]
    subject: Names
    subject_type: str
    places: Names
    reads: Annotated[dict[TableId, Names], Field(min_length=1)]
    max_age_hours: Annotated[int, Field(gt=0)]


@dataclass(frozen=True, slots=True)
class View:
    """A derived table: its SQL, and what it reads and makes.

    The SQL finds each input under its id with a low line for the slash (`aws_s3_buckets`), with the
    columns in `reads` and the input's places; `places`: the view's places that are completely
    known; `run(as_of)`: the moment of the run. Moments are UTC without a zone.
    """

    id: str
    title: Text
    columns: Mapping[str, type]
    subject: tuple[str, ...]
    subject_type: str
    places: tuple[str, ...]
    reads: Mapping[str, tuple[str, ...]]
    max_age: timedelta
    sql: str


def load_view(path: Path) -> View:
    """One view from its YAML file and the SQL beside it."""
    said = load_model(path, _Described)
    try:
        sql = path.with_suffix(".sql").read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path.with_suffix('.sql')} is missing: write it") from error
    columns = {name: KINDS[kind] for name, kind in said.columns.items()}
    if odd := [name for name in (*said.subject, *said.places) if columns.get(name) is not str]:
        raise ConfigError(f"{path}: {odd[0]} must be a column of texts: it names something")
    return View(
        said.id,
        said.title,
        columns,
        said.subject,
        said.subject_type,
        said.places,
        said.reads,
        timedelta(hours=said.max_age_hours),
        sql,
    )


def load_views(folder: Path) -> dict[str, View]:
    """Every view under the folder, by id; its id is its path."""
    views: dict[str, View] = {}
    for path in sorted(folder.glob("*/*.yaml")):
        view = load_view(path)
        if view.id != f"{path.parent.name}/{path.stem}":
            raise ConfigError(f"{path}: its id is {view.id}: call it by its path")
        views[view.id] = view
    return views
