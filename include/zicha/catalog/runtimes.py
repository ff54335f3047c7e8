"""Until when AWS supports the runtimes of Lambda: `include/catalog/lambda_runtimes.yaml`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Strict
from zicha.catalog.yaml_files import load_model


class Runtime(Strict):
    """One runtime, by the name that AWS gives it, and the last day of its support."""

    id: Annotated[str, Field(min_length=1)]
    until: date


class Runtimes(Strict):
    """Every runtime that is known, and where the days come from."""

    title: Said
    source: Said
    read_on: date
    runtimes: Annotated[tuple[Runtime, ...], Field(min_length=1)]


def load_runtimes(path: Path | None = None) -> Runtimes:
    """The table; a runtime that stands twice is refused."""
    where = path or catalog_dir() / "lambda_runtimes.yaml"
    found = load_model(where, Runtimes)
    by_id(where, found.runtimes)
    return found
