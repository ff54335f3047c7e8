"""Retention classes: how long each kind of sealed bytes is kept, and the floor under that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.scope_answers import RetentionOverride
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.thresholds import ThresholdSource
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError
from zicha.model.text import Text

Takes = Literal["evidence", "outcomes", "report", "finding", "record", "hold"]


class Term(Strict):
    """So many days, or for ever, and who says so."""

    days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    source: ThresholdSource


class RetentionClass(Strict):
    """What falls into a class, and how long it is kept.

    Args:
        takes: the kind of object.
        source_kinds: of evidence, the kinds of source; empty, every kind that no other class names.
        keep: used where the user says nothing.
        floor: the shortest that the user may choose.
    """

    id: Slug
    title: Said
    takes: Takes
    source_kinds: tuple[Slug, ...]
    keep: Term
    floor: Term

    @model_validator(mode="after")
    def _is_not_below_its_floor(self) -> RetentionClass:
        if longer(self.keep.days, self.floor.days) != self.keep.days:
            raise ValueError(f"{self.id}: keep is shorter than floor: change one")
        return self


class RetentionFile(Strict):
    """The file of all classes."""

    classes: Annotated[tuple[RetentionClass, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Keeping:
    """A class in force: `days` rules (None: for ever); `chosen` is what the user wrote, if any."""

    id: str
    title: Text
    takes: Takes
    source_kinds: tuple[str, ...]
    days: int | None
    floor: int | None
    chosen: int | None = None


def load_retention(path: Path | None = None) -> dict[str, RetentionClass]:
    """The classes of the catalogue, by id."""
    path = path or catalog_dir() / "retention.yaml"
    return by_id(path, load_model(path, RetentionFile).classes)


def keepings(
    known: Mapping[str, RetentionClass], chosen: Iterable[RetentionOverride] = ()
) -> dict[str, Keeping]:
    """The classes in force: the user's days, or else ours, but never fewer than the floor."""
    wanted = {one.id: one.days for one in chosen}
    if odd := sorted(wanted.keys() - known.keys()):
        raise ConfigError(
            f"retention: {odd[0]} is no class: remove it or write one of {', '.join(known)}"
        )
    return {id_: _in_force(one, wanted.get(id_)) for id_, one in known.items()}


def class_of(classes: Iterable[Keeping], takes: Takes, source_kind: str = "") -> str:
    """The id of the class that an object of this kind falls into."""
    of_kind = [one for one in classes if one.takes == takes]
    named = (one.id for one in of_kind if source_kind in one.source_kinds)
    rest = (one.id for one in of_kind if not one.source_kinds)
    return next(named, None) or next(rest)


def longer(one: int | None, other: int | None) -> int | None:
    """The longer of two terms; None is for ever."""
    return None if one is None or other is None else max(one, other)


def _in_force(one: RetentionClass, chosen: int | None) -> Keeping:
    wanted = one.keep.days if chosen is None else chosen
    days = longer(wanted, one.floor.days)
    return Keeping(one.id, one.title, one.takes, one.source_kinds, days, one.floor.days, chosen)
