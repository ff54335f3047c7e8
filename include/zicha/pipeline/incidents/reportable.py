"""Findings and open questions that need a person's word: report, or not, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.conditions import load_facts
from zicha.catalog.duties import NOT_ADVICE, Duty, load_duties
from zicha.catalog.reportable import Line, Lines, load_reportable
from zicha.catalog.roles import load_roles
from zicha.catalog.scope import Scope
from zicha.duties.binding import explain
from zicha.duties.obligations import CLOCK, advance
from zicha.duties.time import ZONE
from zicha.model.errors import ConfigError
from zicha.model.finding import Finding, State
from zicha.model.obligation import Act, ObligationStep, obligation_id
from zicha.pipeline.duties.obligations import planner
from zicha.pipeline.duties.showing import moment, said
from zicha.pipeline.findings.lists import systems_of_findings
from zicha.pipeline.incidents.use_cases import standing, start_clocks
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings, ledger, ledgered, obligations
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
        if reports and not duty:
            _start(place, connection, subject, duties)
        if duty:
            start_clocks(place, connection, incident, actor)
    return [row | {"verified": load_roles().verifies(actor)} for row in rows]


def _start(place: Workplace, connection: Connection, id_: str, duties: list[str]) -> None:
    """What was decided to be reported is owed from now on, once per opening of the finding."""
    finding, planning, now = findings.get(connection, id_), planner(place.scope), place.clock()
    of_finding = systems_of_findings(place, [finding])[id_]
    known = {each.id for each in obligations.listed(connection)}
    for duty in (planning.duties[each] for each in duties):
        system = next(iter(_bound(place.scope, duty, of_finding)))
        of = system if duty.owed_per == "system" else place.scope.system(system).entity
        cycle = f"{id_}/{finding.times_opened}"
        owed = planning.event(duty, of, system, now)
        owed = replace(owed, id=obligation_id(duty.id, of, cycle), cycle=cycle)
        if owed.id not in known:
            planned = ObligationStep(owed, Act.PLAN, None, now, CLOCK)
            steps = [planned, *advance([owed], now, planning.table)]
            obligations.apply(connection, steps)


def _bound(scope: Scope, duty: Duty, preferred: Sequence[str]) -> list[str]:
    """The systems that the duty may bind, those of the finding first."""
    facts = load_facts()
    bound = [s.id for s in scope.systems if explain(duty, scope, s.id, facts).binds != "no"]
    return sorted(bound, key=lambda id_: id_ not in preferred)


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
    crossed = [line for line in lines.lines if line.is_crossed_by(finding)]
    # Most findings cross none; reading every duty for each of thousands took minutes.
    duties = load_duties() if crossed else {}
    return [line for line in crossed if _bound(scope, duties[line.duty], ())]
