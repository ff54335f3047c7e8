"""Levels of risk: a table over severity, exposure and the level of the system, with its reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from zicha.catalog.controls import load_controls
from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.scope_entities import BusinessKind
from zicha.catalog.shapes import ControlId, Said, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.model.verdict import Severity

RiskLevel = Literal["high", "medium", "low"]
ExposureId = Literal["open", "internal", "serving", "unknown"]
LEVELS: tuple[RiskLevel, ...] = ("high", "medium", "low")
UPPER = 3
"""From this level of the system on, the upper column of the table holds."""


class Exposure(Strict):
    """How far a faulty resource can be reached, and by what that is known."""

    id: ExposureId
    title: Said
    because: Said
    expectations: tuple[str, ...] = ()
    controls: tuple[ControlId, ...] = ()
    tags: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    kinds: tuple[BusinessKind, ...] = ()

    @property
    def is_last_resort(self) -> bool:
        """It asks for nothing, so it fits everything."""
        return not (self.expectations or self.controls or self.tags or self.kinds)


class SystemWords(Strict):
    """The reasons that the level of the system gives."""

    upper: Said
    lower: Said
    unclaimed: Said


class ByGrade(Strict):
    """The level of risk in a system of level 3 or above, and in one below."""

    upper: RiskLevel
    lower: RiskLevel


class ByExposure(Strict):
    """The level of risk for each exposure."""

    open: ByGrade
    internal: ByGrade
    serving: ByGrade
    unknown: ByGrade


class RiskTable(Strict):
    """The whole table; a cell that is left out does not load."""

    grade: Literal["own-proposal"]
    names: dict[RiskLevel, Said]
    severities: dict[Literal["critical", "warning", "info"], Said]
    exposures: Annotated[tuple[Exposure, ...], Field(min_length=1)]
    systems: SystemWords
    levels: dict[Literal["critical", "warning", "info"], ByExposure]

    @model_validator(mode="after")
    def _is_whole(self) -> RiskTable:
        severities = {severity.value for severity in Severity}
        for key, found in (("severities", self.severities), ("levels", self.levels)):
            if lacking := sorted(severities - found.keys()):
                raise ValueError(f"{key} lacks {lacking[0]}: add it")
        if lacking := sorted(set(LEVELS) - self.names.keys()):
            raise ValueError(f"names lacks {lacking[0]}: add it")
        if not self.exposures[-1].is_last_resort:
            raise ValueError("exposures: the last one must ask for nothing: put unknown there")
        return self


@dataclass(frozen=True, slots=True)
class Faulty:
    """What the level of a risk depends on."""

    expectation: str
    severity: Severity
    controls: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None
    kinds: Collection[str] = ()
    system_level: int | None = None


@dataclass(frozen=True, slots=True)
class Graded:
    """A level of risk, and its three reasons: severity, exposure, system."""

    level: RiskLevel
    exposure: ExposureId
    because: tuple[Text, ...]


def grade(table: RiskTable, faulty: Faulty) -> Graded:
    """The level of one risk; what is not known is judged strictly, and says so."""
    exposure = next(each for each in table.exposures if _fits(each, faulty))
    level = faulty.system_level
    is_upper = level is None or level >= UPPER
    by_exposure: ByGrade = getattr(table.levels[faulty.severity.value], exposure.id)
    words = table.systems.upper if is_upper else table.systems.lower
    about = table.systems.unclaimed if level is None else _filled(words, level)
    because = (table.severities[faulty.severity.value], exposure.because, about)
    return Graded(by_exposure.upper if is_upper else by_exposure.lower, exposure.id, because)


def load_risk_levels(path: Path | None = None) -> RiskTable:
    """The table, held against the controls that it names."""
    path = path or catalog_dir() / "risk_levels.yaml"
    table, controls = load_model(path, RiskTable), load_controls()
    for exposure in by_id(path, table.exposures).values():
        if odd := [id_ for id_ in exposure.controls if id_ not in controls]:
            raise ConfigError(f"{path.name}, {exposure.id}: there is no {odd[0]}: correct it")
    return table


def _fits(exposure: Exposure, faulty: Faulty) -> bool:
    if exposure.is_last_resort or faulty.expectation in exposure.expectations:
        return True
    if set(exposure.controls) & set(faulty.controls) or set(exposure.kinds) & set(faulty.kinds):
        return True
    tags = {key.lower(): value.lower() for key, value in (faulty.tags or {}).items()}
    return any(tags.get(key) in values for key, values in exposure.tags.items())


def _filled(words: Text, level: int) -> Text:
    chinese = "一二三四五"[level - 1]
    return Text(words.zh.format(level=chinese), words.en.format(level=level))
