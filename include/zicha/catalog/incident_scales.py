"""Each regulator's own scale of incidents, by date, and the duties that an incident starts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from zicha.catalog.conditions import Condition, Word, load_incident_facts
from zicha.catalog.duties import load_duties
from zicha.catalog.duty_shapes import Grade, Level
from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError

LEVELS: tuple[Level, ...] = ("general", "relatively_major", "major", "extremely_major")
"""From the lowest to the highest; each scale draws its own lines between them."""


class LevelRule(Strict):
    """When an incident has this level.

    Args:
        confirm: the level stands, and a person confirms this.
        doubt: the level stands only if a person says so.
    """

    level: Level
    when: Condition
    grade: Grade
    confirm: Said | None = None
    doubt: Said | None = None


class Criterion(Strict):
    """One thing that a scale looks at."""

    id: Slug
    says: Said
    note: Said | None = None
    levels: Annotated[tuple[LevelRule, ...], Field(min_length=1)]


class Scale(Strict):
    """A table of thresholds, in force for a time.

    Args:
        replaces: the scale that it took the place of; routes follow it to the newer one.
        qualitative: the clauses without a number, which a person always judges.
    """

    id: Slug
    title: Said
    authority: Slug
    instrument: Said
    in_force_from: date
    in_force_to: date | None = None
    replaces: Slug | None = None
    source: Slug
    grade: Grade
    qualitative: Said
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]

    def holds_on(self, day: date) -> bool:
        """Whether it was in force on this day."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


class Route(Strict):
    """A duty that an incident may start: from a level of a scale, or under a condition.

    Args:
        perhaps: it may be started here too, if a person answers `asks` with yes.
        clocks: which clocks run at which level, where the level decides.
        clock: which one runs, where it is not the duty's first and no level decides.
        also: duties that the same report meets.
    """

    duty: Slug
    scale: Slug | None = None
    min_level: Level | None = None
    when: Condition | None = None
    perhaps: Condition | None = None
    asks: Said | None = None
    since: Literal["discovered_at", "handling_finished_at"] = "discovered_at"
    clocks: dict[Word, tuple[Slug, ...]] = Field(default_factory=dict)
    clock: Slug | None = None
    also: tuple[Slug, ...] = ()
    says: Said | None = None
    source: Slug | None = None
    grade: Grade | None = None


class RouteFile(Strict):
    """The file that lists every route."""

    routes: Annotated[tuple[Route, ...], Field(min_length=1)]


def load_scales(folder: Path | None = None) -> dict[str, Scale]:
    """Every scale by id, each condition over facts that an incident file can say."""
    folder = folder or catalog_dir() / "thresholds_incidents"
    scales = by_id(folder, [load_model(path, Scale) for path in sorted(folder.glob("*.yaml"))])
    facts = load_incident_facts()
    for scale in scales.values():
        if scale.replaces is not None and scale.replaces not in scales:
            raise ConfigError(f"scale {scale.id} replaces {scale.replaces}, which there is not")
        for criterion in scale.criteria:
            for rule in criterion.levels:
                if said := rule.when.mismatch(facts):
                    raise ConfigError(f"scale {scale.id}, {criterion.id}: {said}")
    return scales


def scale_on(scales: Mapping[str, Scale], id_: str, day: date) -> Scale | None:
    """The scale of this name, or whatever took its place, that was in force on a day."""
    line = [id_]
    for name in line:
        later = (each.id for each in scales.values() if each.replaces == name)
        line += [each for each in later if each not in line]
    return next((scales[name] for name in line if scales[name].holds_on(day)), None)


def load_routes(path: Path | None = None) -> tuple[Route, ...]:
    """Every route, held against the duties, scales and facts that it names."""
    path = path or catalog_dir() / "incident_routes.yaml"
    routes = load_model(path, RouteFile).routes
    duties, scales, facts = load_duties(), load_scales(), load_incident_facts()
    for route in routes:
        where = f"{path.name}: the route of {route.duty}"
        if odd := [id_ for id_ in (route.duty, *route.also) if id_ not in duties]:
            raise ConfigError(f"{where} names the duty {odd[0]}, which there is not: correct it")
        if (route.scale is None) != (route.min_level is None) or route.scale not in {None, *scales}:
            raise ConfigError(f"{where} needs a scale that there is, and min_level with it")
        clocks = {clock.id for clock in duties[route.duty].clocks}
        named = {*chain(*route.clocks.values()), *([route.clock] if route.clock else ())}
        if odd := sorted(named - clocks):
            raise ConfigError(f"{where} names the clock {odd[0]}, which there is not: correct it")
        for condition in (route.when, route.perhaps):
            if condition is not None and (said := condition.mismatch(facts)):
                raise ConfigError(f"{where}: {said}")
    return routes
