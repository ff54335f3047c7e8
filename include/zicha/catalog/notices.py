"""What an authority sent, as its recipient writes it down: a notice of inspection, an order."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from zicha.catalog.scope_entities import Named
from zicha.catalog.shapes import ControlId, Said, Slug, Strict

When = date | datetime
"""A day, or a moment; Asia/Shanghai where no zone is said."""

ItemName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$")]
"""The number of an item as the order has it: `1`, `2.1`, `A-3`."""

InspectionKind = Literal["random-check", "interview", "on-site", "remote-test"]
DocumentKind = Literal["report", "attestation", "evidence", "obligation", "access-policy", "other"]


class NoticedDocument(Strict):
    """A document that the notice asks for.

    Args:
        kind: where it is looked for among what we have; `other` a person supplies.
        name: the report, the kind of attestation, the framework or the duty that answers it.
    """

    id: Slug
    title: Said
    kind: DocumentKind = "other"
    name: str = ""

    @model_validator(mode="after")
    def _names_what_it_needs(self) -> NoticedDocument:
        if self.kind in {"attestation", "obligation"} and not self.name:
            raise ValueError(f"{self.id} is of kind {self.kind} and names none: add name")
        return self


class Period(Strict):
    """The evidence days that are asked about, both included."""

    since: Annotated[date, Field(alias="from")]
    until: date | None = None


class InspectionNotice(Strict):
    """The notice of an inspection.

    Args:
        received: when it reached us.
        visit: the day of the visit, interview or test, where it is named.
        duty: the duty under which they inspect, where it is known.
        period: all days up to now when left out.
    """

    kind: InspectionKind
    authority: Slug
    number: str = ""
    title: Said | None = None
    received: When
    visit: date | None = None
    duty: Slug | None = None
    scope_heads: tuple[Said, ...] = ()
    systems: Annotated[tuple[Slug, ...], Field(min_length=1)]
    period: Period | None = None
    documents: tuple[NoticedDocument, ...] = ()

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> InspectionNotice:
        _once([document.id for document in self.documents], "document")
        _once(self.systems, "system")
        return self


class Deadline(Strict):
    """Until when: a day or moment, or so many natural or working days from receipt."""

    by: When | None = None
    days: Annotated[int | None, Field(ge=1, le=3650)] = None
    working_days: Annotated[int | None, Field(ge=1, le=1000)] = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Deadline:
        if sum(each is not None for each in (self.by, self.days, self.working_days)) != 1:
            raise ValueError("write exactly one of by, days, working_days")
        return self


class OrderedItem(Strict):
    """One thing that the order wants mended, in the authority's words."""

    id: ItemName
    text: Named
    due: Deadline
    findings: tuple[str, ...] = ()
    controls: tuple[ControlId, ...] = ()
    expectations: tuple[str, ...] = ()
    measures: str = ""


class OrderFile(Strict):
    """An order to rectify.

    Args:
        of: the system, or the entity, that it was sent to.
        inspection: the inspection that it came from, where there is one.
        duty: the duty that it rests on, whose sanction is shown where the order names none.
        consequence: what the order says will follow when it is not obeyed.
    """

    authority: Slug
    number: Named
    title: Said | None = None
    received: When
    of: Slug
    inspection: str = ""
    duty: Slug | None = None
    consequence: Said | None = None
    items: Annotated[tuple[OrderedItem, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> OrderFile:
        _once([item.id for item in self.items], "item")
        return self


def _once(ids: tuple[str, ...] | list[str], what: str) -> None:
    twice = next((id_ for id_ in ids if list(ids).count(id_) > 1), None)
    if twice is not None:
        raise ValueError(f"{what} {twice} stands twice: keep one")
