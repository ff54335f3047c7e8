"""The rules of the roll-up as `include/catalog/rollup.yaml` holds them: data, graded, closed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field, model_validator

from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.coverage import Conformity
from zicha.model.errors import ConfigError
from zicha.model.verdict import Status

Grade = Literal["A", "B", "C", "D"]
InT = TypeVar("InT", Status, Conformity)
OutT = TypeVar("OutT", Status, Conformity)


class Rule(Strict, Generic[InT, OutT]):
    """A rule fits when all that it says of the members is so."""

    has: tuple[InT, ...] | None = None
    only: tuple[InT, ...] | None = None
    then: OutT
    grade: Grade

    @model_validator(mode="after")
    def _says_one_thing(self) -> Rule[InT, OutT]:
        if (self.has is None) == (self.only is None):
            raise ValueError("says has or only, one of the two: correct it")
        return self

    def fits(self, members: Collection[InT]) -> bool:
        """Whether the rule speaks of such members."""
        if self.has is not None:
            return all(wanted in members for wanted in self.has)
        # `only: []` speaks of nothing at all; any other `only` needs something to speak of.
        return bool(members) == bool(self.only) and all(m in (self.only or ()) for m in members)


class RuleSource(Strict):
    """Where a rule was read, and how well that is established."""

    says: Said
    grade: Grade


class RateRule(Strict):
    """What counts and what is left out."""

    numerator: tuple[Conformity, ...]
    leaves_out: tuple[Conformity, ...]
    source: RuleSource


class ConclusionRule(Strict):
    """One conclusion; the first whose bound is met stands."""

    id: Literal["conforming", "basically-conforming", "nonconforming"]
    text: Said
    above: float | None = None
    at_least: float | None = None
    hazards: Literal["none", "any"] = "any"
    source: RuleSource

    def fits(self, percent: float, has_hazard: bool) -> bool:
        """Whether the rate and the hazards allow it."""
        if self.hazards == "none" and has_hazard:
            return False
        if self.above is not None and percent <= self.above:
            return False
        return self.at_least is None or percent >= self.at_least


class UndecidedBecause(Strict):
    """Why nothing can be concluded yet."""

    range: Said
    hazards: Said
    nothing: Said


class Undecided(Strict):
    """What is said when nothing can be concluded yet."""

    text: Said
    because: UndecidedBecause


class RollupRules(Strict):
    """All the rules, from outcomes to the conclusion."""

    id: Literal["rollup"]
    version: str
    part: Annotated[tuple[Rule[Status, Status], ...], Field(min_length=1)]
    cell: Annotated[tuple[Rule[Status, Conformity], ...], Field(min_length=1)]
    item: Annotated[tuple[Rule[Conformity, Conformity], ...], Field(min_length=1)]
    rate: RateRule
    conclusion: Annotated[tuple[ConclusionRule, ...], Field(min_length=1)]
    undecided: Undecided


def load_rules(path: Path | None = None) -> RollupRules:
    """The rules of the project, or of another file."""
    return load_model(path or catalog_dir() / "rollup.yaml", RollupRules)


def first_fit(rules: Collection[Rule[InT, OutT]], members: Collection[InT]) -> OutT:
    """What the first fitting rule says; a table that leaves a case open is refused."""
    for rule in rules:
        if rule.fits(members):
            return rule.then
    said = ", ".join(sorted({str(m) for m in members})) or "nothing"
    raise ConfigError(f"rollup.yaml: no rule speaks of {said}: add one")
