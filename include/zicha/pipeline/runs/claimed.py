"""Which objects, and so which systems, a resource, a finding or a source belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from zicha.catalog.owners import one_name
from zicha.catalog.scope import Scope
from zicha.catalog.scope_answers import Attestation
from zicha.evaluation.coverage import Known
from zicha.model.finding import Finding
from zicha.model.text import Text


def objects_of_finding(known: Known, finding: Finding) -> set[str]:
    """The ids of the objects whose outcomes this finding is one of."""
    return {
        object_
        for (object_, suite, expectation), outcomes in known.claims.of.items()
        if (suite, expectation) == (finding.suite, finding.expectation)
        and any((o.source, o.subject) == (finding.source, finding.subject) for o in outcomes)
    }


def systems_of_finding(known: Known, finding: Finding) -> set[str]:
    """The ids of the systems that those objects belong to."""
    mine = objects_of_finding(known, finding)
    return {s for object_ in known.scope.objects if object_.id in mine for s in object_.systems}


def resources_by_object(known: Known) -> dict[str, int]:
    """How many resources each object claims."""
    subjects: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for (object_, suite, _), outcomes in known.claims.of.items():
        subjects[object_] |= {(suite, o.source, *o.subject) for o in outcomes}
    return {object_: len(found) for object_, found in subjects.items()}


def claimed_sources(scope: Scope, system: str) -> set[str]:
    """The sources that the objects of a system draw on, and the registers that speak for it."""
    drawn = {
        source
        for object_ in scope.objects_in(system)
        for selector in object_.selects
        for source in (
            scope.groups.get(selector.group, ()) if selector.group else (selector.source or "",)
        )
    }
    return drawn | {id_ for id_, held in scope.registered.items() if _speaks(held, system)}


def owners_of_sources(scope: Scope) -> dict[str, str]:
    """Who sets right what is found at a source: the owners of the systems that draw on it."""
    owners: dict[str, list[Text | None]] = defaultdict(list)
    for system in scope.systems:
        for source in claimed_sources(scope, system.id):
            owners[source].append(system.owner)
    return {source: name for source, mine in owners.items() if (name := one_name(mine))}


def _speaks(held: Iterable[Attestation], system: str) -> bool:
    return any(said.system == system for said in held)
