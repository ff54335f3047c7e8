"""Entering into the ledger what was kept before there was one, with the time of the import."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from zicha.custody.entry import Commitment, commitment
from zicha.model.errors import EvidenceError
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, findings, gaps, ledger, ledgered, reports, runs
from zicha.storage.ledger import Draft


def import_earlier(place: Workplace, connection: Connection, at: datetime) -> int:
    """Append the runs that were there before the ledger, once; how many there were."""
    earlier = ledger.runs_before(connection)
    if not earlier or ledger.size_of(connection):
        return 0
    for run in earlier:
        drafts = [ledgered.imported(draft) for draft in _of_run(place, connection, run)]
        ledger.append(connection, drafts, at)
    standing = [ledgered.imported(ledgered.of_gap(gap)) for gap in gaps.every(connection)]
    ledger.append(connection, standing, at)
    return len(earlier)


def _of_run(place: Workplace, connection: Connection, run: str) -> Iterator[Draft]:
    for record in evidence.of_run(connection, run):
        yield ledgered.of_evidence(
            record,
            _held(place, "pack", record.pack_digest, record.pack_size),
            _held(place, "rows", record.rows_digest, record.rows_size),
        )
    for event in findings.history(connection, run=run):
        yield ledgered.of_finding(event)
    for report in reports.listed(connection, run):
        yield ledgered.of_report(report, _held(place, "report", report.digest, report.size))
    label = runs.get(connection, run)
    for kind in ("manifest", "outcomes"):
        for kept in runs.kept(connection, run, kind).values():
            held = _held(place, kind, kept.digest, kept.size)
            if kind == "manifest":
                yield ledgered.of_close(run, label.day, {}, held)
            else:
                yield ledgered.of_outcomes(run, {}, held)


def _held(place: Workplace, name: str, digest: str, size: int) -> Commitment:
    """Both digests of an object; one that is damaged is entered by the digest of its index."""
    try:
        return commitment(place.store.get(digest), name)
    except EvidenceError:
        return ledgered.of_digest(name, digest, size)
