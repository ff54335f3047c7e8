"""The parameter by which an engine of RDS demands TLS, and what a group says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from zicha.model.evidence import Answer, Reply, Unread, derived
from zicha.model.logic import read

FORCE, REQUIRE = "rds.force_ssl", "require_secure_transport"
DEMANDS_TLS = {
    "postgres": FORCE,
    "aurora-postgresql": FORCE,
    "mysql": REQUIRE,
    "mariadb": REQUIRE,
    "aurora-mysql": REQUIRE,
    "sqlserver-ee": FORCE,
    "sqlserver-ex": FORCE,
    "sqlserver-se": FORCE,
    "sqlserver-web": FORCE,
    "docdb": "tls",
    "neptune": "neptune_enforce_ssl",
}
WAITS = "pending-reboot"
ON = ("1", "on", "true", "enabled", "tls1.2+", "tls1.3+", "fips-140-3")
FIELDS = ("ParameterName", "ParameterValue")


def wanted(said: Reply) -> Reply:
    """Of the hundreds of parameters in a group, those that say whether TLS is demanded."""
    listed = said.body.get("Parameters") if isinstance(said, Answer) and said.body else None
    if not isinstance(said, Answer) or not isinstance(listed, list):
        return said
    if not all(isinstance(one, Mapping) for one in listed):
        return said
    found = [
        {name: one[name] for name in FIELDS if name in one}
        for one in listed
        if one.get("ParameterName") in DEMANDS_TLS.values()
    ]
    return replace(said, body={"Parameters": found})


def demands_tls(said: Reply, engine: Any, applied: Sequence[Any]) -> Any:
    """Whether the group demands it, and has been applied; None for an engine that cannot.

    What waits for a restart is not in force, whichever way it was changed.
    """
    if isinstance(engine, Unread) or engine not in DEMANDS_TLS:
        return engine if isinstance(engine, Unread) else None
    asked = _asks_for_tls(said, engine)
    return (derived(*applied) or WAITS not in applied) if asked is True else asked


def _asks_for_tls(said: Reply, engine: str) -> Any:
    """A value that is not set is off, as is a parameter unknown."""

    def lay(body: Mapping[str, Any]) -> Any:
        values = {one["ParameterName"]: one.get("ParameterValue") for one in body["Parameters"]}
        name = DEMANDS_TLS[engine]
        if name not in values and isinstance(said, Answer) and said.cut:
            return Unread(said.cut, said.remedy, said.permission)
        return str(values.get(name) or "").lower() in ON

    return read(said, lay)


def tags_listed(one: Mapping[str, Any]) -> str:
    """The tags of a database as one text, as the selectors of a scope read them."""
    tags = {tag["Key"]: tag.get("Value", "") for tag in one.get("TagList") or ()}
    return json.dumps(tags, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
