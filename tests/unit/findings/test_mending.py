"""A finding that an act opened is closed by a later measurement of the act's resource, only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from zicha.catalog.event_routes import load_routes
from zicha.catalog.mended_acts import load_mended_acts
from zicha.catalog.roots import suites_dir
from zicha.catalog.suites import load_suites
from zicha.findings.life import Measurement
from zicha.findings.mending import Proof, mended
from zicha.model.finding import Change, Finding, Listing, Listings, State
from zicha.model.outcome import Outcome
from zicha.model.verdict import FAIL, PASS, Reason, Severity, Status, Verdict, unknown

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
SUITE, SUBJECT = "aws/security_groups", ("1", "sg-1")
PROOF = Proof(SUITE, ("a", "b"), "one", "1", "cn", SUBJECT, gone=True)
MEASURED = Measurement("2026-11-22-e2", AT.date(), LATER, "org", {}, {})
FINDING = Finding(
    *("f-1", "org", "change/events", "no-port", ("1", "cn", "e-1"), "one", "1", "cn"),
    *("change/event", Severity.WARNING, State.OPEN, "2026-11-22-e1", AT, AT, AT, "2026-11-22-e1"),
)


def said(expectation, verdict, at=LATER, subject=SUBJECT, suite=SUITE):
    return Outcome(expectation, subject, verdict, suite, "one", "1", "cn", measured_at=at)


def listing(*, is_complete=True, subjects=(), at=LATER, only=None):
    held = frozenset(subjects)
    return Listings([Listing(SUITE, "one", "1", "cn", is_complete, held, at, only)])


def closed(outcomes, listings=None, proofs=(PROOF,)):
    steps = mended([(FINDING, proofs)], outcomes, listings or Listings(()), MEASURED)
    return [(step.change, step.finding.state) for step in steps]


def test_the_state_of_its_resource_measured_afterwards_closes_it():
    assert closed([said("a", PASS), said("b", PASS)]) == [(Change.PASSED, State.CLOSED_PASSED)]


EXCLUDED = Verdict(Status.NOT_APPLICABLE, "null")


@pytest.mark.parametrize(
    ("outcomes", "listings"),
    [
        ([], None),
        ([said("a", PASS)], None),
        ([said("a", PASS), said("b", FAIL)], None),
        ([said("a", PASS), said("b", unknown(Reason.REFUSED))], None),
        ([said("a", PASS), said("b", EXCLUDED)], None),
        ([said("a", PASS), said("b", PASS, at=AT)], None),
        ([said("a", PASS), said("b", PASS, at=None)], None),
        ([said("a", PASS, subject=("1", "sg-2")), said("b", PASS, subject=("1", "sg-2"))], None),
        ([said("a", PASS, suite="x/y"), said("b", PASS, suite="x/y")], None),
        ([], listing(is_complete=False)),
        ([], listing(subjects=[SUBJECT])),
        ([], listing(at=AT)),
        ([], listing(only=frozenset({("1", "sg-2")}))),
    ],
    ids=[
        "nothing", "half", "one-fails", "one-is-unread", "one-was-not-asked", "one-is-older",
        "one-without-a-moment", "another-resource", "another-suite", "partial-listing",
        "still-listed", "older-listing", "narrower-listing",
    ],
)  # fmt: skip
def test_less_than_that_leaves_it_open(outcomes, listings):
    assert closed(outcomes, listings) == []


def test_a_resource_that_is_gone_closes_it_where_the_table_says_so():
    last = Proof(**{**_fields(PROOF), "gone": False})

    assert closed([], listing()) == [(Change.GONE, State.CLOSED_GONE)]
    assert closed([], listing(), [last]) == []


def test_an_act_without_a_proof_stays_open_whatever_is_measured():
    assert closed([said("a", PASS), said("b", PASS)], listing(), ()) == []


def test_every_telling_of_an_act_must_be_proved():
    other = Proof(**{**_fields(PROOF), "subject": ("1", "sg-2")})

    assert closed([said("a", PASS), said("b", PASS)], None, (PROOF, other)) == []


def test_the_run_that_opened_it_does_not_close_it():
    same = Measurement(FINDING.last_run, AT.date(), LATER, "org", {}, {})
    outcomes = [said("a", PASS), said("b", PASS)]

    assert mended([(FINDING, (PROOF,))], outcomes, Listings(()), same) == []


@pytest.mark.parametrize("key", sorted(load_mended_acts()), ids=" ".join)
def test_the_table_names_acts_that_are_routed_and_expectations_that_judge_rows(key):
    source, act = key
    entry = load_mended_acts()[key]
    routed = {(name, one.act) for (name, _), one in load_routes().by_event.items()}
    rows = {e.id for e in load_suites(suites_dir())[entry.suite].expectations if e.judges == "rows"}

    assert (source, act) in routed
    assert set(entry.expectations) <= rows


def _fields(proof):
    return {name: getattr(proof, name) for name in proof.__slots__}
