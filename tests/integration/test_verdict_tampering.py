"""Verdicts, findings and gaps edited in the database after they were sealed: each is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.database_switch import on_sqlite
from fakes.ledgers import FIRST, a_day, place_in, tamper
from zicha.custody.store import digest_of
from zicha.model.finding import Listing
from zicha.model.outcome import Outcome
from zicha.model.verdict import Reason, Severity, Status, Verdict, unknown
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.runs.judging import Judged, keep_judgement
from zicha.storage import runs

pytestmark = on_sqlite

SUITE, CHECK = "host/accounts", "no-empty-password"
SOURCE = "recorded-host"
HELD = Verdict(Status.PASS)
FAILED = Verdict(Status.FAIL)


def said(subject, verdict):
    return Outcome(
        *(CHECK, (SOURCE, subject), verdict, SUITE, SOURCE),
        subject_type="account",
        controls=("passwords",),
        severity=Severity.CRITICAL,
        remedy="look again",
        observed="<b>x</b>",
        evidence_digest=digest_of(subject.encode()),
    )


def listing(subjects, is_complete=True):
    return Listing(
        SUITE, SOURCE, "", "", is_complete, frozenset((SOURCE, each) for each in subjects)
    )


def judged_day(place, verdicts, listed=None):
    """A day on which these accounts were judged so; the run."""
    id_ = a_day(place, seal=False, tables=1)
    with place.database.write() as connection:
        runs.plan(connection, id_, [SOURCE])
        runs.end_batch(connection, id_, SOURCE, runs.SEALED, place.clock())
        run = runs.get(connection, id_)
    outcomes = [
        replace(said(subject, verdict), measured_at=place.clock())
        for subject, verdict in verdicts.items()
    ]
    listings = [listing(verdicts if listed is None else listed)]
    keep_judgement(place, run, Judged(outcomes, listings, {SUITE: timedelta(days=2)}))
    return id_


@pytest.fixture
def folder(tmp_path):
    judged_day(place_in(tmp_path), {"root": FAILED, "amy": HELD, "bob": HELD, "gone": FAILED})
    later = place_in(tmp_path, FIRST + timedelta(days=1))
    judged_day(later, {"root": FAILED, "amy": HELD, "bob": unknown(Reason.REFUSED)})
    return tmp_path


@pytest.fixture
def faults(folder):
    def found():
        place = place_in(folder, FIRST + timedelta(days=3))
        return {fault["where"]: fault for fault in verify(place)["faults"]}

    return found


def change(folder, statement):
    tamper(folder, lambda connection: connection.execute(statement))


def where(what, subject, run):
    return f'{what} {SUITE}#{CHECK} of ["{SOURCE}","{subject}"] ({SOURCE}) in {run}'


def test_days_that_nobody_edited_have_no_fault(faults):
    assert faults() == {}


def test_a_run_that_was_judged_again_by_other_rules_has_no_fault(folder, faults):
    place = place_in(folder, FIRST + timedelta(days=1))
    with place.database.read() as connection:
        run = runs.get(connection, "2026-11-20-001")
    keep_judgement(
        place,
        run,
        Judged(
            [replace(said("root", HELD), measured_at=FIRST)],
            [listing({"root"})],
            {SUITE: timedelta(days=2)},
        ),
    )

    assert faults() == {}


@pytest.mark.parametrize(
    ("table", "what"), [("outcomes", "verdict"), ("current", "current verdict")]
)
def test_a_failure_that_was_turned_into_a_pass_is_named(folder, faults, table, what):
    change(
        folder,
        f"UPDATE {table} SET status = 'pass' WHERE subject LIKE '%root%' AND run LIKE '%-21-%'",
    )

    found = faults()

    assert list(found) == [where(what, "root", "2026-11-21-001")]
    (fault,) = found.values()
    assert fault["kind"] == "row-altered"
    assert fault["detail"] == "it stands as pass, and fail was sealed"
    assert fault["since"] == "2026-11-21T04:00:00+00:00"


def test_a_pass_that_was_turned_into_a_failure_is_named(folder, faults):
    change(folder, "UPDATE current SET status = 'fail' WHERE subject LIKE '%amy%'")

    assert list(faults()) == [where("current verdict", "amy", "2026-11-21-001")]


@pytest.mark.parametrize("column", ["severity", "observed", "controls", "evidence_digest"])
def test_what_a_verdict_says_beside_its_status_is_compared_too(folder, faults, column):
    value = '["other"]' if column == "controls" else "warning"
    change(folder, f"UPDATE outcomes SET {column} = '{value}' WHERE run LIKE '%-20-%'")

    found = faults()

    assert where("verdict", "root", "2026-11-20-001") in found
    assert {fault["detail"] for fault in found.values()} == {f"its {column} is not as sealed"}


@pytest.mark.parametrize(
    ("table", "what"), [("outcomes", "verdict"), ("current", "current verdict")]
)
def test_a_verdict_that_was_taken_out_is_named(folder, faults, table, what):
    change(folder, f"DELETE FROM {table} WHERE subject LIKE '%bob%'")

    found = faults()

    assert found[where(what, "bob", "2026-11-21-001")]["kind"] == "row-missing"


def test_a_pass_that_was_taken_from_the_current_verdicts_is_named(folder, faults):
    change(folder, "DELETE FROM current WHERE subject LIKE '%amy%'")

    assert faults()[where("current verdict", "amy", "2026-11-21-001")]["kind"] == "row-missing"


@pytest.mark.parametrize(
    ("table", "what"), [("outcomes", "verdict"), ("current", "current verdict")]
)
def test_a_verdict_that_no_run_gave_is_named(folder, faults, table, what):
    change(
        folder,
        f"UPDATE {table} SET subject = '[\"recorded-host\",\"eve\"]' WHERE source <> '' "
        "AND subject LIKE '%root%' AND run LIKE '%-21-%'",
    )

    assert faults()[where(what, "eve", "2026-11-21-001")]["kind"] == "unledgered"


def test_a_subject_that_was_gone_and_stands_again_is_named(folder, faults):
    change(
        folder,
        "INSERT INTO current SELECT suite, expectation, source, subject, account, region, "
        "subject_type, subject_id, controls, severity, 'pass', reason, measured_at, "
        "evidence_digest, remedy, permission, observed, tags, run, measured_at, 'pass', "
        "measured_at FROM outcomes WHERE subject LIKE '%gone%'",
    )

    found = faults()

    assert list(found) == [where("current verdict", "gone", "2026-11-20-001")]


@pytest.mark.parametrize(("subject", "earlier"), [("bob", "pass"), ("root", "fail")])
def test_an_earlier_verdict_put_back_as_the_current_one_is_named(folder, faults, subject, earlier):
    change(
        folder,
        "UPDATE current SET run = '2026-11-20-001', status = '" + earlier + "', "
        "reason = '', remedy = 'look again', measured_at = '2026-11-20T04:00:00.000000Z' "
        f"WHERE subject LIKE '%{subject}%'",
    )

    assert where("current verdict", subject, "2026-11-20-001") in faults()


@pytest.mark.parametrize("column", ["standing_since", "known_at"])
def test_a_verdict_that_stands_since_a_moment_at_which_nothing_was_measured_is_named(
    folder, faults, column
):
    change(
        folder,
        f"UPDATE current SET {column} = '2026-11-19T04:00:00.000000Z' WHERE subject LIKE '%bob%'",
    )

    (fault,) = faults().values()
    assert fault["detail"] == (
        f"nothing was sealed of it at its {column} (2026-11-19T04:00:00+00:00)"
    )


def test_the_verdicts_of_a_run_without_outcomes_are_named(folder, faults):
    change(folder, "DELETE FROM run_objects WHERE kind = 'outcomes' AND run LIKE '%-20-%'")

    found = faults()

    assert found["outcomes 2026-11-20-001"]["kind"] == "row-missing"
    assert found["verdicts of 2026-11-20-001"]["kind"] == "unledgered"


def test_outcomes_put_in_the_place_of_those_that_were_sealed_are_named(folder, faults):
    change(
        folder,
        "UPDATE run_objects SET digest = (SELECT pack_digest FROM evidence LIMIT 1) "
        "WHERE kind = 'outcomes' AND run LIKE '%-21-%'",
    )

    assert faults()["outcomes 2026-11-21-001"]["kind"] == "unledgered"


def test_a_finding_that_was_taken_out_is_named(folder, faults):
    change(folder, "DELETE FROM findings WHERE subject LIKE '%root%'")

    (fault,) = faults().values()
    assert (fault["kind"], fault["detail"]) == (
        "row-missing",
        "it has a history, and its row is gone",
    )


def test_a_finding_whose_severity_was_lowered_is_named(folder, faults):
    change(folder, "UPDATE findings SET severity = 'info' WHERE subject LIKE '%root%'")

    (fault,) = faults().values()
    assert fault["detail"] == "its severity stands as info, and its history says critical"


def test_a_finding_whose_closing_was_dated_back_is_named(folder, faults):
    change(
        folder,
        "UPDATE findings SET closed_at = '2026-11-20T05:00:00.000000Z' WHERE subject LIKE '%gone%'",
    )

    (fault,) = faults().values()
    assert fault["detail"].startswith("its closed_at stands as 2026-11-20T05:00:00")


def test_a_gap_that_was_taken_out_is_named(folder, faults):
    change(folder, "DELETE FROM gaps")

    (fault,) = faults().values()
    assert (fault["kind"], fault["where"]) == ("row-missing", f"gap {SOURCE} refused")
