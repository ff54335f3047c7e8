"""Verdicts, findings and gaps edited in the database after they were sealed: each is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.database_switch import on_sqlite
from fakes.ledgers import FIRST, a_table, place_in, tamper
from zicha.custody.store import digest_of
from zicha.model.finding import Listing
from zicha.model.outcome import Outcome
from zicha.model.verdict import Reason, Severity, Status, Verdict, unknown
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.runs.judging import Judged, keep_judgement
from zicha.pipeline.runs.planning import close_run
from zicha.storage import runs

pytestmark = on_sqlite

SUITE, CHECK = "host/accounts", "no-empty-password"
SOURCE = "recorded-host"
HELD = Verdict(Status.PASS)
FAILED = Verdict(Status.FAIL)
LATER = FIRST + timedelta(days=3)


def outcome_of(subject, verdict):
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
    id_ = f"{place.today()}-001"
    with place.database.write() as connection:
        said = {"day": place.today(), "trigger": "daily", "scope_digest": "sha256:" + "0" * 64}
        runs.open_run(connection, run=id_, scope={"sources": [SOURCE]}, at=place.clock(), **said)
        runs.plan(connection, id_, [SOURCE])
        runs.end_batch(connection, id_, SOURCE, runs.SEALED, place.clock())
        run = runs.get(connection, id_)
    a_table(place, id_, "table-0")
    close_run(place, run)
    outcomes = [
        replace(outcome_of(subject, verdict), measured_at=place.clock())
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
        place = place_in(folder, LATER)
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
            [replace(outcome_of("root", HELD), measured_at=FIRST)],
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


def test_an_exact_copy_of_a_verdict_whose_subject_is_gone_is_named(folder, faults):
    change(
        folder,
        "INSERT INTO current SELECT suite, expectation, source, subject, account, region, "
        "subject_type, subject_id, controls, severity, status, reason, measured_at, "
        "evidence_digest, remedy, permission, observed, tags, run, measured_at, status, "
        "measured_at FROM outcomes WHERE subject LIKE '%gone%'",
    )

    (fault,) = faults().values()
    assert fault["where"] == where("current verdict", "gone", "2026-11-20-001")
    assert fault["detail"] == "2026-11-21-001 found its subject gone: it was put back later"


def test_a_retirement_that_was_taken_out_is_named(folder, faults):
    change(folder, "DELETE FROM retirements")

    kinds = {where[:22]: fault["kind"] for where, fault in faults().items()}
    assert kinds["retired 2026-11-21-001"] == "row-missing"


def test_a_retirement_that_no_judgement_made_is_named(folder, faults):
    change(
        folder,
        "INSERT INTO retirements (run, at, gone) "
        "SELECT run, '2026-11-21T05:00:00.000000Z', gone FROM retirements",
    )

    assert faults()["retirement in 2026-11-21-001"]["kind"] == "unledgered"


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

    assert [fault["detail"] for fault in verify(place_in(folder, LATER))["faults"]] == [
        "its severity stands as info, and its history says critical",
        "its severity is not as sealed in 2026-11-21-001",
    ]


@pytest.mark.parametrize(
    ("column", "value", "detail"),
    [
        ("owner", "somebody else", "its owner stands as somebody else, and its history says "),
        ("due", "2027-12-31", "its due stands as 2027-12-31, and its history says 2026-11-"),
        ("times_opened", 2, "its times_opened stands as 2, and its history says 1"),
        ("first_opened_at", "2026-11-21T04:00:00.000000Z", "its first_opened_at stands as"),
        ("opened_at", "2026-11-21T04:00:00.000000Z", "its opened_at stands as"),
        ("run", "2026-11-21-001", "its run stands as 2026-11-21-001"),
        ("subject", '["recorded-host","eve"]', "its id is not drawn from what it speaks of"),
        ("expectation", "other", "its id is not drawn from what it speaks of"),
        ("last_measured_at", "2027-11-21T04:00:00.000000Z", "it was last measured on 2027-11-21"),
        ("last_run", "2026-11-20-001", "it was last measured on 2026-11-21"),
        ("observed", "nothing", "its observed is not as sealed in 2026-11-21-001"),
        ("controls", "[]", "its controls is not as sealed in 2026-11-21-001"),
        ("region", "elsewhere", "its region is not as sealed in 2026-11-21-001"),
    ],
)
def test_what_a_finding_says_beside_its_state_is_held_against_what_was_sealed(
    folder, column, value, detail
):
    change(folder, f"UPDATE findings SET {column} = '{value}' WHERE subject LIKE '%root%'")

    told = verify(place_in(folder, LATER))["faults"]
    of_finding = [fault for fault in told if fault["where"].startswith("finding f-")]
    assert {fault["kind"] for fault in of_finding} == {"row-altered"}
    assert of_finding[0]["detail"].startswith(detail)


@pytest.mark.parametrize("column", ["observed", "evidence_digest"])
def test_what_closed_a_finding_is_held_against_its_history(folder, faults, column):
    change(folder, f"UPDATE findings SET {column} = 'x' WHERE subject LIKE '%gone%'")

    (fault,) = faults().values()
    assert fault["detail"].startswith(f"its {column} stands as x, and its history says")


@pytest.mark.parametrize("column", ["owner", "due"])
def test_the_owner_and_due_day_of_a_history_cannot_be_edited_or_forgotten(folder, faults, column):
    change(folder, f"UPDATE finding_events SET {column} = NULL")

    assert {fault["kind"] for fault in faults().values()} >= {"unledgered", "row-missing"}


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("UPDATE runs SET scope = '{\"sources\":[]}' WHERE id LIKE '%-20-%'", "stored_scope"),
        ("UPDATE runs SET scope_digest = 'sha256:1' WHERE id LIKE '%-20-%'", "scope_digest"),
        ("UPDATE runs SET trigger = 'event' WHERE id LIKE '%-20-%'", "trigger"),
        ("UPDATE runs SET day = '2026-11-19' WHERE id LIKE '%-20-%'", "day"),
        ("UPDATE batches SET state = 'errored' WHERE run LIKE '%-20-%'", "batches"),
        ("DELETE FROM batches WHERE run LIKE '%-20-%'", "batches"),
        (
            "INSERT INTO batches (run, source, state) VALUES ('2026-11-20-001', 'x', 'sealed')",
            "batches",
        ),
    ],
)
def test_what_is_remembered_of_a_run_is_held_against_its_manifest(folder, faults, statement, word):
    change(folder, statement)

    fault = faults()["run 2026-11-20-001"]
    assert fault["kind"] == "row-altered"
    assert fault["detail"] == f"its {word} is not as its manifest seals"


def test_a_run_whose_manifest_was_taken_out_is_named(folder, faults):
    change(folder, "DELETE FROM run_objects WHERE kind = 'manifest' AND run LIKE '%-20-%'")

    assert faults()["manifest 2026-11-20-001"]["kind"] == "row-missing"


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
