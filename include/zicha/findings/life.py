"""The life of a finding: opened by a failure, closed by a measurement, never by silence."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from zicha.custody.canonical import canonical_digest
from zicha.findings.counting import Counting, calendar_days
from zicha.model.finding import Change, Finding, Listings, State, Transition
from zicha.model.outcome import Outcome
from zicha.model.verdict import Severity, Status

MEASURED_EXCLUSIONS = frozenset(("only-if", "nothing-listed"))
"""The reasons of `not-applicable` that rest on a value that was read."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """The run that measured.

    Args:
        run: its id; a later run's id sorts after an earlier one's.
        day: its evidence day.
        as_of: the moment that dates an outcome without one of its own.
        entity: the organisation that answers for what was measured.
        terms: days until a finding of this severity must be rectified.
        owners: who answers for a source.
        after: the day so many days after another; calendar days unless the caller counts otherwise.
        formerly: the earlier names of an expectation (`suite#expectation`), by its present one.
    """

    run: str
    day: date
    as_of: datetime
    entity: str
    terms: Mapping[Severity, int]
    owners: Mapping[str, str]
    formerly: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    after: Counting = calendar_days


def finding_id(
    entity: str, account: str, subject: tuple[str, ...], expectation: str, sub_key: str = ""
) -> str:
    """The permanent id of a finding; `expectation` is `suite#expectation`."""
    digest = canonical_digest([entity, account, subject, expectation, sub_key])
    return "f-" + digest.removeprefix("sha256:")[:12]


def id_of(outcome: Outcome, measured: Measurement, known: Container[str] = ()) -> str:
    """The id of the finding that this outcome speaks of; a known one keeps its earlier name."""
    account = outcome.account or outcome.source
    name = f"{outcome.suite}#{outcome.expectation}"
    ids = [
        finding_id(measured.entity, account, outcome.subject, each)
        for each in (name, *measured.formerly.get(name, ()))
    ]
    return next((id_ for id_ in ids if id_ in known), ids[0])


def advance(
    known: Iterable[Finding],
    outcomes: Iterable[Outcome],
    listings: Listings,
    measured: Measurement,
) -> list[Transition]:
    """What this run changes: one transition per finding it changes, in a fixed order.

    `known` are the findings of the suites that were judged, open and closed. A listing that is not
    complete, and a place that was not listed, close nothing; `unknown` changes nothing at all.
    """
    present = {old: name for name, former in measured.formerly.items() for old in former}
    standing = {finding.id: _renamed(finding, present) for finding in known}
    judged = {id_of(outcome, measured, standing): outcome for outcome in outcomes}
    steps = [
        *_judged(standing, judged, listings, measured),
        *_gone(standing, judged, listings, measured),
    ]
    return sorted(steps, key=lambda step: step.finding.id)


def _renamed(finding: Finding, present: Mapping[str, str]) -> Finding:
    name = present.get(f"{finding.suite}#{finding.expectation}")
    if name is None:
        return finding
    suite, _, expectation = name.partition("#")
    return replace(finding, suite=suite, expectation=expectation)


def _judged(
    standing: Mapping[str, Finding],
    judged: Mapping[str, Outcome],
    listings: Listings,
    measured: Measurement,
) -> Iterator[Transition]:
    for id_, outcome in judged.items():
        before = standing.get(id_)
        at = outcome.measured_at or measured.as_of
        if before is not None and (before.last_measured_at, before.last_run) > (at, measured.run):
            continue
        step: Transition | None = None
        if outcome.verdict.status is Status.FAIL:
            step = _failed(id_, outcome, before, measured)
        elif outcome.verdict.status is Status.PASS and before is not None:
            step = _passed(before, outcome, measured)
        elif outcome.verdict.status is Status.NOT_APPLICABLE and before is not None:
            step = _excluded(before, outcome, listings, measured)
        # A transition that changes nothing is none: the same run again is silent.
        if step is not None and step.finding != before:
            yield step


def _failed(
    id_: str, outcome: Outcome, before: Finding | None, measured: Measurement
) -> Transition:
    at = outcome.measured_at or measured.as_of
    if before is None:
        return _step(Change.OPENED, _opened(id_, outcome, measured), measured, at, None)
    seen = replace(
        before,
        source=outcome.source,
        region=outcome.region,
        severity=outcome.severity,
        controls=outcome.controls,
        observed=outcome.observed,
        evidence_digest=outcome.evidence_digest,
        owner=measured.owners.get(outcome.source, before.owner),
        last_measured_at=at,
        last_run=measured.run,
    )
    if not before.is_open:
        again = replace(
            seen,
            state=State.OPEN,
            opened_at=at,
            closed_at=None,
            run=measured.run,
            due=_due(outcome.severity, measured),
            times_opened=before.times_opened + 1,
        )
        return _step(Change.REOPENED, again, measured, at, before.state)
    if before.severity is not outcome.severity:
        # The term runs from the opening, whatever the severity has become.
        shorter = _earliest(before.due, _due(outcome.severity, measured))
        return _step(Change.SEVERITY, replace(seen, due=shorter), measured, at, before.state)
    if before.owner != seen.owner:
        return _step(Change.OWNER, seen, measured, at, before.state)
    return _step(Change.MEASURED, seen, measured, at, before.state)


def _passed(before: Finding, outcome: Outcome, measured: Measurement) -> Transition:
    at = outcome.measured_at or measured.as_of
    seen = replace(before, last_measured_at=at, last_run=measured.run)
    if not before.is_open:
        return _step(Change.MEASURED, seen, measured, at, before.state)
    closed = replace(
        seen,
        state=State.CLOSED_PASSED,
        closed_at=at,
        observed=outcome.observed,
        evidence_digest=outcome.evidence_digest,
    )
    return _step(Change.PASSED, closed, measured, at, before.state)


def _excluded(
    before: Finding, outcome: Outcome, listings: Listings, measured: Measurement
) -> Transition | None:
    """The suite no longer speaks of the subject: what its condition reads was measured anew.

    A value that is merely absent (`null`) is no such measurement.
    """
    if not before.is_open or outcome.verdict.because not in MEASURED_EXCLUSIONS:
        return None
    here = (before.suite, before.source, before.account, before.region)
    if not listings.complete(*here, before.subject):
        return None
    return _closed_gone(before, outcome.measured_at or measured.as_of, measured)


def _gone(
    standing: Mapping[str, Finding],
    judged: Mapping[str, Outcome],
    listings: Listings,
    measured: Measurement,
) -> Iterator[Transition]:
    for finding in standing.values():
        if not finding.is_open or finding.id in judged or finding.entity != measured.entity:
            continue
        moments = [one.listed_at or measured.as_of for one in listings.lacking(finding)]
        # Every place that could hold it must have been listed after it was last seen.
        at = min(moments, default=None)
        if at is not None and (at, measured.run) > (finding.last_measured_at, finding.last_run):
            yield _closed_gone(finding, at, measured)


def _closed_gone(finding: Finding, at: datetime, measured: Measurement) -> Transition:
    closed = replace(
        finding,
        state=State.CLOSED_GONE,
        closed_at=at,
        last_measured_at=at,
        last_run=measured.run,
    )
    return _step(Change.GONE, closed, measured, at, finding.state)


def _opened(id_: str, outcome: Outcome, measured: Measurement) -> Finding:
    at = outcome.measured_at or measured.as_of
    return Finding(
        id=id_,
        entity=measured.entity,
        suite=outcome.suite,
        expectation=outcome.expectation,
        subject=outcome.subject,
        source=outcome.source,
        account=outcome.account,
        region=outcome.region,
        subject_type=outcome.subject_type,
        severity=outcome.severity,
        state=State.OPEN,
        run=measured.run,
        opened_at=at,
        first_opened_at=at,
        last_measured_at=at,
        last_run=measured.run,
        due=_due(outcome.severity, measured),
        controls=outcome.controls,
        observed=outcome.observed,
        evidence_digest=outcome.evidence_digest,
        owner=measured.owners.get(outcome.source, ""),
    )


def _step(
    change: Change, finding: Finding, measured: Measurement, at: datetime, before: State | None
) -> Transition:
    return Transition(change, finding, measured.run, at, before)


def _due(severity: Severity, measured: Measurement) -> date | None:
    days = measured.terms.get(severity)
    return None if days is None else measured.after(measured.day, days)


def _earliest(*dates: date | None) -> date | None:
    return min((one for one in dates if one is not None), default=None)
