"""Event routes: which change notice makes us look again at which subject of which collector."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError

Steps = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]+(\[\])?(\.[A-Za-z]+(\[\])?)*$")]
"""A way into the notice's body: `requestParameters.groupId`, `items[].groupId` for every member."""

Only = Literal["opens-to-world", "shares-outside", "allows-everything", "by-root", "always"]
"""What the request must say for the event to be the act it is listed under."""

Act = Literal[
    "stops-recording",
    "weakens-logging",
    "widens-policy",
    "opens-port",
    "makes-key",
    "removes-second-factor",
    "shares-snapshot",
    "exposes-storage",
    "uses-root",
]


class Route(Strict):
    """Events of one service that ask for the same: a subject to look at, an act to judge, or both.

    `subject` gives, for the column that names the collector's resource beside its account, the
    ways to it; the first that leads anywhere counts. A route without a collector and an act is
    known and asks for nothing.
    """

    events: tuple[str, ...] = Field(min_length=1)
    collector: str = ""
    subject: dict[str, tuple[Steps, ...]] = Field(default_factory=dict)
    act: Act | None = None
    only: Only = "always"
    resource: tuple[Steps, ...] = ()

    @model_validator(mode="after")
    def _has_both(self) -> Route:
        if bool(self.collector) != bool(self.subject):
            raise ValueError("a collector needs a subject, and a subject a collector: give both")
        return self


class RouteFile(Strict):
    """One file: the routes of one service, by the name under which its notices come."""

    source: str
    resources: dict[str, str] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()


class Routes(Strict):
    """Every route: by service and event, and by type of resource."""

    by_event: dict[tuple[str, str], Route]
    by_resource: dict[str, str]

    def of(self, source: str, name: str) -> Route | None:
        """The route of an event; None when nobody knows it."""
        return self.by_event.get((source, name))


@cache
def load_routes(folder: Path | None = None) -> Routes:
    """Read every file of routes; an event that two routes claim is refused."""
    by_event: dict[tuple[str, str], Route] = {}
    by_resource: dict[str, str] = {}
    for path in sorted((folder or catalog_dir() / "event_routes").glob("*.yaml")):
        read = load_model(path, RouteFile)
        by_resource |= read.resources
        for route in read.routes:
            for name in route.events:
                if (read.source, name) in by_event:
                    raise ConfigError(f"{path}: {name} has two routes: keep one")
                by_event[read.source, name] = route
    return Routes(by_event=by_event, by_resource=by_resource)
