"""What the papers of inspections and orders are built from: the scope, the basis, the root."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from zicha.catalog.duties import Duty, load_duties
from zicha.pipeline.custody.sealing import root_of
from zicha.pipeline.received import entity_of, systems_of
from zicha.pipeline.runs.covering import framework, frameworks_of
from zicha.pipeline.workplace import Workplace
from zicha.reports.documents.basis import basis_of
from zicha.reports.documents.facts import DocumentFacts


def document_facts(
    place: Workplace,
    of: str,
    duty: str | None,
    *,
    due: datetime | None = None,
    inspection: Mapping[str, Any] | None = None,
    order: Mapping[str, Any] | None = None,
) -> DocumentFacts:
    """The facts of one paper about a system or an entity, under the duty that it rests on."""
    scope = place.scope
    named: Duty | None = load_duties().get(duty) if duty else None
    entity = scope.entity(entity_of(scope, of))
    held = sorted({f for s in systems_of(scope, of) for f in frameworks_of(scope.system(s))})
    root = root_of(place)
    return DocumentFacts(
        scope=scope,
        of=of,
        now=place.clock().astimezone(place.zone),
        duty=named,
        basis=(basis_of(named, entity.province, entity.city, due),) if named else (),
        inspection=inspection,
        order=order,
        tool_version=place.version,
        catalogue_version=", ".join(f"{id_} {framework(id_).version}" for id_ in held),
        ledger_root=root["short"] if root else "",
    )
