"""The rules of alerts as data: storms, inhibition, limits of channels, how far a field may go."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints, model_validator

from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.verdict import Severity

Reach = Literal["never", "company", "country", "abroad"]
Place = Literal["company", "country", "abroad"]
Service = Literal["slack", "dingtalk", "wecom", "feishu", "email", "webhook", "console"]
Standing = Literal["documented", "reported", "own-choice"]
HourMinute = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
FAR: dict[str, int] = {"never": 0, "company": 1, "country": 2, "abroad": 3}
"""How far each reach goes."""


class AlertField(Strict):
    """One field of an alert, how far it may go, and how far a user may widen that."""

    id: Slug
    title: Said
    leaves: Reach
    loosest: Place
    because: Said

    @model_validator(mode="after")
    def _is_not_wider(self) -> AlertField:
        if FAR[self.leaves] > FAR[self.loosest]:
            raise ValueError(f"{self.id} leaves further than its loosest: correct one of them")
        return self


class FieldFile(Strict):
    """Every field of an alert."""

    fields: Annotated[tuple[AlertField, ...], Field(min_length=1)]


class Inhibition(Strict):
    """While `when` holds of a source, what of it is told in one line instead of one by one."""

    id: Slug
    when: Literal["source-unreadable"]
    silences: Annotated[tuple[Literal["gap", "finding"], ...], Field(min_length=1)]
    except_severities: tuple[Severity, ...] = ()
    says: Said


class Limit(Strict):
    """How much a channel takes.

    Args:
        per_minute: how many messages.
        per_second: how many messages.
        kept: of those of a minute, how many are left to what is critical.
        wait_seconds: how long a sender that finds the channel full waits for its turn, in all.
        rate: how the numbers of messages are known.
        bytes: of one message, in UTF-8.
        counts: whether these are of the text alone or of the whole request.
        size: how the bytes are known.
        sources: where what is documented or reported was read.
    """

    per_minute: Annotated[int, Field(ge=1)]
    per_second: Annotated[int, Field(ge=1)] | None = None
    kept: Annotated[int, Field(ge=0)]
    wait_seconds: Annotated[int, Field(ge=0, le=60)]
    rate: Standing
    bytes: Annotated[int, Field(ge=500)] = 60_000
    counts: Literal["text", "request"] = "text"
    size: Standing = "own-choice"
    sources: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _leaves_room(self) -> Limit:
        if self.kept >= self.per_minute:
            raise ValueError("kept leaves nothing of per_minute to other messages: lower it")
        return self

    def room(self, *, critical: bool) -> tuple[tuple[timedelta, int], ...]:
        """Every span of time, and how many messages one of this kind may find before it there."""
        minute = (
            timedelta(minutes=1),
            self.per_minute if critical else self.per_minute - self.kept,
        )
        return (minute, (timedelta(seconds=1), self.per_second)) if self.per_second else (minute,)


class Health(Strict):
    """From when on the pipeline itself is unwell.

    Args:
        collected_by: the hour, in the organisation's zone, by which the day is judged.
        backlog_minutes: how long a change notice may wait.
        free_mb: how much a day's inspection should find free.
    """

    collected_by: HourMinute
    backlog_minutes: Annotated[int, Field(ge=1)]
    free_mb: Annotated[int, Field(ge=1)]


class GapStep(Strict):
    """So many working days after a gap was met, it goes up.

    Args:
        to: the destinations; the team when left out.
    """

    working_days: Annotated[int, Field(ge=1, le=250)]
    to: tuple[Slug, ...] = ()
    says: Said


class AlertRules(Strict):
    """The whole table.

    Args:
        most_messages: how many messages one run may send, the summary and files included.
        thread_severities: what opens a thread where no route says otherwise.
        health: from when on the pipeline itself is unwell.
        gap_steps: whom a gap that stays reaches, and when; the scope may have its own.
    """

    most_messages: Annotated[int, Field(ge=3, le=10)]
    thread_severities: Annotated[tuple[Severity, ...], Field(min_length=1)]
    inhibition: tuple[Inhibition, ...] = ()
    limits: dict[Service, Limit]
    health: Health
    gap_steps: tuple[GapStep, ...] = ()

    @model_validator(mode="after")
    def _limits_every_service(self) -> AlertRules:
        if missing := sorted(set(get_args(Service)) - set(self.limits)):
            raise ValueError(f"limits lacks {missing[0]}: add it")
        return self


@cache
def load_alert_rules(path: Path | None = None) -> AlertRules:
    """The table of the catalogue."""
    return load_model(path or catalog_dir() / "alert_rules.yaml", AlertRules)


@cache
def load_alert_fields(path: Path | None = None) -> dict[str, AlertField]:
    """Every field, by its id."""
    path = path or catalog_dir() / "alert_fields.yaml"
    return dict(by_id(path, load_model(path, FieldFile).fields))
