"""Terms: how many days a finding may stand open, by severity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.verdict import Severity

Days = Annotated[int, Field(ge=0, le=3650)]


class Terms(Strict):
    """Days from the opening of a finding to the day it must be rectified."""

    id: Slug
    title: Said
    clock: Literal["calendar"]
    days: dict[Literal["critical", "warning", "info"], Days]


def load_terms(path: Path | None = None) -> dict[Severity, int]:
    """The days for each severity that has a term."""
    terms = load_model(path or catalog_dir() / "rectification_days.yaml", Terms)
    return {Severity(severity): days for severity, days in terms.days.items()}
