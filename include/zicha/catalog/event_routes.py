"""Event routes: which change notice makes us look again at which subject of which collector."""

from __future__ import annotations

import re
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

Only = Literal[
    "opens-to-world",
    "opens-to-anyone",
    "shares-outside",
    "allows-everything",
    "switches-off",
    "by-root",
    "always",
]
"""What the request must say for the event to be the act it is listed under."""

Act = Literal[
    "stops-recording",
    "weakens-logging",
    "stops-detection",
    "widens-policy",
    "opens-port",
    "makes-key",
    "removes-second-factor",
    "shares-snapshot",
    "exposes-storage",
    "uses-root",
]


class Naming(Strict):
    """How what a notice calls a resource becomes the name that its collector gives it.

    `pattern` must fit as a whole and may hold the group `name`; `form` may use `{name}`,
    `{partition}`, `{region}` and `{account}`. What does not fit names no resource. `or_all: false`
    says that a notice that names none asks for none: the whole listing is older than the notice.
    """

    pattern: str
    form: str = "{name}"
    or_all: bool = True

    @model_validator(mode="after")
    def _is_usable(self) -> Naming:
        try:
            found = re.compile(self.pattern)
            self.form.format(name="", partition="", region="", account="")
        except (re.error, KeyError, IndexError, ValueError) as error:
            raise ValueError(f"{error}: correct `pattern` or `form`") from error
        if "name" not in found.groupindex:
            raise ValueError("the pattern has no group: write (?P<name>...) where the name stands")
        return self

    def name(self, said: str, partition: str, region: str, account: str) -> str:
        """The collector's name of what the notice calls `said`; empty where it does not fit."""
        found = re.fullmatch(self.pattern, said)
        if found is None or not found["name"]:
            return ""
        where = {"partition": partition, "region": region, "account": account}
        return self.form.format(name=found["name"], **where)


class Route(Strict):
    """Events of one service that ask for the same: something to look at, an act to judge, or both.

    `subject` gives, for the column that names the collector's resource beside its place, the ways
    to it; the first that leads anywhere counts. Where none does, and where a route has no subject,
    the collector looks at everything of the event's region (or account), as those in `also` do. A
    route without collector, `also` and act is known and asks for nothing.
    """

    events: tuple[str, ...] = Field(min_length=1)
    collector: str = ""
    subject: dict[str, tuple[Steps, ...]] = Field(default_factory=dict, max_length=1)
    also: tuple[str, ...] = ()
    act: Act | None = None
    only: Only = "always"
    resource: tuple[Steps, ...] = ()

    @model_validator(mode="after")
    def _has_both(self) -> Route:
        if self.subject and not self.collector:
            raise ValueError("a subject needs a collector: name it")
        return self


class RouteFile(Strict):
    """One file: the routes of one service, by the name under which its notices come."""

    source: str
    resources: dict[str, str] = Field(default_factory=dict)
    names: dict[str, Naming] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()


class Routes(Strict):
    """Every route, by service and event and by type of resource; and the collectors' names."""

    by_event: dict[tuple[str, str], Route]
    by_resource: dict[str, str]
    names: dict[str, Naming] = Field(default_factory=dict)

    def of(self, source: str, name: str) -> Route | None:
        """The route of an event; None when nobody knows it."""
        return self.by_event.get((source, name))


@cache
def load_routes(folder: Path | None = None) -> Routes:
    """Read every file of routes; what two of them claim is refused."""
    by_event: dict[tuple[str, str], Route] = {}
    by_resource: dict[str, str] = {}
    names: dict[str, Naming] = {}
    for path in sorted((folder or catalog_dir() / "event_routes").glob("*.yaml")):
        read = load_model(path, RouteFile)
        for known, more in ((by_resource, read.resources), (names, read.names)):
            if twice := sorted(known.keys() & more.keys()):
                raise ConfigError(f"{path}: {twice[0]} stands in another file too: keep one")
        by_resource |= read.resources
        names |= read.names
        for route in read.routes:
            for name in route.events:
                if (read.source, name) in by_event:
                    raise ConfigError(f"{path}: {name} has two routes: keep one")
                by_event[read.source, name] = route
    return Routes(by_event=by_event, by_resource=by_resource, names=names)
