"""The lines beyond which a finding needs a person's decision: report it, or not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from zicha.catalog.controls import load_controls
from zicha.catalog.duties import load_duties, load_duty_sources
from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError
from zicha.model.finding import Finding
from zicha.model.verdict import Severity


class Line(Strict):
    """One line: which findings cross it, and the duty in question."""

    id: Slug
    duty: Slug
    severities: Annotated[tuple[Severity, ...], Field(min_length=1)]
    controls: Annotated[tuple[str, ...], Field(min_length=1)]
    because: Said
    sources: Annotated[tuple[Slug, ...], Field(min_length=1)]
    grade: Literal["own-proposal"]

    def is_crossed_by(self, finding: Finding) -> bool:
        """Whether this finding needs a decision."""
        held = set(self.controls) & set(finding.controls)
        return finding.is_open and finding.severity in self.severities and bool(held)


class Lines(Strict):
    """Every line, and how soon a person decides: our own target, no law's."""

    decide_within_hours: Annotated[int, Field(ge=1, le=720)]
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]

    @property
    def within(self) -> timedelta:
        """How soon."""
        return timedelta(hours=self.decide_within_hours)


def load_reportable(path: Path | None = None) -> Lines:
    """The lines, held against the duties, controls and sources that they name."""
    path = path or catalog_dir() / "reportable.yaml"
    found = load_model(path, Lines)
    duties, controls, sources = load_duties(), load_controls(), load_duty_sources()
    for line in by_id(path, found.lines).values():
        odd = [id_ for id_ in (line.duty,) if id_ not in duties]
        odd += [id_ for id_ in line.controls if id_ not in controls]
        odd += [id_ for id_ in line.sources if id_ not in sources]
        if odd:
            raise ConfigError(f"{path.name}, {line.id}: there is no {odd[0]}: correct it")
    return found
