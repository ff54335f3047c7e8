"""Grading an incident that a file describes; it opens nothing and tells nobody by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zicha.catalog.conditions import load_facts, load_incident_facts
from zicha.catalog.duties import NOT_ADVICE, load_duties, load_forms
from zicha.catalog.incident_scales import load_routes, load_scales
from zicha.catalog.regulators import load_regulators
from zicha.catalog.scope import Scope
from zicha.duties.working_days import chinese_working_days
from zicha.incidents.facts import load_incident
from zicha.incidents.telling import Desk, Told
from zicha.pipeline.duties import moment, said, targets


def desk(scope: Scope | None) -> Desk:
    """The desk over the catalogue, and over the scope when there is one."""
    return Desk(
        duties=load_duties(),
        routes=load_routes(),
        scales=load_scales(),
        regulators=load_regulators(),
        forms=load_forms(),
        duty_facts=load_facts(),
        incident_facts=load_incident_facts(),
        days=chinese_working_days(),
        scope=scope,
        targets=targets(scope) if scope is not None else {},
    )


def grade_file(scope: Scope, path: Path) -> list[dict[str, Any]]:
    """Whom the incident must be reported to, by when, with what, and what is still open."""
    return [_row(row) for row in desk(scope).tell(load_incident(path))]


def _row(row: Told) -> dict[str, Any]:
    return {
        "authority": row.authority,
        "office": said(row.office),
        "duty": row.duty,
        "also": list(row.also),
        "level": row.level,
        "due": moment(row.due),
        "at_once": row.at_once,
        "plan_by": moment(row.plan_by),
        "disputed": row.disputed,
        "clock_from": moment(row.clock_from),
        "rule": said(row.rule),
        "fields": list(row.fields),
        "later": list(row.later),
        "missing": list(row.missing),
        "judgement": [said(text) for text in row.judgement],
        "source": row.source,
        "grade": row.grade,
        "note": said(NOT_ADVICE),
    }
