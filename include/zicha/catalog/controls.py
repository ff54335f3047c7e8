"""Controls: what expectations show and items ask for, so that neither needs to name the other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import ControlId, Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError


class Control(Strict):
    """One statement that evidence can bear out."""

    id: ControlId
    title: Said
    means: Said | None = None
    formerly: tuple[ControlId, ...] = ()


class ControlFile(Strict):
    """The controls of one subject."""

    subject: Slug
    title: Said
    controls: Annotated[tuple[Control, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _are_of_the_subject(self) -> ControlFile:
        for control in self.controls:
            if control.id.partition("/")[0] != self.subject:
                raise ValueError(f"{control.id} does not begin with {self.subject}/: rename it")
        return self


def load_controls(folder: Path | None = None) -> dict[str, Control]:
    """Every control by id; a subject has one file, named after it."""
    folder = folder or catalog_dir() / "controls"
    found: dict[str, Control] = {}
    for path in sorted(folder.glob("*.yaml")):
        file = load_model(path, ControlFile)
        if path.stem != file.subject:
            raise ConfigError(f"{path}: subject is {file.subject}: name the file after it")
        found.update(by_id(path, file.controls))
    return found
