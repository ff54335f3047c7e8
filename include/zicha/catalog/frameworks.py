"""Frameworks: every item of a source, what it applies to, and what proves it.

A `full` control proves an item for an object that it reaches; `part` controls prove it together
with the item's attestations, which speak for what the controls leave open, and for all of the item
where no control reaches the object. An item that no control proves in full names an attestation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.scope_entities import ObjectType
from zicha.catalog.shapes import ControlId, ItemId, Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError

Proves = Literal["full", "part"]
Grade = Literal["verified", "single-source", "derived", "from-memory", "own-proposal"]
HazardCode = Annotated[str, StringConstraints(pattern=r"^A-[0-9]{2}$")]
CaseNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+){3}$")]
Level = Annotated[int, Field(ge=1, le=4)]


class ControlLink(Strict):
    """A control that proves the item, or part of it; then `left` says what it leaves open.

    Where the control speaks for some of the item's object types only, `applies_to` names them: what
    is known of a host says nothing of the database that runs on it.
    """

    id: ControlId
    proves: Proves
    left: Said | None = None
    applies_to: tuple[ObjectType, ...] = ()

    @model_validator(mode="after")
    def _says_what_is_left(self) -> ControlLink:
        if self.proves == "part" and self.left is None:
            raise ValueError(f"{self.id} proves a part: say what is left")
        if self.proves == "full" and self.left is not None:
            raise ValueError(f"{self.id} proves the item in full: remove left, or write part")
        return self


class AttestationLink(Strict):
    """A kind of attestation that proves the item, or what its controls leave open."""

    kind: Slug
    proves: Proves


class HighRisk(Strict):
    """The high-risk case an unmet item meets, from which level, and whether it may be mitigated."""

    case: CaseNumber
    min_level: Level
    mitigable: bool


class Method(Strict):
    """How the item is assessed, and how well that is established."""

    kinds: Annotated[tuple[Literal["interview", "examine", "test"], ...], Field(min_length=1)]
    grade: Grade


class Item(Strict):
    """One clause of the source, in our words."""

    id: ItemId
    ref: Annotated[str, StringConstraints(min_length=1)]
    chapter: Slug
    part: Slug
    control_point: Said
    says: Said
    applies_to: Annotated[tuple[ObjectType, ...], Field(min_length=1)]
    responsibility: Literal["platform", "tenant", "both"] | None = None
    high_risk: HighRisk | None = None
    hazard_trigger: HazardCode | None = None
    automation: Literal["auto-config", "auto-log", "attest"]
    method: Method
    grade: Grade
    sources: tuple[Slug, ...] = ()
    controls: tuple[ControlLink, ...]
    attestations: tuple[AttestationLink, ...] = ()
    same_as: ItemId | None = None
    formerly: tuple[ItemId, ...] = ()

    @model_validator(mode="after")
    def _can_be_proved(self) -> Item:
        for link in self.controls:
            if odd := [type_ for type_ in link.applies_to if type_ not in self.applies_to]:
                raise ValueError(f"{self.id}: {link.id} applies to {odd[0]}, the item does not")
        for type_ in self.applies_to:
            by_machine = any(link.proves == "full" for link in self.controls_for(type_))
            if not by_machine and not self.attestations:
                raise ValueError(
                    f"{self.id}: no control proves it in full for a {type_}: name an attestation"
                )
        return self

    def controls_for(self, object_type: ObjectType) -> tuple[ControlLink, ...]:
        """The controls that speak for objects of this type."""
        return tuple(
            link for link in self.controls if not link.applies_to or object_type in link.applies_to
        )


class Chapter(Strict):
    """A chapter of the source."""

    id: Slug
    title: Said


class Framework(Strict):
    """Every item of one source, in its order."""

    framework: Slug
    title: Said
    source: Slug
    version: Annotated[str, StringConstraints(min_length=1)]
    level: Level | None = None
    note: Said | None = None
    chapters: Annotated[tuple[Chapter, ...], Field(min_length=1)]
    items: Annotated[tuple[Item, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _holds_together(self) -> Framework:
        chapters = {chapter.id for chapter in self.chapters}
        for item in self.items:
            if item.id.partition("/")[0] != self.framework:
                raise ValueError(f"{item.id} does not begin with {self.framework}/: rename it")
            if item.chapter not in chapters:
                raise ValueError(f"{item.id}: the chapter {item.chapter} is not declared: add it")
        return self

    @property
    def id(self) -> str:
        """The framework's permanent id."""
        return self.framework

    def item(self, id_: str) -> Item:
        """One item by its id, or by one it had formerly."""
        for item in self.items:
            if item.id == id_ or id_ in item.formerly:
                return item
        raise ConfigError(f"{self.framework} has no item {id_}: zicha coverage lists them")


def load_framework(path: Path) -> Framework:
    """Read one framework; its file is named like its id."""
    framework = load_model(path, Framework)
    if path.stem != framework.framework:
        raise ConfigError(f"{path}: framework is {framework.framework}: name the file after it")
    by_id(path, framework.items)
    return framework


def load_frameworks(folder: Path | None = None) -> dict[str, Framework]:
    """Every framework by id."""
    folder = folder or catalog_dir() / "frameworks"
    found = [load_framework(path) for path in sorted(folder.glob("*.yaml"))]
    return {framework.id: framework for framework in found}
