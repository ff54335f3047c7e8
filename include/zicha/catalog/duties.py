"""Duties as files: who owes what to whom, from when, by when, on whose word."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from zicha.catalog.conditions import Condition, Word, load_facts
from zicha.catalog.duty_shapes import (
    Campaign,
    Cited,
    Clock,
    Dispute,
    Grade,
    Instrument,
    Recipient,
    Sanction,
    Trigger,
)
from zicha.catalog.forms import load_forms
from zicha.catalog.once import by_id
from zicha.catalog.regulators import Regulator, load_regulators
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError
from zicha.model.text import Text

NOT_ADVICE = Text(
    "以下内容仅供参考，不构成法律意见；请核对所列依据及其核实程度。",
    "Nothing here is legal advice: check each source and how far it was confirmed.",
)
"""Stands wherever a duty is shown."""

AsksFor = Literal["report", "filing", "record", "notice", "act", "keep", "nothing"]


class Duty(Strict):
    """One duty.

    Args:
        asks_for: a report or filing to hand in, a record to hold, people to tell, something to
            do, something to keep; or nothing, where it is a table or a relief.
        recipients: empty where the law names none: what inspectors ask for is the record.
        clocks: none where the law sets no time at all.
        binds: whom, over the facts of the scope.
        owed_per: once for the legal person, or once for each of its graded systems.
        contents: what must be handed over or shown.
        form: the form whose fields it takes.
        forms_beside: forms of what is handed over beside it.
        grade: how far the duty as a whole was read; a clock may say otherwise.
    """

    id: Slug
    title: Said
    status: Literal["in_force", "historic", "draft"]
    asks_for: AsksFor
    authorities: Annotated[tuple[Slug, ...], Field(min_length=1)]
    instruments: Annotated[tuple[Instrument, ...], Field(min_length=1)]
    binds: Condition
    binds_also: Said | None = None
    owed_per: Literal["entity", "system"]
    trigger: Trigger
    clocks: tuple[Clock, ...] = ()
    recurrence: Literal[
        "once",
        "once_then_on_change",
        "on_event",
        "on_change",
        "continuous",
        "yearly",
        "every_2_years",
        "after_each_assessment",
        "per_certificate",
        "per_licence",
        "per_assessment",
        "yearly_by_notice",
        "none",
    ]
    recipients: tuple[Recipient, ...] = ()
    contents: tuple[Said, ...] = ()
    form: Slug | None = None
    forms_beside: tuple[Slug, ...] = ()
    hold: tuple[Said, ...] = ()
    channels: tuple[Said, ...] = ()
    sanction: Sanction | None = None
    campaign: Campaign | None = None
    grade: Grade
    sources: tuple[Cited, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    notes: tuple[Said, ...] = ()
    formerly: tuple[Slug, ...] = ()

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> Duty:
        ids = [clock.id for clock in self.clocks]
        if len(ids) != len(set(ids)):
            raise ValueError("a clock's id stands twice: rename one")
        cited = {source.id for source in self.sources}
        for dispute in self.disputes:
            if odd := [r.source for r in dispute.readings if r.source not in cited]:
                raise ValueError(f"the dispute cites {odd[0]}, which sources does not list: add it")
        if (self.trigger.kind == "none") != (self.asks_for == "nothing"):
            raise ValueError("trigger none and asks_for nothing go together")
        return self

    @property
    def forms(self) -> tuple[str, ...]:
        """Its own form and those beside it."""
        return (*((self.form,) if self.form else ()), *self.forms_beside)

    def clock(self, id_: str) -> Clock:
        """One clock."""
        return next(clock for clock in self.clocks if clock.id == id_)


class DutySource(Strict):
    """A document or note that duties cite."""

    id: Slug
    kind: Literal[
        "official", "official_qa", "official_copy", "copy", "press", "press_copy", "secondary",
        "third_party_repo", "title_only", "computed",
    ]  # fmt: skip
    ref: Annotated[str, Field(min_length=1)]


class DutySourceFile(Strict):
    """The file of what duties cite."""

    sources: tuple[DutySource, ...]


class Moment(Strict):
    """Something that happens and may start a clock."""

    id: Word
    title: Said


class MomentFile(Strict):
    """The file that names every moment."""

    moments: tuple[Moment, ...]


def load_duty_sources(path: Path | None = None) -> dict[str, DutySource]:
    """Every cited document by id."""
    path = path or catalog_dir() / "duty_sources.yaml"
    return by_id(path, load_model(path, DutySourceFile).sources)


def load_moments(path: Path | None = None) -> dict[str, Moment]:
    """Every moment by id."""
    path = path or catalog_dir() / "duty_moments.yaml"
    return by_id(path, load_model(path, MomentFile).moments)


def load_duties(catalog: Path | None = None) -> dict[str, Duty]:
    """Every duty by id, held against the regulators, moments, facts, forms and sources it names."""
    catalog = catalog or catalog_dir()
    duties: dict[str, Duty] = {}
    for path in sorted((catalog / "duties").glob("*.yaml")):
        duty = load_model(path, Duty)
        if path.stem != duty.id:
            raise ConfigError(f"{path}: holds {duty.id}: rename the file or the id")
        duties[duty.id] = duty
    regulators = load_regulators(catalog / "regulators")
    moments = load_moments(catalog / "duty_moments.yaml")
    facts = load_facts(catalog / "duty_facts.yaml")
    named = {
        "regulator": regulators.keys(),
        "moment": moments.keys(),
        "source": load_duty_sources(catalog / "duty_sources.yaml").keys(),
        "form": load_forms(catalog / "report_forms").keys(),
    }
    for duty in duties.values():
        for kind, id_ in _names(duty):
            if id_ not in named[kind]:
                raise ConfigError(f"duty {duty.id}: no {kind} {id_}: correct it or add it")
        for condition in _conditions(duty):
            if said := condition.mismatch(facts):
                raise ConfigError(f"duty {duty.id}: {said}")
    return duties


def duty_named(duties: dict[str, Duty], id_: str) -> Duty:
    """One duty; an unknown id is refused with those that look like it."""
    if id_ in duties:
        return duties[id_]
    from difflib import get_close_matches

    near = ", ".join(get_close_matches(id_, duties, 3, 0.4)) or "those of `zicha duties`"
    raise ConfigError(f"no duty {id_}: there is {near}")


def offices(duty: Duty, regulators: dict[str, Regulator], province: Text, city: Text) -> list[Text]:
    """The offices of a duty's authorities that answer for a place."""
    return [regulators[id_].office_for(province, city) for id_ in duty.authorities]


def _names(duty: Duty) -> list[tuple[str, str]]:
    rules = [clock.rule for clock in duty.clocks]
    rules += [r.rule for dispute in duty.disputes for r in dispute.readings if r.rule]
    found = [("regulator", id_) for id_ in duty.authorities]
    found += [("regulator", each.regulator) for each in duty.recipients if each.regulator]
    found += [("moment", rule.moment) for rule in rules if rule.moment]
    found += [("moment", duty.trigger.event)] if duty.trigger.event else []
    found += [("source", source.id) for source in duty.sources]
    found += [("source", clock.source) for clock in duty.clocks if clock.source]
    found += [("form", form) for form in duty.forms]
    return found


def _conditions(duty: Duty) -> list[Condition]:
    found = [duty.binds, *[clock.when for clock in duty.clocks if clock.when]]
    return found + ([duty.trigger.threshold] if duty.trigger.threshold else [])
