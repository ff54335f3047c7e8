"""A finding planted in a workplace, opened and mended as measurements do it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from zicha.model.finding import Change, Finding, State, Transition
from zicha.model.verdict import Severity
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings, ledger, ledgered, runs

RUN = "2026-11-20-001"


def plant(place: Workplace, at: datetime, id_: str = "f-1", source: str = "demo-aws") -> Finding:
    """Open a finding about a public bucket."""
    with place.database.write() as connection:
        runs.open_run(
            connection,
            run=RUN,
            day="2026-11-20",
            trigger="manual",
            scope_digest="sha256:" + "0" * 64,
            scope={},
            at=at,
        )
    finding = Finding(
        *(id_, "demo-telecom", "aws/s3_buckets", "is-private", ("1", id_), source, "1", "cn"),
        *("AWS::S3::Bucket", Severity.CRITICAL, State.OPEN, RUN, at, at, at, RUN),
        controls=("boundary/storage-is-not-public",),
        evidence_digest="sha256:" + "1" * 64,
    )
    _write(place, Transition(Change.OPENED, finding, RUN, at))
    return finding


def faults(place: Workplace) -> list[dict[str, str]]:
    """What verification finds, beside the short ids of planted findings: no subject gave them."""
    return [one for one in verify(place)["faults"] if not one["where"].startswith("finding ")]


def measure(place: Workplace, id_: str, at: datetime, *, passes: bool) -> None:
    """Measure it again."""
    with place.database.read() as connection:
        before = findings.get(connection, id_)
    state = State.CLOSED_PASSED if passes else State.OPEN
    opens = not passes and not before.is_open
    found = replace(
        before,
        state=state,
        last_measured_at=at,
        closed_at=at if passes else None,
        opened_at=at if opens else before.opened_at,
    )
    change = Change.PASSED if passes else Change.REOPENED
    _write(place, Transition(change, found, RUN, at, before.state))


def _write(place: Workplace, step: Transition) -> None:
    with place.database.write() as connection:
        findings.apply(connection, [step])
        (event,) = findings.history(connection, finding=step.finding.id)[-1:]
        ledger.append(connection, [ledgered.of_finding(event)], step.at)
