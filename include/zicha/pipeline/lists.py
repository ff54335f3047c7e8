"""Lists for people and scripts: what `commands.md` calls the machine-read outputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from zicha.catalog.frameworks import Framework
from zicha.model.coverage import Coverage
from zicha.model.finding import Finding, State
from zicha.model.outcome import Outcome
from zicha.model.text import Text
from zicha.model.verdict import Severity
from zicha.pipeline.covering import judged_run, outcomes_of
from zicha.pipeline.rules import rules
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings, gaps, runs
from zicha.storage import outcomes as outcome_store

ESTIMATE = Text("自查预估，非等级测评结论", "self-estimate, not an assessment conclusion")
RISKS = {Severity.CRITICAL: "high", Severity.WARNING: "medium", Severity.INFO: "low"}


def said(text: Text) -> dict[str, str]:
    """A text as the outputs write it."""
    return asdict(text)


def systems(place: Workplace) -> list[dict[str, Any]]:
    """The graded systems that the scope declares."""
    return [
        {
            "id": system.id,
            "name": said(system.name),
            "entity": system.entity,
            "level": system.level,
            "kinds": list(system.kinds),
            "objects": [
                {"id": o.id, "type": o.type, "name": said(o.name)}
                for o in place.scope.objects_in(system.id)
            ],
        }
        for system in place.scope.systems
    ]


def sources(place: Workplace) -> list[dict[str, Any]]:
    """The sources that the scope declares."""
    return [
        source.model_dump(mode="json", exclude={"external_id"}, exclude_defaults=False)
        | {"name": said(source.name)}
        for source in place.scope.sources
    ]


def outcome_rows(
    place: Workplace, *, run: str = "", status: str = "", suite: str = "", latest: bool = False
) -> list[dict[str, Any]]:
    """Per expectation and subject: of one run, or with `latest` the newest known of each."""
    with place.database.read() as connection:
        standing = outcome_store.standing(connection, status=status, suite=suite)
    since = {
        (s.outcome.suite, s.outcome.expectation, s.outcome.source, s.outcome.subject): s
        for s in standing
    }
    if latest:
        runs_of = {s.run: s for s in standing}
        days = {id_: _day(place, id_) for id_ in runs_of}
        return [_outcome(s.outcome, s.run, days[s.run], s.standing_since) for s in standing]
    judged = judged_run(place, run)
    rows = []
    for outcome in outcomes_of(place, judged.id):
        if status and outcome.verdict.status.value != status:
            continue
        if suite and outcome.suite != suite:
            continue
        key = (outcome.suite, outcome.expectation, outcome.source, outcome.subject)
        stands = since.get(key)
        moment = stands.standing_since if stands and stands.run == judged.id else None
        rows.append(_outcome(outcome, judged.id, judged.day, moment or outcome.measured_at))
    return rows


def finding_rows(place: Workplace, *, every: bool = False) -> list[dict[str, Any]]:
    """The open findings, or all of them."""
    with place.database.read() as connection:
        listed = findings.listed(connection, *([] if every else [State.OPEN]))
        newest = runs.latest(connection, runs.JUDGED, runs.REPORTED)
    run = newest.id if newest else ""
    return [finding_row(place, finding, run) for finding in worst_first(listed)]


def worst_first(listed: Iterable[Finding]) -> list[Finding]:
    """By severity, then by age."""
    order = {severity: n for n, severity in enumerate(Severity)}
    return sorted(listed, key=lambda f: (order[f.severity], f.first_opened_at, f.id))


def finding_row(place: Workplace, finding: Finding, run: str) -> dict[str, Any]:
    """One finding as the outputs show it."""
    expectation = rules().expectation(finding.suite, finding.expectation)
    unmeasured = finding.unmeasured_since(run)
    return {
        "id": finding.id,
        "state": finding.state.value,
        "severity": finding.severity.value,
        "risk": RISKS[finding.severity],
        "subject": finding.subject_id,
        "subject_type": finding.subject_type,
        "source": finding.source,
        "expectation": f"{finding.suite}#{finding.expectation}",
        "because": said(expectation.because) if expectation else None,
        "remedy": said(expectation.remedy) if expectation else None,
        "observed": finding.observed,
        "systems": systems_of(place, finding),
        "opened": finding.opened_at,
        "due": finding.due,
        "owner": finding.owner or None,
        "not_remeasured_since": unmeasured,
        "evidence_digest": finding.evidence_digest,
    }


def systems_of(place: Workplace, measured: Finding | Outcome) -> list[str]:
    """The systems whose objects the subject belongs to."""
    tagged = measured if isinstance(measured, Outcome) else _as_outcome(measured)
    return sorted({s for o in place.scope.objects_of(tagged) for s in o.systems})


def gap_rows(place: Workplace) -> list[dict[str, Any]]:
    """What could not be read, oldest first."""
    with place.database.read() as connection:
        standing = gaps.standing(connection)
    as_of = place.clock()
    return [
        {
            "source": gap.source,
            "reason": gap.reason.value,
            "permission": gap.permission or None,
            "since": gap.since,
            "remedy": gap.remedy,
            "affects": gap.affects,
            "owner": gap.owner or None,
            "escalated": gap.escalates(as_of),
        }
        for gap in standing
    ]


def coverage_document(framework: Framework, found: Coverage) -> dict[str, Any]:
    """`zicha coverage`: every item, how it is proved, how it stands."""
    in_force = rules()
    by_control: dict[str, list[str]] = {}
    for suite in in_force.suites.values():
        for expectation in suite.expectations:
            for control in expectation.controls:
                by_control.setdefault(control, []).append(f"{suite.id}#{expectation.id}")
    covered = {item.id: item for item in found.items}
    return {
        "framework": framework.id,
        "system": found.system,
        "note": said(
            Text("自查预估，非等级测评结论", "self-estimate, not an assessment conclusion")
        ),
        "rate": asdict(found.rate) if found.rate else None,
        "conclusion": said(found.conclusion.text),
        "counts": {status.value: n for status, n in found.counts().items()},
        "items": [
            {
                "id": item.id,
                "ref": item.ref,
                "says": said(item.says),
                "controls": [link.id for link in item.controls],
                "expectations": [
                    {"id": expectation, "proves": link.proves}
                    for link in item.controls
                    for expectation in by_control.get(link.id, [])
                ],
                "attestations": [
                    {"kind": link.kind, "proves": link.proves} for link in item.attestations
                ],
                "status": covered[item.id].status.value,
                "reason": said(covered[item.id].reason),
                "objects": [
                    {"id": cell.id, "status": cell.status.value, "reason": said(cell.reason)}
                    for cell in covered[item.id].objects
                ],
                "since": covered[item.id].since,
            }
            for item in framework.items
        ],
    }


def _day(place: Workplace, run: str) -> str:
    with place.database.read() as connection:
        return runs.get(connection, run).day


def _as_outcome(finding: Finding) -> Outcome:
    from zicha.model.verdict import FAIL

    return Outcome(
        finding.expectation,
        finding.subject,
        FAIL,
        finding.suite,
        finding.source,
        finding.account,
        finding.region,
        finding.subject_type,
    )


def _outcome(outcome: Outcome, run: str, day: str, since: object) -> dict[str, Any]:
    return {
        "run": run,
        "day": day,
        "measured_at": outcome.measured_at,
        "standing_since": since,
        "source": outcome.source,
        "account": outcome.account,
        "region": outcome.region,
        "subject_type": outcome.subject_type,
        "subject_id": outcome.subject_id,
        "suite": outcome.suite,
        "expectation": outcome.expectation,
        "controls": list(outcome.controls),
        "severity": outcome.severity.value,
        "status": outcome.verdict.status.value,
        "reason": outcome.verdict.because,
        "evidence_digest": outcome.evidence_digest,
        "observed": outcome.observed,
        "remedy": outcome.remedy,
    }
