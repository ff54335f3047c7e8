"""Findings that an act opened, closed by what is measured of its resource afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from zicha.findings.life import MEASURED_EXCLUSIONS, Measurement
from zicha.model.finding import Change, Finding, Listings, State, Transition
from zicha.model.outcome import Outcome
from zicha.model.verdict import Status


@dataclass(frozen=True, slots=True)
class Proof:
    """What must be measured of one resource; `gone` says whether its end shows as much."""

    suite: str
    expectations: tuple[str, ...]
    source: str
    account: str
    region: str
    subject: tuple[str, ...]
    gone: bool = False


def mended(
    known: Iterable[tuple[Finding, Sequence[Proof]]],
    outcomes: Iterable[Outcome],
    listings: Listings,
    measured: Measurement,
) -> list[Transition]:
    """The open findings whose proofs this run gives, all of them, measured after the act was told.

    The run that opened a finding never closes it: it is told first. Without a proof, and where one
    was not measured, failed or is unknown, nothing changes.
    """
    by_subject: dict[tuple[str, str, tuple[str, ...]], list[Outcome]] = {}
    for outcome in outcomes:
        by_subject.setdefault((outcome.suite, outcome.source, outcome.subject), []).append(outcome)
    steps = []
    for finding, proofs in known:
        if not finding.is_open or not proofs or finding.last_run == measured.run:
            continue
        shown = [
            _shown(proof, by_subject.get((proof.suite, proof.source, proof.subject), []), listings)
            for proof in proofs
        ]
        given = [one for one in shown if one is not None and one.at > finding.last_measured_at]
        if len(given) == len(proofs):
            steps.append(_closed(finding, max(given, key=lambda one: one.at), measured))
    return sorted(steps, key=lambda step: step.finding.id)


@dataclass(frozen=True, slots=True)
class _Shown:
    change: Change
    at: datetime
    observed: str
    evidence: str = ""


def _shown(proof: Proof, mine: Sequence[Outcome], listings: Listings) -> _Shown | None:
    wanted = {one.expectation: one for one in mine if one.expectation in proof.expectations}
    if not wanted and proof.gone:
        return _gone(proof, listings)
    moments = [one.measured_at for one in wanted.values() if one.measured_at is not None]
    passed = [one for one in wanted.values() if one.verdict.status is Status.PASS]
    neutral = [
        one
        for one in wanted.values()
        if one.verdict.status is Status.NOT_APPLICABLE
        and one.verdict.because in MEASURED_EXCLUSIONS
    ]
    settled = len(passed) + len(neutral) == len(moments) == len(proof.expectations)
    if not passed or not settled:
        return None
    named = ", ".join(f"{proof.suite}#{one}" for one in proof.expectations)
    return _Shown(Change.PASSED, min(moments), f"mended: {named}", passed[0].evidence_digest)


def _gone(proof: Proof, listings: Listings) -> _Shown | None:
    where = (proof.suite, proof.source, proof.account, proof.region, proof.subject)
    here = listings.complete(*where)
    moments = [one.listed_at for one in here if one.listed_at is not None]
    if not here or len(moments) < len(here) or any(proof.subject in one.subjects for one in here):
        return None
    return _Shown(Change.GONE, min(moments), f"gone: {proof.suite}")


def _closed(finding: Finding, shown: _Shown, measured: Measurement) -> Transition:
    state = State.CLOSED_PASSED if shown.change is Change.PASSED else State.CLOSED_GONE
    closed = replace(
        finding,
        state=state,
        closed_at=shown.at,
        last_measured_at=shown.at,
        last_run=measured.run,
        observed=shown.observed,
        evidence_digest=shown.evidence or finding.evidence_digest,
    )
    return Transition(shown.change, closed, measured.run, shown.at, finding.state)
