"""From a notice to the subjects it asks us to look at again; storms on one subject collapse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from zicha.catalog.event_routes import Route, Routes
from zicha.events.notice import Notice

LONGEST = 512
"""Characters of a name; AWS has no longer one."""

DEEPEST = 40
"""Levels of a request that are looked into."""

MOST_SUBJECTS = 50
"""Subjects that one notice may name; one that names more asks for all of its place."""


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One subject to look at again; without columns, everything of the place.

    Args:
        account: the account, or for an internal system the id of the source.
        region: where it is, as the notice says.
        collector: who looks; without one the whole source is meant.
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
    act = found.act if found.act and holds(found, notice.detail) else None
    return Routed(
        is_known=True,
        targets=tuple(_targets(notice, found, routes)),
        act=act or ("uses-root" if _is_by_root(notice.detail) else ""),
        resource=next(iter(_first(notice.detail, found.resource)), ""),
    )


def collapsed(targets: Iterable[Target]) -> list[Target]:
    """Each subject once, in a fixed order; a whole place swallows its parts."""
    found = sorted(set(targets))
    whole = {_place(one) for one in found if not one.names}
    return [one for one in found if not one.names or _place(one) not in whole]


def _place(one: Target) -> tuple[str, str, str]:
    return one.account, one.region, one.collector


def _by_resource(notice: Notice, routes: Routes) -> Routed:
    said = routes.by_resource.get(notice.source)
    if said is None:
        return Routed(is_known=False)
    collector, _, names = said.partition("#")
    column, _, key = names.partition("=")
    return Routed(
        is_known=True,
        targets=tuple(_asked(notice, routes, collector, column, [key] if key else [])),
    )


def _targets(notice: Notice, found: Route, routes: Routes) -> list[Target]:
    """What a route asks for; a call that was refused changed nothing that it does not name."""
    targets: list[Target] = []
    if found.collector:
        (column, ways), *_ = [*found.subject.items(), ("", ())]
        targets += _asked(notice, routes, found.collector, column, ways)
    targets += [Target(notice.account, notice.region, id_) for id_ in found.also]
    if notice.detail.get("errorCode"):
        return [one for one in targets if one.names]
    return targets


def _asked(
    notice: Notice, routes: Routes, collector: str, column: str, ways: Sequence[str]
) -> list[Target]:
    """The subjects that a notice names; all of the place where it names none, or too many."""
    whole = Target(notice.account, notice.region, collector)
    said = _first(notice.detail, ways)
    naming = routes.names.get(collector)
    if naming is not None:
        partition = partition_of(notice.region)
        said = [naming.name(one, partition, notice.region, notice.account) for one in said]
    if not said or not all(said):
        return [whole] if naming is None or naming.or_all else []
    if len(set(said)) > MOST_SUBJECTS:
        return [whole]
    return [replace(whole, names=((column, one),)) for one in sorted(set(said))]


def partition_of(region: str) -> str:
    """The partition that a region lies in, as its name says."""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((name for start, name in prefixes.items() if region.startswith(start)), "aws")


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
    if found.only == "by-root":
        return _is_by_root(detail)
    return _ASKED[found.only](detail.get("requestParameters"))


def _shares_outside(asked: Any) -> bool:
    ways = ("createVolumePermission.add.items[]", "launchPermission.add.items[]", "valuesToAdd[]")
    return any(True for way in ways for _ in walked(asked, way))


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


_ASKED: Mapping[str, Callable[[Any], bool]] = {
    "always": lambda _: True,
    "opens-to-world": lambda asked: bool({"0.0.0.0/0", "::/0"} & _texts(asked)),
    "opens-to-anyone": lambda asked: "*" in _texts(asked),
    "switches-off": lambda asked: any(value is False for value in _leaves(asked)),
    "shares-outside": _shares_outside,
    "allows-everything": _allows_everything,
}
"""What the request says, by the word of a route."""


def _texts(body: Any) -> set[str]:
    return {value for value in _leaves(body) if isinstance(value, str)}
