"""Thresholds: our value, the user's, and the floor that no looser value gets past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError
from zicha.model.text import Text

Direction = Literal["at_least", "at_most"]
Number = int | float


class ThresholdSource(Strict):
    """Where a value comes from, and how well that is established (A best, D our own proposal)."""

    says: Said
    grade: Literal["A", "B", "C", "D"]


class Threshold(Strict):
    """A number that suites may name.

    Args:
        value: what is used where the user says nothing.
        floor: the loosest value that may ever make a pass.
        direction: `at_least`: more is stricter; `at_most`: less is.
    """

    id: Slug
    title: Said
    unit: Literal["days", "characters", "attempts", "seconds", "count", "percent", "bits"]
    value: Number
    floor: Number
    direction: Direction
    source: ThresholdSource

    @model_validator(mode="after")
    def _is_not_below_its_floor(self) -> Threshold:
        if _stricter(self.direction, self.value, self.floor) != self.value:
            raise ValueError(f"{self.id}: value is looser than floor: change one")
        return self


class _Thresholds(Strict):
    thresholds: Annotated[tuple[Threshold, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold in force: `value` judges; `chosen` is what the user wrote, if anything.

    The report shows both beside the floor.
    """

    id: str
    title: Text
    unit: str
    direction: Direction
    value: Number
    floor: Number
    chosen: Number | None = None


def load_thresholds(path: Path | None = None) -> dict[str, Threshold]:
    """The catalogue of thresholds, by id."""
    path = path or catalog_dir() / "thresholds.yaml"
    listed = load_model(path, _Thresholds).thresholds
    known = {threshold.id: threshold for threshold in listed}
    if len(known) < len(listed):
        raise ConfigError(f"{path}: an id stands twice: keep one")
    return known


def limits(known: Mapping[str, Threshold], chosen: Mapping[str, Number]) -> dict[str, Limit]:
    """The thresholds in force: the user's value, or else ours, but never looser than the floor."""
    if odd := sorted(chosen.keys() - known.keys()):
        raise ConfigError(f"thresholds: {odd[0]} is not a threshold: remove it or correct its name")
    return {id_: _limit(threshold, chosen.get(id_)) for id_, threshold in known.items()}


def _limit(threshold: Threshold, chosen: Number | None) -> Limit:
    wanted = threshold.value if chosen is None else chosen
    value = _stricter(threshold.direction, wanted, threshold.floor)
    return Limit(
        threshold.id,
        threshold.title,
        threshold.unit,
        threshold.direction,
        value,
        threshold.floor,
        chosen,
    )


def _stricter(direction: Direction, one: Number, other: Number) -> Number:
    return max(one, other) if direction == "at_least" else min(one, other)
