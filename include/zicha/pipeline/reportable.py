"""Findings and open questions that need a person's word: report, or not, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zicha.catalog.conditions import load_facts
from zicha.catalog.duties import NOT_ADVICE, load_duties
from zicha.catalog.reportable import Line, Lines, load_reportable
from zicha.catalog.scope import Scope
from zicha.duties.binding import explain
from zicha.duties.time import ZONE
from zicha.model.errors import ConfigError
from zicha.model.finding import Finding, State
from zicha.pipeline.duties import moment, said
from zicha.pipeline.incidents import standing, start_clocks
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings, ledger, ledgered
from zicha.storage import incidents as stored


def reportable(place: Workplace) -> list[dict[str, Any]]:
    """Open findings beyond a line that nobody has decided about, the longest waiting first."""
    lines, now = load_reportable(), place.clock()
    with place.database.read() as connection:
        open_ = findings.listed(connection, State.OPEN)
        decided = {(r["subject"], r["duty"]): r for r in stored.decisions(connection)}
    rows = []
    for finding in open_:
        for line in _crossed(lines, finding, place.scope):
            before = decided.get((finding.id, line.duty))
            # A finding that was closed and opened again is another matter.
            if before is not None and before["at"] >= finding.opened_at:
                continue
            decide_by = finding.opened_at + lines.within
            rows.append(
                {
                    "finding": finding.id,
                    "severity": finding.severity.value,
                    "subject": finding.subject_id,
                    "duty": line.duty,
                    "because": said(line.because),
                    "opened": moment(finding.opened_at.astimezone(ZONE)),
                    "decide_by": moment(decide_by.astimezone(ZONE)),
                    "overdue": decide_by < now,
                    "sources": list(line.sources),
                    "grade": line.grade,
                    "note": said(NOT_ADVICE),
                }
            )
    return sorted(rows, key=lambda row: (row["opened"], row["finding"], row["duty"]))


def decide(
    place: Workplace, subject: str, reports: bool, because: str, actor: str
) -> list[dict[str, Any]]:
    """Record a decision about a finding, or about a duty of an incident (`INCIDENT/DUTY`)."""
    if not because.strip():
        raise ConfigError(f"{subject}: say why with --because")
    incident, _, duty = subject.partition("/")
    duties = _questioned(place, incident, duty) if duty else _lines_of(place, subject)
    since = None if duty else _opened(place, subject)
    now = place.clock()
    with place.database.write() as connection:
        said_before = stored.decisions(connection, subject)
        last = {row["duty"]: row for row in said_before if row["subject"] == subject}
        rows = []
        for id_ in duties:
            row = {"subject": subject, "duty": id_, "reports": reports, "because": because}
            before = last.get(id_)
            rows.append(row | {"actor": actor})
            stands = before is not None and (since is None or before["at"] >= since)
            if before is not None and stands and row.items() <= before.items():
                continue
            row = stored.add_decision(connection, **row, at=now, actor=actor)
            by = ledger.person_id(connection, actor)
            ledger.append(connection, [ledgered.said_by(ledgered.of_decision(row), by)], now)
        if duty:
            start_clocks(place, connection, incident, actor)
    return rows


def _lines_of(place: Workplace, id_: str) -> list[str]:
    with place.database.read() as connection:
        finding = findings.get(connection, id_)
    crossed = [line.duty for line in _crossed(load_reportable(), finding, place.scope)]
    if not crossed:
        raise ConfigError(f"finding {id_} crosses no reportable line, or is closed: nothing to say")
    return crossed


def _opened(place: Workplace, id_: str) -> datetime:
    with place.database.read() as connection:
        return findings.get(connection, id_).opened_at


def _questioned(place: Workplace, incident: str, duty: str) -> list[str]:
    found = standing(place, incident)
    if found.incident.is_closed:
        raise ConfigError(f"incident {incident} is closed: reopen it first")
    rows = [row for row in found.rows if row.duty == duty]
    if not rows or any(row.level is None or not row.level.endswith("?") for row in rows):
        raise ConfigError(f"{incident} leaves nothing to decide about {duty!r}: see its grade")
    return [duty]


def _crossed(lines: Lines, finding: Finding, scope: Scope) -> list[Line]:
    duties, facts = load_duties(), load_facts()
    return [
        line
        for line in lines.lines
        if line.is_crossed_by(finding)
        and any(
            explain(duties[line.duty], scope, system.id, facts).binds != "no"
            for system in scope.systems
        )
    ]
