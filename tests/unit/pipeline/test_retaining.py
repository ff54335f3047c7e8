"""What an open finding rests on is kept, and what a closed one rested on for long enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.ledgers import FIRST, TABLES, a_day, place_in
from zicha.custody.entry import commitment
from zicha.model.finding import Change, Finding, State, Transition
from zicha.model.verdict import Severity
from zicha.pipeline.custody.expiring import expire
from zicha.pipeline.custody.retaining import class_rows, object_rows
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.storage import evidence, findings, ledger, ledgered, runs

DAYS = 1096
OBJECTS = 2 * TABLES + 1
KEPT_BY_THE_FINDING = 3
"""The pack, the rows laid out from it, the outcomes of the run."""


def later(folder, days):
    return place_in(folder, FIRST + timedelta(days=days))


@pytest.fixture
def folder(tmp_path):
    """A day with one finding, which rests on the pack of one table."""
    place = place_in(tmp_path / "data")
    run = a_day(place, seal=False)
    sealed = place.store.put(b"outcomes")
    with place.database.write() as connection:
        pack = evidence.of_run(connection, run)[0].pack_digest
        runs.keep(connection, run, "outcomes", sealed)
        drafts = [ledgered.of_outcomes(run, {}, commitment(b"outcomes"))]
        _step(connection, _finding(run, pack), Change.OPENED, FIRST)
        drafts += map(ledgered.of_finding, findings.history(connection, run=run))
        ledger.append(connection, drafts, FIRST)
    seal_ledger(place)
    return tmp_path / "data"


def test_an_open_finding_keeps_pack_rows_and_outcomes_for_ever(folder):
    place = later(folder, 20_000)

    assert len(expire(place)["expired"]) == OBJECTS - KEPT_BY_THE_FINDING
    kept = [row for row in object_rows(place) if row["findings"]]
    assert {tuple(row["findings"]) for row in kept} == {("f-1",)}
    assert sum(row["open_findings"] for row in class_rows(place)) == KEPT_BY_THE_FINDING


def test_a_closed_finding_keeps_them_so_much_longer(folder):
    closed_at = FIRST + timedelta(days=1000)
    place = later(folder, 1000)
    with place.database.write() as connection:
        finding = _finding("2026-11-20-001", findings.get(connection, "f-1").evidence_digest)
        _step(connection, finding, Change.PASSED, closed_at)

    assert len(expire(later(folder, DAYS))["expired"]) == OBJECTS - KEPT_BY_THE_FINDING
    assert len(expire(later(folder, 1000 + DAYS))["expired"]) == OBJECTS


def _finding(run, pack):
    return Finding(
        id="f-1",
        entity="demo",
        suite="linux/accounts",
        expectation="e",
        subject=("recorded-host", "root"),
        source="recorded-host",
        account="",
        region="",
        subject_type="linux/account",
        severity=Severity.WARNING,
        state=State.OPEN,
        run=run,
        opened_at=FIRST,
        first_opened_at=FIRST,
        last_measured_at=FIRST,
        last_run=run,
        evidence_digest=pack,
    )


def _step(connection, finding, change, at):
    if change is Change.PASSED:
        finding = replace(finding, state=State.CLOSED_PASSED, closed_at=at)
    step = Transition(change, finding, finding.run, at, None)
    findings.apply(connection, [step])
