"""High-risk cases and triggers of major hazards: two lists, never merged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from zicha.catalog.frameworks import CaseNumber, Grade, HazardCode, Level
from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model


class HighRiskCase(Strict):
    """A problem that makes an unmet item a high risk, under its condition where it has one."""

    id: CaseNumber
    says: Said
    condition: Said | None = None
    min_level: Level
    mitigable: bool
    source: Slug
    grade: Grade


class HazardTrigger(Strict):
    """What may be a major hazard; whether it is one, a person judges."""

    id: HazardCode
    scope: Literal["item", "ics", "iot", "composite"]
    says: Said
    source: Slug
    grade: Grade


class HighRiskFile(Strict):
    """The file of high-risk cases."""

    high_risk_cases: Annotated[tuple[HighRiskCase, ...], Field(min_length=1)]


class HazardFile(Strict):
    """The file of hazard triggers."""

    hazard_triggers: Annotated[tuple[HazardTrigger, ...], Field(min_length=1)]


def load_high_risk_cases(path: Path | None = None) -> dict[str, HighRiskCase]:
    """Every high-risk case by its number."""
    path = path or catalog_dir() / "high_risk_cases.yaml"
    return by_id(path, load_model(path, HighRiskFile).high_risk_cases)


def load_hazard_triggers(path: Path | None = None) -> dict[str, HazardTrigger]:
    """Every trigger of a major hazard by its code."""
    path = path or catalog_dir() / "hazard_triggers.yaml"
    return by_id(path, load_model(path, HazardFile).hazard_triggers)
