"""How each finding stands: its measurements, people's acts, the waivers and its level of risk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.risk_levels import Faulty, Graded, RiskTable, grade, load_risk_levels
from zicha.duties.working_days import is_settled
from zicha.findings.waivers import Borne, WaiverState, covering, of_acts, of_file
from zicha.model.finding import Finding
from zicha.model.finding_life import FindingAct, Life, live
from zicha.pipeline.workplace import Workplace
from zicha.storage import finding_acts


@dataclass(frozen=True, slots=True)
class Told:
    """A finding with all that is said of it today.

    Args:
        waivers: those in force that cover it.
        lapsed: those that covered it and have expired.
    """

    finding: Finding
    life: Life
    systems: tuple[str, ...]
    risk: Graded
    waivers: tuple[Borne, ...]
    lapsed: tuple[Borne, ...]


def day_here(place: Workplace) -> date:
    """Today, in the organisation's zone."""
    return date.fromisoformat(place.today())


def waivers_of(place: Workplace, connection: Connection) -> list[Borne]:
    """Every waiver, of the file and born here, as it stands today."""
    day = day_here(place)
    born = finding_acts.history(connection, finding_acts.WAIVER)
    return [*of_file(place.scope, day), *of_acts(born, day)]


def told(
    place: Workplace,
    listed: Iterable[Finding],
    systems: Mapping[str, Sequence[str]],
    tags: Mapping[str, Mapping[str, str]],
) -> list[Told]:
    """How these findings stand; `systems` and `tags` are by the finding's id."""
    with place.database.read() as connection:
        waivers = waivers_of(place, connection)
        acts = finding_acts.acts_of_findings(connection)
    return [
        _told(
            place,
            finding,
            systems[finding.id],
            tags.get(finding.id, {}),
            waivers=waivers,
            acts=acts,
        )
        for finding in listed
    ]


def _told(
    place: Workplace,
    finding: Finding,
    systems: Sequence[str],
    tags: Mapping[str, str],
    *,
    waivers: Sequence[Borne],
    acts: Mapping[str, Sequence[FindingAct]],
) -> Told:
    mine = covering(waivers, finding, systems)
    held = tuple(one for one in mine if one.is_in_force)
    day = day_here(place)
    life = live(finding, acts.get(finding.id, ()), day, is_waived=bool(held))
    lapsed = tuple(one for one in mine if one.state is WaiverState.EXPIRED and one.approver)
    return Told(finding, life, tuple(systems), risk_of(place, finding, systems, tags), held, lapsed)


def risk_of(
    place: Workplace, finding: Finding, systems: Sequence[str], tags: Mapping[str, str]
) -> Graded:
    """The level of risk, with its three reasons."""
    held = [system for system in place.scope.systems if system.id in systems]
    faulty = Faulty(
        expectation=f"{finding.suite}#{finding.expectation}",
        severity=finding.severity,
        controls=finding.controls,
        tags=tags,
        kinds={kind for system in held for kind in system.kinds},
        system_level=max((system.level for system in held), default=None),
    )
    return grade(_table(), faulty)


@cache
def _table() -> RiskTable:
    return load_risk_levels()


def life_fields(one: Told, today: date) -> dict[str, Any]:
    """What the outputs say of the life of a finding, beside its measurements."""
    life, treatment = one.life, one.life.treatment or {}
    review = treatment.get("review_on")
    return {
        "state": life.standing.value,
        "measured": life.measured.value,
        "risk": one.risk.level,
        "risk_because": [{"zh": why.zh, "en": why.en} for why in one.risk.because],
        "due": life.due,
        "due_provisional": life.due is not None and not is_settled(life.due),
        "overdue": one.finding.is_open and life.due is not None and life.due < today,
        "owner": life.owner or None,
        "waivers": [waiver_row(each) for each in one.waivers],
        "expired_waivers": [waiver_row(each) for each in one.lapsed],
        "false_positive": _claim_row(life),
        "refuted_at": life.refuted_at,
        "treatment": treatment.get("treatment"),
        "residual": treatment.get("residual"),
        "review_on": review,
        "review_overdue": bool(review) and one.finding.is_open and str(review) < str(today),
    }


def waiver_row(one: Borne) -> dict[str, Any]:
    """A waiver as the outputs show it."""
    return {
        "id": one.id,
        "state": one.state.value,
        "origin": one.origin,
        "finding": one.finding or None,
        "system": one.system or None,
        "suite": one.suite or None,
        "expectation": one.expectation or None,
        "source": one.source or None,
        "subject": one.subject,
        "because": {"zh": one.because.zh, "en": one.because.en},
        "requester": one.requester,
        "approver": one.approver or None,
        "expires": one.expires,
        "why_void": one.why_void or None,
    }


def _claim_row(life: Life) -> dict[str, Any] | None:
    if life.claim is None:
        return None
    return {
        "claimed_by": life.claim.actor,
        "because": life.claim.because,
        "until": life.claim.until,
        "reviewed_by": life.claim.reviewer or None,
        "expired": life.claim_expired,
    }
