"""What people say and decide: attestations, waivers, looser or stricter thresholds, roles."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from zicha.catalog.scope_entities import Named
from zicha.catalog.shapes import ItemId, Said, Slug, Strict

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Actor = Annotated[str, StringConstraints(pattern=r"^[a-z]+:[^\s]{1,100}$")]
"""Channel and verified identity: `os:1000@host`, `slack:U024BE7LH`, `airflow:lin`."""


class Attestation(Strict):
    """A statement of a person, perhaps with a document, that something holds or does not.

    `items` and `objects` narrow it; empty, it speaks for every item that names its kind and
    every object of the system.
    """

    id: Slug
    kind: Slug
    system: Slug
    items: tuple[ItemId, ...] = ()
    objects: tuple[Slug, ...] = ()
    answer: Literal["holds", "does-not-hold", "not-applicable"] = "holds"
    statement: Named
    author: Named
    second_signer: str = ""
    dated: date
    valid_until: date
    document: str = ""
    """The document's path, relative to the file that names it."""
    digest: Digest | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Attestation:
        if self.valid_until < self.dated:
            raise ValueError("valid_until lies before dated: correct one of them")
        if bool(self.document) != (self.digest is not None):
            raise ValueError("document and digest belong together: give both or neither")
        return self

    @property
    def is_countersigned(self) -> bool:
        """Someone other than its author signed too."""
        second = self.second_signer.strip().casefold()
        return bool(second) and second != self.author.strip().casefold()


class Waiver(Strict):
    """A fault that is borne for a while: why, until when, asked by one and allowed by another."""

    id: Slug
    system: Slug | None = None
    suite: str = ""
    expectation: str = ""
    source: Slug | None = None
    subject: Named = "*"
    because: Said
    requester: Named
    approver: Named
    expires: date

    @model_validator(mode="after")
    def _takes_two(self) -> Waiver:
        if self.requester.casefold() == self.approver.casefold():
            raise ValueError("requester and approver are the same person: it takes two")
        if not (self.suite or self.expectation or self.source or self.subject != "*"):
            raise ValueError("waives everything: name a suite, expectation, source or subject")
        return self


class ThresholdOverride(Strict):
    """The user's own value for a threshold of the catalogue; a floor still holds."""

    id: str
    value: int | float
    because: Said


class RetentionOverride(Strict):
    """The user's own days for a class of retention; a floor still holds."""

    id: Slug
    days: Annotated[int, Field(ge=1, le=36_500)]
    because: Said


class Role(Strict):
    """Who may act as what, and whether that includes approving what is handed in."""

    id: Slug
    title: Said
    actors: tuple[Actor, ...] = ()
    systems: tuple[Slug, ...] = ()
    """Empty: every system."""
    may: tuple[Literal["approve"], ...] = ()
    acts_as: tuple[Literal["viewer", "engineer", "officer", "approver", "auditor"], ...] = ()
    """Its roles in the catalogue's `roles.yaml`; `may: [approve]` is an approver too."""


Unlisted = dict[
    Literal["os", "airflow", "slack"],
    tuple[Literal["viewer", "engineer", "officer", "approver", "auditor"], ...],
]


class Person(Strict):
    """One human being on several channels, so that nobody counts as two."""

    id: Slug
    actors: Annotated[tuple[Actor, ...], Field(min_length=1)]


class RegisterFile(Strict):
    """A register of attestations as its file holds it."""

    register_of: Said
    attestations: tuple[Attestation, ...] = Field(default=())


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
