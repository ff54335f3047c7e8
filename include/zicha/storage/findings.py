"""Findings as they stand, and the history that says how they came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from zicha.model.errors import ConfigError
from zicha.model.finding import Change, Finding, State, Transition
from zicha.model.verdict import Severity
from zicha.storage.schema import finding_events, findings
from zicha.storage.writing import put

_AT_ONCE = 500


def apply(connection: Connection, transitions: Iterable[Transition]) -> None:
    """Write how the findings stand now, and append what happened to them."""
    listed = list(transitions)
    put(connection, findings, [_row(transition.finding) for transition in listed])
    events = [_event(step) for step in listed if step.change is not Change.MEASURED]
    if events:
        connection.execute(finding_events.insert(), events)


def of_suites(connection: Connection, suites: Iterable[str]) -> list[Finding]:
    """Every finding of these suites, open or closed."""
    said = select(findings).where(findings.c.suite.in_(sorted(set(suites))))
    found = connection.execute(said.order_by(findings.c.id))
    return [_finding(row) for row in found.mappings()]


def listed(connection: Connection, *states: State) -> list[Finding]:
    """Every finding, or those in one of these states, oldest first."""
    said = select(findings).order_by(findings.c.first_opened_at, findings.c.id)
    if states:
        said = said.where(findings.c.state.in_([state.value for state in states]))
    return [_finding(row) for row in connection.execute(said).mappings()]


def get(connection: Connection, id_: str) -> Finding:
    """The finding of this id."""
    said = select(findings).where(findings.c.id == id_)
    found = connection.execute(said).mappings().one_or_none()
    if found is None:
        raise ConfigError(f"no finding has the id {id_}: choose one of `zicha findings`")
    return _finding(found)


def of_ids(connection: Connection, ids: Iterable[str]) -> dict[str, Finding]:
    """The findings of these ids, by id; a few hundred a question, as databases take them."""
    ordered = sorted(set(ids))
    found: dict[str, Finding] = {}
    for start in range(0, len(ordered), _AT_ONCE):
        said = select(findings).where(findings.c.id.in_(ordered[start : start + _AT_ONCE]))
        found |= {row["id"]: _finding(row) for row in connection.execute(said).mappings()}
    return found


def history(connection: Connection, *, finding: str = "", run: str = "") -> list[dict[str, Any]]:
    """What happened to a finding, or in a run, in order."""
    said = select(finding_events).order_by(finding_events.c.id)
    if finding:
        said = said.where(finding_events.c.finding == finding)
    if run:
        said = said.where(finding_events.c.run == run)
    return [dict(row) for row in connection.execute(said).mappings()]


def _row(finding: Finding) -> dict[str, Any]:
    return asdict(finding) | {
        "severity": finding.severity.value,
        "state": finding.state.value,
    }


def _event(step: Transition) -> dict[str, Any]:
    return {
        "finding": step.finding.id,
        "run": step.run,
        "change": step.change.value,
        "before": None if step.before is None else step.before.value,
        "after": step.finding.state.value,
        "severity": step.finding.severity.value,
        "at": step.at,
        "observed": step.finding.observed,
        "evidence_digest": step.finding.evidence_digest,
        "owner": step.finding.owner,
        "due": step.finding.due,
    }


def _finding(row: RowMapping) -> Finding:
    typed = {
        "subject": tuple(row["subject"]),
        "controls": tuple(row["controls"]),
        "severity": Severity(row["severity"]),
        "state": State(row["state"]),
    }
    return Finding(**{**row, **typed})
