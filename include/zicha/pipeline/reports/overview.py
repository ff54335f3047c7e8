"""One look at the newest run: what the page, the summary and `zicha run` show."""

from __future__ import annotations

from typing import Any

from zicha.evaluation.coverage import cover
from zicha.pipeline.findings.change import changes_of
from zicha.pipeline.findings.lists import ESTIMATE, finding_rows, gap_rows, said
from zicha.pipeline.reports.reporting import report_rows
from zicha.pipeline.runs.covering import (
    framework,
    frameworks_of,
    known_of,
    lacks_framework,
    outcomes_of,
    standing_outcomes,
)
from zicha.pipeline.runs.judging import by_status, closed_run
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, runs


def overview(place: Workplace) -> dict[str, Any]:
    """The newest run with its gaps, findings, frameworks and reports; empty before the first."""
    with place.database.read() as connection:
        newest = runs.latest(connection)
        judged = runs.latest(connection, runs.JUDGED, runs.REPORTED)
    empty: dict[str, Any] = {
        "run": newest.id if newest else None,
        "day": newest.day if newest else None,
        "state": newest.state if newest else None,
        "demo": place.scope.demo,
        "organisation": said(place.scope.organisation.name),
        "note": said(ESTIMATE),
        "system_names": {system.id: said(system.name) for system in place.scope.systems},
        "outcomes": {},
        "gaps": gap_rows(place),
        "findings": finding_rows(place),
        "frameworks": [],
        "without_framework": without_framework(place),
        "cells": {},
        "reports": [],
    }
    if judged is None:
        return empty
    outcomes = outcomes_of(place, judged.id)
    known = known_of(place, standing_outcomes(place, judged), judged.started_at)
    frameworks: list[dict[str, Any]] = []
    cells: dict[str, dict[str, int]] = {}
    for system in place.scope.systems:
        for id_ in frameworks_of(system):
            covered = cover(framework(id_), system, known)
            frameworks.append(
                {
                    "id": id_,
                    "title": said(framework(id_).title),
                    "system": system.id,
                    "system_name": said(system.name),
                    "counts": {status.value: n for status, n in covered.counts().items()},
                    "rate": covered.rate.value if covered.rate else None,
                    "range": [covered.rate.lowest, covered.rate.highest] if covered.rate else None,
                    "conclusion": said(covered.conclusion.text),
                }
            )
            if id_ == frameworks_of(system)[0]:
                cells[system.id] = _cells(covered.items)
    return empty | {
        "judged_run": judged.id,
        "outcomes": by_status(outcomes),
        "frameworks": frameworks,
        "cells": cells,
        "reports": report_rows(place, judged.id),
    }


def summary(place: Workplace, day: str) -> dict[str, Any]:
    """What `zicha run` prints: the run, what was sealed, and how it came out."""
    run = closed_run(place, day)
    with place.database.read() as connection:
        sealed = evidence.of_run(connection, run.id)
        batches = runs.batches_of(connection, run.id)
        judged = bool(runs.kept(connection, run.id, "outcomes"))
    changed = changes_of(place, run.id)
    findings = finding_rows(place)
    return {
        "run": run.id,
        "day": run.day,
        "evidence": len(sealed),
        "rows": sum(entry.row_count for entry in sealed),
        "crashed": [batch.source for batch in batches if batch.state == runs.ERRORED],
        "gaps": gap_rows(place),
        "without_framework": without_framework(place),
        "outcomes": by_status(outcomes_of(place, run.id)) if judged else {},
        "findings": {
            "open": len(findings),
            "new": len(changed.new),
            "fixed": len(changed.fixed),
            "worse": len(changed.worse),
            "critical": sum(f["severity"] == "critical" for f in findings),
        },
        "reports": [entry["path"] for entry in report_rows(place, run.id)],
    }


def without_framework(place: Workplace) -> list[dict[str, Any]]:
    """The systems of a level whose items the catalogue does not hold, and what that means."""
    return [
        {"system": system.id, "level": system.level, "says": said(why)}
        for system in place.scope.systems
        if (why := lacks_framework(system)).zh
    ]


def _cells(items: Any) -> dict[str, int]:
    counted: dict[str, int] = {}
    for item in items:
        for cell in item.objects:
            counted[cell.status.value] = counted.get(cell.status.value, 0) + 1
    return counted
