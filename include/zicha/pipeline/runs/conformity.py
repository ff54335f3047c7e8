"""What a run made of each system, kept as it was judged: by the scope and catalogue of that day.

Counts and ids of catalogue lists only, so that it can be kept when the evidence is deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from zicha.catalog.scope_entities import System
from zicha.custody.canonical import canonical
from zicha.evaluation.coverage import Known, cover
from zicha.model.coverage import Conformity, Risk
from zicha.model.errors import EvidenceError
from zicha.model.outcome import Outcome
from zicha.model.verdict import Status
from zicha.pipeline.runs.covering import framework, frameworks_of, known_of, with_earlier
from zicha.pipeline.workplace import Workplace
from zicha.storage import runs

KIND = "conformity"
YEAR = timedelta(days=366)
"""How far back a case or a trigger was met to count as set right: one yearly round."""


@dataclass(frozen=True, slots=True)
class Held:
    """One system against one framework: how many items stand how, and what they point at.

    Args:
        items: how many items stand in each status.
        met: the high-risk cases and the hazard triggers that were met, by list.
    """

    items: Mapping[str, int]
    met: Mapping[str, Sequence[str]]

    @property
    def conforming(self) -> float | None:
        """The items that conform, in percent of those that apply."""
        asked = sum(self.items.values()) - self.items.get(Conformity.NOT_APPLICABLE.value, 0)
        return percent(self.items.get(Conformity.CONFORMING.value, 0), asked)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run made of every system.

    Args:
        outcomes: how many stand in each status: of all, under the empty name, and by system.
        systems: by system and framework; the first framework is that of its level, if any.
    """

    outcomes: Mapping[str, Mapping[str, int]]
    systems: Mapping[str, Mapping[str, Held]]

    def undetermined(self, system: str = "") -> float | None:
        """The share of outcomes that are unknown, in percent of those that apply."""
        said = self.outcomes.get(system, {})
        applicable = sum(said.values()) - said.get(Status.NOT_APPLICABLE.value, 0)
        return percent(said.get(Status.UNKNOWN.value, 0), applicable)

    def conforming(self, system: str = "") -> float | None:
        """The share of items that conform, over the first framework of each system."""
        first = [
            next(iter(held.values())).items
            for id_, held in self.systems.items()
            if system in {"", id_} and held
        ]
        summed = {s.value: sum(items.get(s.value, 0) for items in first) for s in Conformity}
        return Held(summed, {}).conforming


def conformity_of(place: Workplace, run: runs.Run, outcomes: Sequence[Outcome]) -> Kept:
    """What these outcomes of a run make of each system, by scope and catalogue as they are now."""
    standing = with_earlier(place, run, outcomes)
    known = known_of(place, standing, run.started_at)
    by_system = {s.id: _of_system(place, known, s) for s in place.scope.systems}
    return Kept(
        {"": _counted(standing)} | {id_: _counted(found) for id_, found in by_system.items()},
        {
            s.id: {id_: _held(id_, s, known) for id_ in frameworks_of(s)}
            for s in place.scope.systems
        },
    )


def written(found: Kept) -> bytes:
    """As it is sealed; the same standing gives the same bytes, whatever the run."""
    systems = {
        system: [
            {"framework": id_, "items": dict(held.items), "met": dict(held.met)}
            for id_, held in frameworks.items()
        ]
        for system, frameworks in found.systems.items()
    }
    return canonical({"outcomes": found.outcomes, "systems": systems})


def kept_conformity(place: Workplace, run: str) -> Kept | None:
    """What a run kept; None where it kept nothing, as earlier versions did, or it is damaged."""
    with place.database.read() as connection:
        sealed = next(iter(runs.kept(connection, run, KIND).values()), None)
    return None if sealed is None else _read(place, sealed.digest)


def met_before(
    place: Workplace, run: runs.Run, system: str, framework_id: str
) -> dict[str, set[str]]:
    """The cases and triggers that a run of the year before this one met, by list."""
    since = run.started_at - YEAR
    with place.database.read() as connection:
        earlier = [
            each.id
            for each in runs.inspections(connection)
            if since <= each.started_at < run.started_at
        ]
        digests = {s.digest for id_ in earlier for s in runs.kept(connection, id_, KIND).values()}
    found: dict[str, set[str]] = {}
    for digest in sorted(digests):
        told = _read(place, digest)
        held = told.systems.get(system, {}).get(framework_id) if told else None
        for name, ids in (held.met if held else {}).items():
            found.setdefault(name, set()).update(ids)
    return found


def percent(part: int, whole: int) -> float | None:
    """A share in percent; None where there is nothing to share."""
    return round(100 * part / whole, 1) if whole else None


def _read(place: Workplace, digest: str) -> Kept | None:
    try:
        said: dict[str, Any] = json.loads(place.store.get(digest))
    except EvidenceError:
        return None  # `zicha verify` names it: here nothing is known of it
    return Kept(
        said["outcomes"],
        {
            system: {one["framework"]: Held(one["items"], one["met"]) for one in held}
            for system, held in said["systems"].items()
        },
    )


def _held(framework_id: str, system: System, known: Known) -> Held:
    covered = cover(framework(framework_id), system, known)
    counts = {status.value: n for status, n in covered.counts().items()}
    return Held(counts, {"high-risk": _met(covered.high_risk), "hazard": _met(covered.hazards)})


def _met(risks: Iterable[Risk]) -> list[str]:
    return sorted({risk.id for risk in risks if not risk.is_open})


def _of_system(place: Workplace, known: Known, system: System) -> list[Outcome]:
    mine = {object_.id for object_ in place.scope.objects_in(system.id)}
    claimed = known.claims.of.items()
    return [o for (object_, _, _), found in claimed if object_ in mine for o in found]


def _counted(outcomes: Iterable[Outcome]) -> dict[str, int]:
    said = [outcome.verdict.status for outcome in outcomes]
    return {status.value: said.count(status) for status in Status}
