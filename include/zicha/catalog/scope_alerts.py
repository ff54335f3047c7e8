"""Who hears what, where and when: the user's `alerts.yaml`."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from zicha.catalog.alert_rules import (
    FAR,
    GapStep,
    HourMinute,
    Place,
    Reach,
    Service,
    load_alert_fields,
)
from zicha.catalog.shapes import Slug, Strict
from zicha.model.verdict import Severity


class Destination(Strict):
    """Where messages go.

    Args:
        kind: the service; each but Slack and the console is reached through one address.
        channel: of Slack, best by its id.
        credential: the name under which the token, or the whole address, is found.
        reach: who reads it: the company alone, people in the country, or a service abroad.
    """

    id: Slug
    kind: Service
    channel: str = ""
    credential: str = ""
    reach: Place = "abroad"

    @model_validator(mode="after")
    def _says_where(self) -> Destination:
        if self.kind == "slack" and not self.channel:
            raise ValueError(f"{self.id}: a destination of kind slack needs its channel")
        if self.kind not in ("slack", "console") and not self.credential:
            raise ValueError(
                f"{self.id}: name the credential that holds the address of this destination"
            )
        return self

    @property
    def recipient(self) -> str:
        """How the outbox names it."""
        return self.channel if self.kind == "slack" else self.id


class Route(Strict):
    """Findings that fit go there; what is left out fits everything."""

    severities: tuple[Severity, ...] = ()
    systems: tuple[Slug, ...] = ()
    owners: tuple[str, ...] = ()
    to: Annotated[tuple[Slug, ...], Field(min_length=1)]
    how: Literal["thread", "digest"] = "thread"


class Quiet(Strict):
    """Hours, in the organisation's zone, in which only what is critical is told."""

    begins: HourMinute
    ends: HourMinute

    @model_validator(mode="after")
    def _is_a_span(self) -> Quiet:
        if self.begins == self.ends:
            raise ValueError("begins and ends are the same: leave quiet out, or make it a span")
        return self

    @property
    def span(self) -> tuple[time, time]:
        """From when to when; it may pass midnight."""
        return time.fromisoformat(self.begins), time.fromisoformat(self.ends)


class Alerts(Strict):
    """The whole file.

    Args:
        team: hears the summary and what no route takes; the first destination when left out.
        health: hears of the pipeline itself, and nothing of what it found.
        digest_at: from when on the digest of the day is told; none when left out.
        buttons: whether messages carry buttons; needs the signed endpoint or the worker.
        fields: how far a field may go, where that differs from the catalogue.
        gap_steps: whom a gap that stays reaches, in the place of the catalogue's steps.
    """

    destinations: tuple[Destination, ...] = ()
    routes: tuple[Route, ...] = ()
    team: Slug | None = None
    health: Slug | None = None
    quiet: Quiet | None = None
    digest_at: HourMinute | None = None
    buttons: bool = False
    fields: dict[Slug, Reach] = Field(default_factory=dict)
    gap_steps: tuple[GapStep, ...] | None = None

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Alerts:
        ids = [each.id for each in self.destinations]
        if len(set(ids)) != len(ids):
            raise ValueError("two destinations have the same id: rename one")
        named = [*(to for route in self.routes for to in route.to), self.team, self.health]
        named += [to for step in self.gap_steps or () for to in step.to]
        if odd := [id_ for id_ in named if id_ is not None and id_ not in ids]:
            raise ValueError(f"no destination {odd[0]}: add it to destinations")
        team = self.team or (ids[0] if ids else None)
        if team is not None and team == self.health:
            raise ValueError(f"{team} is the team and the health destination: give each its own")
        known = load_alert_fields()
        for id_, reach in self.fields.items():
            if id_ not in known:
                raise ValueError(f"fields: no field {id_}: there is {', '.join(known)}")
            if FAR[reach] > FAR[known[id_].loosest]:
                raise ValueError(
                    f"fields: {id_} may go no further than {known[id_].loosest}: correct it"
                )
        return self
