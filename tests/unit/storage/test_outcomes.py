from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from zicha.findings.life import Measurement
from zicha.findings.record import advance_findings, advance_gaps
from zicha.model.errors import ConfigError
from zicha.model.finding import Listing, Listings, State
from zicha.model.outcome import Outcome
from zicha.model.verdict import FAIL, PASS, Reason, Severity, unknown
from zicha.storage import findings, gaps, outcomes, runs

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


@pytest.fixture
def connection(database):
    with database.write() as opened:
        for number in range(4):
            runs.open_run(
                opened,
                run=f"r{number}",
                day=f"2026-11-2{number}",
                trigger="daily",
                scope_digest="",
                scope={},
                at=at(number),
            )
        yield opened


def at(number):
    return NOW + timedelta(days=number)


def outcome(verdict, number=0, subject="a", **more):
    return Outcome(
        **{
            "expectation": "is-private",
            "subject": ("1", subject),
            "verdict": verdict,
            "suite": "aws/s3",
            "source": "demo",
            "account": "1",
            "region": "cn",
            "subject_type": "bucket",
            "controls": ("a/b",),
            "severity": Severity.WARNING,
            "measured_at": at(number),
            "evidence_digest": "sha256:x",
            "remedy": "grant",
            "permission": "s3:Get",
            "observed": "值=1",
            "tags": {"app": "x"},
        }
        | more
    )


def listing(*subjects, is_complete=True):
    named = frozenset(("1", subject) for subject in subjects)
    return Listing("aws/s3", "demo", "1", "cn", is_complete, named)


def listings(*subjects, is_complete=True):
    return Listings([listing(*subjects, is_complete=is_complete)])


def measured(number):
    moment = at(number)
    return Measurement(f"r{number}", moment.date(), moment, "acme", {Severity.WARNING: 3}, {})


def recorded(connection, number, *found):
    outcomes.record(connection, f"r{number}", found, at(number))


def test_only_what_did_not_pass_is_kept_per_run_and_comes_back_whole(connection):
    bad = outcome(FAIL)

    recorded(connection, 0, bad, outcome(PASS, subject="b"))

    assert outcomes.of_run(connection, "r0") == [bad]
    assert outcomes.of_run(connection, "r0", status="unknown") == []
    assert outcomes.of_run(connection, "r0", suite="aws/s3") == [bad]


def test_every_subject_has_a_current_status(connection):
    recorded(connection, 0, outcome(FAIL), outcome(PASS, subject="b"))

    standing = {one.outcome.subject_id: one for one in outcomes.standing(connection)}
    assert standing["a"].outcome == outcome(FAIL)
    assert standing["b"].outcome.verdict == PASS


def test_recording_a_run_again_replaces_what_it_said(connection):
    recorded(connection, 0, outcome(FAIL), outcome(FAIL, subject="b"))
    before = outcomes.standing(connection)
    recorded(connection, 0, outcome(FAIL), outcome(FAIL, subject="b"))

    assert outcomes.standing(connection) == before
    recorded(connection, 0, outcome(PASS), outcome(FAIL, subject="b"))
    assert [one.subject_id for one in outcomes.of_run(connection, "r0")] == ["b"]


def test_a_status_says_since_when_it_stands(connection):
    for number, verdict in enumerate([FAIL, FAIL, PASS, PASS]):
        recorded(connection, number, outcome(verdict, number))

    (one,) = outcomes.standing(connection)
    assert (one.run, one.standing_since) == ("r3", at(2))


def test_an_unknown_is_current_but_what_was_known_is_not_forgotten(connection):
    recorded(connection, 0, outcome(FAIL))
    recorded(connection, 1, outcome(unknown(Reason.REFUSED), 1))

    (one,) = outcomes.standing(connection, status="unknown")
    assert (one.known_status, one.known_at) == ("fail", at(0))


def test_an_older_measurement_does_not_become_current(connection):
    recorded(connection, 2, outcome(PASS, 2))
    recorded(connection, 1, outcome(FAIL, 1))

    (one,) = outcomes.standing(connection)
    assert one.outcome.verdict == PASS
    assert outcomes.of_run(connection, "r1") == [outcome(FAIL, 1)]


def test_an_outcome_without_a_moment_is_dated_by_its_run(connection):
    recorded(connection, 1, outcome(unknown(Reason.NOT_COLLECTED), measured_at=None))

    assert outcomes.of_run(connection, "r1")[0].measured_at == at(1)


def test_what_is_gone_has_no_current_status_and_what_was_not_listed_keeps_it(connection):
    recorded(connection, 0, outcome(FAIL), outcome(FAIL, subject="b", region="other"))
    recorded(connection, 1, outcome(PASS, 1, "c"))

    partial = outcomes.retire(connection, "r1", listings("c", is_complete=False), at(1), at(1))
    whole = outcomes.retire(connection, "r1", listings("c"), at(1), at(1))

    assert partial is None
    assert outcomes.retired(connection) == [whole]
    assert [key[-1] for key in whole["gone"]] == ['["1","a"]']
    assert [one.outcome.subject_id for one in outcomes.standing(connection)] == ["b", "c"]


def test_what_was_measured_after_a_listing_was_made_is_not_gone_by_it(connection):
    recorded(connection, 2, outcome(FAIL, 2))
    recorded(connection, 3, outcome(PASS, 1, "c"))
    made = {one: Listings([replace(listing(), listed_at=at(one))]) for one in (1, 3)}

    assert outcomes.retire(connection, "r3", made[1], at(3), at(3)) is None
    assert outcomes.retire(connection, "r3", made[3], at(3), at(3))


def test_what_a_narrow_run_holds_and_does_not_judge_keeps_its_status(connection):
    recorded(connection, 0, outcome(FAIL), outcome(FAIL, expectation="is-rotated"))
    recorded(connection, 1, outcome(PASS, 1))
    held = replace(listing("a"), only=frozenset([("1", "a")]))

    assert outcomes.retire(connection, "r1", Listings([held]), at(1), at(1)) is None
    assert outcomes.retire(connection, "r1", Listings([replace(held, only=None)]), at(1), at(1))


def test_what_a_later_run_found_gone_does_not_come_back_when_an_earlier_one_is_judged_again(
    connection,
):
    recorded(connection, 0, outcome(FAIL))
    recorded(connection, 1, outcome(PASS, 1, "c"))
    outcomes.retire(connection, "r1", listings("c"), at(1), at(1))

    recorded(connection, 0, outcome(FAIL))

    assert [one.outcome.subject_id for one in outcomes.standing(connection)] == ["c"]

    recorded(connection, 2, outcome(FAIL, 2))

    assert [one.outcome.subject_id for one in outcomes.standing(connection)] == ["a", "c"]


def test_a_finding_and_its_history_come_back(connection):
    for number, verdict in enumerate([FAIL, PASS, FAIL]):
        advance_findings(connection, [outcome(verdict, number)], Listings([]), measured(number))

    (finding,) = findings.listed(connection, State.OPEN)
    assert findings.get(connection, finding.id) == finding
    assert finding.due == date(2026, 11, 26)
    assert finding.subject == ("1", "a")
    told = findings.history(connection, finding=finding.id)
    assert [event["change"] for event in told] == ["opened", "passed", "reopened"]
    assert findings.history(connection, run="r1")[0]["before"] == "open"


def test_advancing_the_same_run_twice_writes_nothing(connection):
    for _ in range(2):
        steps = advance_findings(connection, [outcome(FAIL)], listings("a"), measured(0))

    assert steps == []
    assert len(findings.history(connection)) == 1


def test_a_suite_without_outcomes_still_closes_what_its_listing_lacks(connection):
    advance_findings(connection, [outcome(FAIL)], Listings([]), measured(0))
    advance_findings(connection, [], listings(), measured(1))

    assert [one.state for one in findings.listed(connection)] == [State.CLOSED_GONE]


def test_a_finding_that_is_not_there_is_named(connection):
    with pytest.raises(ConfigError, match="f-nothing"):
        findings.get(connection, "f-nothing")


def test_a_gap_comes_back_and_closes(connection):
    unread = outcome(unknown(Reason.REFUSED))
    ages = {"aws/s3": timedelta(hours=26)}

    (opened,) = advance_gaps(connection, [unread], measured(0), ages)
    assert gaps.standing(connection) == [opened]
    assert advance_gaps(connection, [unread], measured(0), ages) == []
    advance_gaps(connection, [outcome(PASS, 1)], measured(1), ages)

    assert gaps.standing(connection) == []
    assert gaps.every(connection) == [replace(opened, closed_at=at(1), run="r1")]
