"""Which days people work in China: one sourced table per year, and nothing guessed beyond."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError

SATURDAY = 5


class SpecialDay(Strict):
    """A day on which the week's rhythm does not hold."""

    day: date
    kind: Literal["rest", "work"]
    name: Said


class YearTable(Strict):
    """The State Council's arrangement for one year.

    Args:
        issued_as: number of the notice, where a source gives it.
        source: where the days were taken from.
        grade: how well that is established.
        checked: against what they were compared.
        working_days: how many working days the year has, as a check of the list.
    """

    year: Annotated[int, Field(ge=2000, le=2100)]
    issued_as: str = ""
    source: str
    grade: Literal["text", "excerpt", "secondary"]
    checked: Said
    working_days: Annotated[int, Field(ge=200, le=270)]
    days: Annotated[tuple[SpecialDay, ...], Field(min_length=5)]

    @model_validator(mode="after")
    def _holds_its_year_once(self) -> YearTable:
        listed = [special.day for special in self.days]
        if odd := [day for day in listed if day.year != self.year]:
            raise ValueError(f"{odd[0]} is not in {self.year}: move it to its own year's file")
        if len(set(listed)) != len(listed):
            raise ValueError("a day stands twice: keep one")
        for special in self.days:
            if (special.day.weekday() < SATURDAY) == (special.kind == "work"):
                raise ValueError(f"{special.day} is so already by its weekday: remove it")
        return self


def load_calendars(folder: Path | None = None) -> dict[int, YearTable]:
    """Every year that has a table."""
    folder = folder or catalog_dir() / "calendars"
    tables: dict[int, YearTable] = {}
    for path in sorted(folder.glob("cn-*.yaml")):
        table = load_model(path, YearTable)
        if path.stem != f"cn-{table.year}":
            raise ConfigError(f"{path}: holds {table.year}: rename it to cn-{table.year}.yaml")
        tables[table.year] = table
    return tables
