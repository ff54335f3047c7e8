"""The parts of a duty: instrument, trigger, clocks, contents, sanction, sources, disputes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from zicha.catalog.conditions import Condition, Word
from zicha.catalog.shapes import Called, Said, Slug, Strict

Grade = Literal["text", "excerpt", "secondary", "memory"]
"""How far a source was read: the text itself, an excerpt of it, others' words, or not at all."""

Unit = Literal["minutes", "hours", "days", "working_days", "months", "years"]
Level = Literal["general", "relatively_major", "major", "extremely_major"]
PartialDate = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]
MonthDay = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]

NEEDS: dict[str, tuple[str, ...]] = {
    "span": ("unit", "count", "moment"),
    "at-once": ("moment",),
    "on-date": ("day",),
    "each-year": ("month_day",),
    "window": ("unit", "count", "moment"),
    "in-notice": (),
    "before": ("moment",),
    "unnumbered": (),
}


class Instrument(Strict):
    """A law, order or notice, and the articles that say it."""

    name: Said
    number: Called = None
    articles: Called = None
    issued: PartialDate | None = None
    in_force_from: PartialDate | None = None
    in_force_to: PartialDate | None = None
    superseded_by: str = ""
    replaces: str = ""


class Rule(Strict):
    """How one clock runs.

    `span`: so much time after a moment, or before it when the count is negative. `window`: from
    that much before a moment until the moment. `at-once`, `before`, `in-notice` and `unnumbered`
    have no number of their own: none is invented.
    """

    kind: Literal[
        "span", "at-once", "on-date", "each-year", "window", "in-notice", "before", "unnumbered"
    ]
    unit: Unit | None = None
    count: int | None = None
    moment: Annotated[Word | None, Field(alias="from")] = None
    day: date | None = None
    month_day: MonthDay | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_takes(self) -> Rule:
        given = self.model_fields_set - {"kind"}
        needed = set(NEEDS[self.kind])
        optional = {"moment"} if self.kind in {"in-notice", "unnumbered", "each-year"} else set()
        if missing := sorted(needed - given):
            raise ValueError(f"{self.kind} lacks {', '.join(missing).replace('moment', 'from')}")
        if odd := sorted(given - needed - optional):
            raise ValueError(f"{self.kind} takes no {', '.join(odd).replace('moment', 'from')}")
        if self.count == 0 or (self.kind == "window" and (self.count or 0) > 0):
            raise ValueError("the count must not be 0, and a window's is negative")
        return self


class Clock(Strict):
    """One clock of a duty.

    Args:
        whose: the operator's, or the authority's own (shown, never ours to keep).
        purpose: something to be done by then, or something to be kept until then.
        when: only where this holds (a level, a province).
        says: what it is about, or a limit of it.
        grade: how far this clock was read; the duty's own when left out.
    """

    id: Slug
    rule: Rule
    says: Said
    whose: Literal["operator", "authority"] = "operator"
    purpose: Literal["act", "keep"] = "act"
    when: Condition | None = None
    grade: Grade | None = None
    source: str = ""
    articles: str = ""


class Trigger(Strict):
    """What makes the duty arise.

    Args:
        event: what happens.
        threshold: a size that starts it.
        scale: the table of incident levels that `min_level` speaks of.
    """

    kind: Literal["calendar", "campaign", "event", "order", "continuous", "none"]
    event: Word | None = None
    threshold: Condition | None = None
    scale: Slug | None = None
    min_level: Level | None = None
    condition: Said | None = None


class Recipient(Strict):
    """To whom: an authority's office, a portal of theirs, or people."""

    says: Said
    regulator: Slug | None = None


class Penalty(Strict):
    """One step of a table of fines, in yuan, from and to."""

    when: Said
    entity: tuple[int, int] | None = None
    person: tuple[int, int] | None = None
    until: date | None = None


class Sanction(Strict):
    """What follows when the duty is not met."""

    says: Said
    penalties: tuple[Penalty, ...] = ()


class Cited(Strict):
    """A source of the duty, and how far it was read."""

    id: Slug
    grade: Grade


class Reading(Strict):
    """What one source says of a disputed thing; a rule where it is a date or a clock."""

    source: Slug
    says: Said
    rule: Rule | None = None


class Dispute(Strict):
    """Sources that disagree: every reading is kept, and what we follow is said."""

    about: Literal["due", "recipient", "who", "contents"]
    readings: Annotated[tuple[Reading, ...], Field(min_length=2)]
    followed: Said


class Campaign(Strict):
    """A yearly action: next year's is a new file."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    provinces: tuple[Said, ...] = ()
    scope_heads: tuple[Said, ...] = ()
    phases: tuple[Said, ...] = ()
    template: Slug | None = None
    portal: str = ""
