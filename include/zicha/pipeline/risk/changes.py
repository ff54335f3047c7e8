"""What changed in scope, thresholds and rules from run to run, and so between two reports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from zicha.catalog.scope import Scope
from zicha.custody.canonical import canonical_digest
from zicha.model.errors import EvidenceError
from zicha.model.text import Text
from zicha.pipeline.risk.history import History, day_of
from zicha.pipeline.runs.rules import frameworks, limits_of
from zicha.pipeline.workplace import Workplace
from zicha.reports.facts import NOTHING
from zicha.reports.risk_facts import ChangeLine, RuleLine
from zicha.reports.safe_text import short_digest
from zicha.storage import attestations, runs

Kind = Literal["source", "system", "object", "threshold", "catalogue", "rule", "program", "file"]
ABSENT = Text("（无）", "(none)")


@dataclass(frozen=True, slots=True)
class InForce:
    """What a run was judged by: what the scope declared, and the digests of the rules.

    Args:
        declared: whether the run says what the scope declared.
        said: by kind, each name with what was said of it.
    """

    day: date
    declared: bool
    said: Mapping[Kind, Mapping[str, str]] = field(default_factory=dict)


def changes(place: Workplace, history: History) -> tuple[ChangeLine, ...]:
    """What changed from one judged run of the period to the next, beginning with the one before."""
    baseline = history.baseline()
    within = history.within(history.period)
    told = [_in_force(place, run) for run in [*([baseline] if baseline else []), *within]]
    titles = _titles(place)
    found = [line for a, b in pairwise(told) for line in _between(a, b, titles)]
    return (*found, *_loaded(place, history))


def is_declared(place: Workplace, history: History) -> bool:
    """Whether every run that was compared says what its scope declared."""
    baseline = history.baseline()
    compared = [*([baseline] if baseline else []), *history.within(history.period)]
    with place.database.read() as connection:
        return all("declared" in _scope(runs.scope_of(connection, run.id)) for run in compared)


def rules_in_force(place: Workplace, run: runs.Run) -> tuple[RuleLine, ...]:
    """The versions of the catalogues, and one digest over suites, views and other catalogues."""
    titles = {id_: held.title for id_, held in frameworks().items()}
    said = _in_force(place, run).said
    versions = said.get("catalogue") or {id_: held.version for id_, held in frameworks().items()}
    lines = [
        RuleLine(titles.get(id_, Text(id_, id_)), version) for id_, version in versions.items()
    ]
    judged = {**said.get("rule", {})}
    if judged:
        name = Text("检查套件、视图与目录", "suites, views and catalogues")
        lines.append(RuleLine(name, short_digest(canonical_digest(judged))))
    return tuple(lines)


def thresholds_in_force(place: Workplace, run: runs.Run) -> tuple[RuleLine, ...]:
    """The thresholds that the run was judged by, or those in force now where it does not say."""
    limits = limits_of(place)
    said = _in_force(place, run).said.get("threshold", {})
    known = said or {id_: str(limit.value) for id_, limit in limits.items()}
    return tuple(
        RuleLine(limits[id_].title if id_ in limits else Text(id_, id_), value)
        for id_, value in known.items()
    )


def _in_force(place: Workplace, run: runs.Run) -> InForce:
    with place.database.read() as connection:
        stored = _scope(runs.scope_of(connection, run.id))
        kept = runs.kept(connection, run.id, "manifest")
    said: dict[Kind, Mapping[str, str]] = {}
    declared = _scope(stored.get("declared"))
    if declared:
        said["source"] = dict.fromkeys(declared.get("sources", ()), "")
        said["system"] = _texts(declared, "systems")
        said["object"] = _texts(declared, "objects")
        said["threshold"] = _texts(declared, "thresholds")
        said["catalogue"] = _texts(declared, "catalogue")
    for sealed in kept.values():
        try:
            found = json.loads(place.store.get(sealed.digest))
        except EvidenceError:
            continue  # deleted when its time was over: its rules are not known any more
        said["rule"] = {**_texts(found, "suites"), **_texts(found, "catalogues")}
        said["program"] = {"zicha": str(found.get("tool_version", ""))}
    return InForce(day_of(run), bool(declared), said)


def _scope(stored: Any) -> dict[str, Any]:
    return stored if isinstance(stored, dict) else {}


def _texts(found: Mapping[str, Any], key: str) -> dict[str, str]:
    return {str(name): str(value) for name, value in (found.get(key) or {}).items()}


def _between(a: InForce, b: InForce, titles: Mapping[str, Text]) -> Iterator[ChangeLine]:
    for kind, after in b.said.items():
        # A run that does not say what it was judged by says nothing of a change either.
        before = a.said.get(kind)
        if before is None:
            continue
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name), after.get(name)
            if was != now:
                yield ChangeLine(
                    b.day,
                    kind,
                    titles.get(f"{kind}/{name}", Text(name, name)),
                    _said(was),
                    _said(now),
                )


def _said(value: str | None) -> Text:
    if value is None:
        return ABSENT
    shown = short_digest(value, 12) if value.startswith("sha256:") else value
    return Text(shown, shown) if shown else Text("（有）", "(present)")


def _titles(place: Workplace) -> dict[str, Text]:
    scope: Scope = place.scope
    found = {f"source/{source.id}": source.name for source in scope.sources}
    found |= {f"system/{system.id}": system.name for system in scope.systems}
    found |= {f"object/{object_.id}": object_.name for object_ in scope.objects}
    found |= {f"threshold/{limit.id}": limit.title for limit in limits_of(place).values()}
    return found | {f"catalogue/{id_}": held.title for id_, held in frameworks().items()}


def _loaded(place: Workplace, history: History) -> Iterator[ChangeLine]:
    """The files that people loaded in the period: sheets of attestations, waivers."""
    with place.database.read() as connection:
        files = attestations.files(connection)
    for file in files:
        day = file.loaded_at.astimezone(place.zone).date()
        if history.period.first <= day <= history.last:
            name = f"{file.kind}: {file.name}"
            digest = short_digest(file.digest, 12)
            yield ChangeLine(day, "file", Text(name, name), NOTHING, Text(digest, digest))
