"""Registers that others deliver: which columns a drop has, from `include/catalog/registers`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError

RegisterId = Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$")]
ColumnId = Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$")]

Word = Literal["str", "int", "float", "bool", "datetime"]


class RegisterColumn(Strict):
    """One column of a drop.

    Args:
        title: its header, in both languages; either may stand in the file.
        names: further headers that mean the same.
        type: what a cell holds.
        required: a row without it is broken in this cell.
        personal: the cell becomes a pseudonym before anything is kept.
        ends_day: a date without a time means the day's end.
        values: the words that may stand in a text cell, each with what else means it.
    """

    title: Said
    names: tuple[str, ...] = ()
    type: Word = "str"
    required: bool = False
    personal: bool = False
    ends_day: bool = False
    values: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that means this column."""
        return (self.title.zh, self.title.en, *self.names)


class Register(Strict):
    """What one kind of drop holds.

    Args:
        key: the columns that name a row; all texts, all required.
        max_age_hours: an older delivery is stale: nothing that rests on it is known.
        min_rows: a delivery with fewer rows is judged to be cut short.
    """

    id: RegisterId
    title: Said
    key: Annotated[tuple[ColumnId, ...], Field(min_length=1)]
    max_age_hours: Annotated[int, Field(gt=0)]
    min_rows: Annotated[int, Field(ge=0)]
    columns: dict[ColumnId, RegisterColumn]

    @model_validator(mode="after")
    def _holds_together(self) -> Register:
        for name in self.key:
            column = self.columns.get(name)
            if column is None or column.type != "str" or not column.required:
                raise ValueError(f"key names {name}: it must be a required column of texts")
        if self.id in self.columns:
            raise ValueError(f"a column is called {self.id}, as the register: rename it")
        seen: dict[str, str] = {}
        for name, column in self.columns.items():
            if column.type != "str" and (column.values or column.personal):
                raise ValueError(f"{name} holds no text: values and personal are for texts")
            for header in (name, *column.headers):
                if seen.setdefault(plain_header(header), name) != name:
                    raise ValueError(f"the header {header} means two columns: rename one")
        return self

    @property
    def by_header(self) -> dict[str, str]:
        """Every header, plainly written, to the column that it means."""
        return {
            plain_header(header): name
            for name, column in self.columns.items()
            for header in (name, *column.headers)
        }


def plain_header(said: str) -> str:
    """A header without what people vary: case, blanks, low lines, marks of an obligatory field."""
    return "".join(
        c for c in said.casefold() if c not in "\ufeff_*＊:：（）()-/" and not c.isspace()
    )


def load_registers(folder: Path | None = None) -> dict[str, Register]:
    """Every register by id; the id of a file is its name."""
    found: dict[str, Register] = {}
    for path in sorted((folder or catalog_dir() / "registers").glob("*.yaml")):
        register = load_model(path, Register)
        if register.id != path.stem:
            raise ConfigError(f"{path}: its id is {register.id}: call it by its file's name")
        found[register.id] = register
    return found


@cache
def registers() -> Mapping[str, Register]:
    """The registers on disk, read once per process."""
    return load_registers()
