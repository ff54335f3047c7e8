"""The objects of a system, and the selectors by which measured resources belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Protocol

from pydantic import Field, model_validator

from zicha.catalog.scope_entities import Named, ObjectType
from zicha.catalog.scope_sources import AccountId, Region
from zicha.catalog.shapes import Said, Slug, Strict


class Measured(Protocol):
    """What a selector looks at: an outcome, or anything that names a resource like one."""

    @property
    def source(self) -> str:
        """The id of the source that was asked."""

    @property
    def account(self) -> str:
        """The account it lies in, if it lies in one."""

    @property
    def region(self) -> str:
        """The region it lies in, if it lies in one."""

    @property
    def subject_type(self) -> str:
        """What kind of resource it is."""

    @property
    def subject(self) -> tuple[str, ...]:
        """The values that name it."""

    @property
    def tags(self) -> Mapping[str, str]:
        """Its own tags."""


class Selector(Strict):
    """All the conditions that are given must hold; types, names and tag values may hold `*`."""

    source: Slug | None = None
    group: Slug | None = None
    account: AccountId | None = None
    region: Region | None = None
    subject_type: Named | None = None
    subject: Named | None = None
    tag: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_where(self) -> Selector:
        if (self.source is None) == (self.group is None):
            raise ValueError("names a source or a host group, one of the two: correct it")
        return self

    def reaches(self, measured: Measured, groups: Mapping[str, Iterable[str]]) -> bool:
        """Whether the listing that held the resource is one that this selector draws on."""
        within = {self.source} if self.group is None else set(groups.get(self.group, ()))
        return (
            measured.source in within
            and self.account in {None, measured.account}
            and self.region in {None, measured.region or None}
            and fnmatchcase(measured.subject_type, self.subject_type or "*")
        )

    def takes(self, measured: Measured, groups: Mapping[str, Iterable[str]]) -> bool:
        """Whether the resource belongs here."""
        if not self.reaches(measured, groups):
            return False
        named = self.subject is None or fnmatchcase(measured.subject[-1], self.subject)
        tags = measured.tags
        return named and all(
            key in tags and fnmatchcase(tags[key], wanted) for key, wanted in self.tag.items()
        )

    @property
    def is_particular(self) -> bool:
        """It picks resources by name or tag, so a whole listing is not its own."""
        return self.subject is not None or bool(self.tag)


class Object(Strict):
    """A thing that an assessor looks at; without selectors, no collector reaches it."""

    id: Slug
    systems: tuple[Slug, ...] = Field(min_length=1)
    type: ObjectType
    name: Said
    selects: tuple[Selector, ...] = ()
