"""From a notice to the subjects it asks us to look at again; storms on one subject collapse."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zicha.catalog.event_routes import Route, Routes
from zicha.events.notice import Notice

LONGEST = 512
"""Characters of a name; AWS has no longer one."""

DEEPEST = 40
"""Levels of a request that are looked into."""

MOST_SUBJECTS = 50
"""Subjects that one notice may name; one that names more is left to the daily run, and counted."""


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One subject to look at again; without columns the whole source is meant.

    Args:
        account: the account, or for an internal system the id of the source.
        region: where it is; empty when the collector's places have no region.
        collector: who looks.
        names: the columns that name it, in order, with their values.
    """

    account: str
    region: str
    collector: str
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Routed:
    """What a notice asks for; `is_known` is False when no route knows its event."""

    is_known: bool
    targets: tuple[Target, ...] = ()
    act: str = ""
    resource: str = ""
    left_out: int = 0


def route(notice: Notice, routes: Routes) -> Routed:
    """Where the notice leads."""
    if notice.kind == "test":
        return Routed(is_known=True)
    if notice.kind == "internal":
        return Routed(is_known=True, targets=(Target(notice.name, "", ""),))
    if notice.kind == "configuration":
        return _by_resource(notice, routes)
    found = routes.of(notice.source, notice.name)
    if found is None:
        is_by_root = _is_by_root(notice.detail)
        return Routed(is_known=is_by_root, act="uses-root" if is_by_root else "")
    targets = _targets(notice, found)
    act = found.act if found.act and holds(found, notice.detail) else None
    return Routed(
        is_known=True,
        targets=tuple(targets[:MOST_SUBJECTS]),
        act=act or ("uses-root" if _is_by_root(notice.detail) else ""),
        resource=next(iter(_first(notice.detail, found.resource)), ""),
        left_out=max(0, len(targets) - MOST_SUBJECTS),
    )


def collapsed(targets: Iterable[Target]) -> list[Target]:
    """Each subject once, in a fixed order; a whole source swallows its parts."""
    found = sorted(set(targets))
    whole = {(one.account, one.collector) for one in found if not one.names}
    return [one for one in found if not one.names or (one.account, one.collector) not in whole]


def _by_resource(notice: Notice, routes: Routes) -> Routed:
    said = routes.by_resource.get(notice.source)
    if said is None:
        return Routed(is_known=False)
    collector, _, names = said.partition("#")
    column, _, key = names.partition("=")
    value = notice.detail.get(key)
    if not isinstance(value, str) or not value:
        return Routed(is_known=False)
    target = Target(notice.account, notice.region, collector, ((column, value),))
    return Routed(is_known=True, targets=(target,))


def _targets(notice: Notice, found: Route) -> list[Target]:
    values = {column: _first(notice.detail, ways) for column, ways in found.subject.items()}
    if not values or not all(values.values()):
        return []
    (column, named), *_ = values.items()
    return sorted(
        {
            Target(notice.account, notice.region, found.collector, ((column, value),))
            for value in named
        }
    )


def _first(body: Mapping[str, Any], ways: Sequence[str]) -> list[str]:
    """What the first way that leads anywhere leads to."""
    for way in ways:
        if found := [
            value
            for value in walked(body, way)
            if isinstance(value, str) and 0 < len(value) <= LONGEST
        ]:
            return found
    return []


def walked(body: Any, way: str) -> Iterator[Any]:
    """Everything that a way leads to; a step that is not there leads nowhere."""
    step, _, rest = way.partition(".")
    name, is_list = step.removesuffix("[]"), step.endswith("[]")
    here = body.get(name) if isinstance(body, Mapping) else None
    for one in (here if isinstance(here, list) else []) if is_list else [here]:
        if rest:
            yield from walked(one, rest)
        elif one is not None:
            yield one


def _is_by_root(detail: Mapping[str, Any]) -> bool:
    who = detail.get("userIdentity")
    if not isinstance(who, Mapping) or who.get("type") != "Root":
        return False
    # What a service does on the account's behalf is nobody's use of root.
    return not who.get("invokedBy")


def holds(found: Route, detail: Mapping[str, Any]) -> bool:
    """Whether the request says what makes the event that act."""
    asked = detail.get("requestParameters")
    if found.only == "always":
        return True
    if found.only == "by-root":
        return _is_by_root(detail)
    if found.only == "opens-to-world":
        return any(value in ("0.0.0.0/0", "::/0") for value in _leaves(asked))
    if found.only == "shares-outside":
        added = list(walked(asked, "createVolumePermission.add.items[]"))
        added += list(walked(asked, "launchPermission.add.items[]"))
        added += list(walked(asked, "valuesToAdd[]"))
        return bool(added)
    return _allows_everything(asked)


def _allows_everything(asked: Any) -> bool:
    """Whether a policy in the request allows every action, or everybody; unreadable counts."""
    documents = [v for k in ("policyDocument", "policy", "bucketPolicy") for v in walked(asked, k)]
    for document in documents:
        try:
            said = json.loads(document) if isinstance(document, str) else document
        except (ValueError, RecursionError):
            return True
        statements = said.get("Statement") if isinstance(said, Mapping) else None
        for one in statements if isinstance(statements, list) else [statements]:
            if not isinstance(one, Mapping) or one.get("Effect") != "Allow":
                continue
            wide = {"*", "*:*"} & {v for v in _leaves(one.get("Action")) if isinstance(v, str)}
            if wide or "*" in list(_leaves(one.get("Principal"))):
                return True
    return any(
        isinstance(arn, str)
        and arn.endswith((":policy/AdministratorAccess", ":policy/IAMFullAccess"))
        for arn in walked(asked, "policyArn")
    )


def _leaves(body: Any, depth: int = 0) -> Iterator[Any]:
    if depth > DEEPEST:
        return
    if isinstance(body, Mapping):
        for value in body.values():
            yield from _leaves(value, depth + 1)
    elif isinstance(body, list):
        for value in body:
            yield from _leaves(value, depth + 1)
    elif body is not None:
        yield body
