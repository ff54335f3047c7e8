from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zicha.findings.life import Measurement, advance, finding_id
from zicha.findings.listings import listings_of
from zicha.model.collector import PlaceState, Table
from zicha.model.finding import Change, Listing, Listings, State
from zicha.model.outcome import Outcome
from zicha.model.verdict import FAIL, PASS, Reason, Severity, Status, Verdict, unknown

START = datetime(2026, 11, 21, 2, tzinfo=UTC)
TERMS = {Severity.CRITICAL: 7, Severity.WARNING: 30}
EXCLUDED = Verdict(Status.NOT_APPLICABLE, "only-if")
NULL = Verdict(Status.NOT_APPLICABLE, "null")
VERDICTS = [FAIL, PASS, EXCLUDED, NULL, *(unknown(reason) for reason in Reason)]


def run(number):
    moment = START + timedelta(days=number)
    return Measurement(f"run-{number:03d}", moment.date(), moment, "acme", TERMS, {"demo": "ops"})


def outcome(verdict, number=0, subject="a", **more):
    said = {"suite": "aws/s3", "source": "demo", "account": "1", "region": "cn"} | more
    moment = START + timedelta(days=number)
    return Outcome("is-private", ("1", subject), verdict, measured_at=moment, **said)


def listing(*subjects, is_complete=True, number=None, **more):
    said = {"suite": "aws/s3", "source": "demo", "account": "1", "region": "cn"} | more
    at = None if number is None else START + timedelta(days=number)
    named = frozenset(("1", subject) for subject in subjects)
    return Listing(is_complete=is_complete, subjects=named, listed_at=at, **said)


def applied(findings, steps):
    return {**findings, **{step.finding.id: step.finding for step in steps}}


def after(*days, findings=None):
    """The findings after days of (outcomes, listings), and what happened on the last of them."""
    findings, steps = findings or {}, []
    for number, (outcomes, listings) in enumerate(days):
        steps = advance(findings.values(), outcomes, Listings(listings), run(number))
        findings = applied(findings, steps)
    return findings, [step.change for step in steps]


def only(findings):
    (finding,) = findings.values()
    return finding


def test_a_change_of_the_owner_is_something_that_happened():
    known, _ = after(([outcome(FAIL)], []))
    other = replace(run(1), owners={"demo": "another team"})

    (step,) = advance(known.values(), [outcome(FAIL, 1)], Listings([]), other)

    assert (step.change, step.finding.owner) == (Change.OWNER, "another team")


def test_a_failure_opens_a_finding_with_its_term_and_owner():
    findings, changes = after(([outcome(FAIL)], []))

    opened = only(findings)
    assert changes == [Change.OPENED]
    assert (opened.state, opened.opened_at, opened.owner) == (State.OPEN, START, "ops")
    assert opened.due == date(2026, 11, 28)


def test_a_later_pass_of_the_same_subject_closes_it():
    findings, changes = after(([outcome(FAIL)], []), ([outcome(PASS, 1)], []))

    assert changes == [Change.PASSED]
    assert only(findings).state is State.CLOSED_PASSED
    assert only(findings).closed_at == START + timedelta(days=1)


def test_a_complete_listing_without_the_subject_closes_it_as_gone():
    findings, changes = after(([outcome(FAIL)], []), ([], [listing("b")]))

    assert changes == [Change.GONE]
    assert only(findings).state is State.CLOSED_GONE


def test_it_reopens_when_it_returns():
    findings, changes = after(
        ([outcome(FAIL)], []), ([], [listing()]), ([outcome(FAIL, 2)], [listing("a")])
    )

    again = only(findings)
    assert changes == [Change.REOPENED]
    assert (again.state, again.times_opened) == (State.OPEN, 2)
    assert again.first_opened_at == START
    assert again.opened_at == START + timedelta(days=2)
    assert again.due == date(2026, 11, 30)


@pytest.mark.parametrize(
    "listings",
    [
        [],
        [listing(is_complete=False)],
        [listing("a")],
        [listing(region="other")],
        [listing(account="2")],
        [listing(source="other")],
        [listing(suite="aws/other")],
        [listing(number=-1)],
    ],
    ids=[
        "nothing was listed",
        "partial",
        "still there",
        "other region",
        "other account",
        "other source",
        "other suite",
        "listed before it was last seen",
    ],
)
def test_absence_from_anything_less_than_its_own_whole_place_closes_nothing(listings):
    findings, changes = after(([outcome(FAIL)], []), ([], listings))

    assert changes == []
    assert only(findings).is_open


def test_a_subject_of_all_regions_is_gone_only_when_every_region_was_listed_to_its_end():
    first = ([outcome(FAIL, region="")], [])

    _, half = after(first, ([], [listing(), listing(region="r2", is_complete=False)]))
    _, whole = after(first, ([], [listing(), listing(region="r2")]))

    assert (half, whole) == ([], [Change.GONE])


@pytest.mark.parametrize("reason", Reason)
def test_unknown_neither_opens_nor_closes_and_says_since_when(reason):
    findings, changes = after(
        ([outcome(FAIL)], []),
        ([outcome(unknown(reason), 1), outcome(unknown(reason), 1, "b")], [listing()]),
    )

    assert changes == []
    assert only(findings).unmeasured_since("run-001") == START


def test_a_failure_that_stands_is_measured_again_and_keeps_its_term():
    findings, changes = after(([outcome(FAIL)], []), ([outcome(FAIL, 3)], []))

    assert changes == [Change.MEASURED]
    assert only(findings).due == date(2026, 11, 28)
    assert only(findings).unmeasured_since("run-001") is None


def test_a_milder_severity_does_not_lengthen_the_term():
    findings, changes = after(
        ([outcome(FAIL)], []), ([outcome(FAIL, 1, severity=Severity.WARNING)], [])
    )

    assert changes == [Change.SEVERITY]
    assert only(findings).due == date(2026, 11, 28)
    assert only(findings).severity is Severity.WARNING


def test_a_condition_that_was_measured_and_excludes_the_subject_closes_it_as_gone():
    _, excluded = after(([outcome(FAIL)], []), ([outcome(EXCLUDED, 1)], [listing("a")]))
    _, partial = after(
        ([outcome(FAIL)], []), ([outcome(EXCLUDED, 1)], [listing("a", is_complete=False)])
    )
    _, null = after(([outcome(FAIL)], []), ([outcome(NULL, 1)], [listing("a")]))

    assert (excluded, partial, null) == ([Change.GONE], [], [])


def test_an_older_run_applied_late_changes_nothing():
    findings, _ = after(([outcome(FAIL)], []), ([outcome(FAIL, 1)], []), ([outcome(PASS, 2)], []))

    assert advance(findings.values(), [outcome(FAIL, 1)], Listings([]), run(1)) == []


def test_a_finding_outlives_the_renaming_of_its_expectation():
    findings, _ = after(([outcome(FAIL)], []))
    later = replace(run(1), formerly={"aws/buckets#is-shut": ("aws/s3#is-private",)})
    renamed = replace(outcome(PASS, 1), suite="aws/buckets", expectation="is-shut")

    (passed,) = advance(findings.values(), [renamed], Listings([]), later)
    (gone,) = advance(findings.values(), [], Listings([listing(suite="aws/buckets")]), later)

    assert (passed.change, gone.change) == (Change.PASSED, Change.GONE)
    assert passed.finding.id == gone.finding.id == only(findings).id
    assert passed.finding.expectation == "is-shut"


def test_another_entity_account_or_expectation_is_another_finding():
    ids = {
        finding_id("acme", "1", ("a",), "s#e"),
        finding_id("other", "1", ("a",), "s#e"),
        finding_id("acme", "2", ("a",), "s#e"),
        finding_id("acme", "1", ("b",), "s#e"),
        finding_id("acme", "1", ("a",), "s#f"),
        finding_id("acme", "1", ("a",), "s#e", "sub"),
        finding_id("acme", "1", ("a", ""), "s#e"),
    }

    assert len(ids) == 7


def test_the_listings_of_a_table_say_which_places_reached_their_end():
    table = Table(
        "aws/s3",
        {"account": str, "id": str},
        ("account", "id"),
        ("account",),
        ({"account": "1", "id": "a"},),
        {
            ("1",): PlaceState(None, source="demo", collected_at=START),
            ("2",): PlaceState(Reason.REFUSED, source="demo"),
        },
    )

    assert listings_of("aws/s3", table) == [
        Listing("aws/s3", "demo", "1", "", True, frozenset({("1", "a")}), START),
        Listing("aws/s3", "demo", "2", "", False, frozenset(), None),
    ]


subjects = st.sampled_from("abcd")
a_day = st.tuples(
    st.dictionaries(subjects, st.sampled_from(VERDICTS)), st.booleans(), st.sets(subjects)
)
days = st.lists(a_day, max_size=6)


def told(number, day):
    """A day as outcomes and listings: what has an outcome is listed too."""
    verdicts, is_complete, more = day
    outcomes = [outcome(verdict, number, subject) for subject, verdict in verdicts.items()]
    return outcomes, [listing(*verdicts, *more, is_complete=is_complete, number=number)]


def played(history):
    findings = {}
    for number, day in enumerate(history):
        outcomes, listings = told(number, day)
        steps = advance(findings.values(), outcomes, Listings(listings), run(number))
        findings = applied(findings, steps)
    return findings


@settings(deadline=None)
@given(days, a_day)
def test_the_same_run_applied_twice_changes_nothing(history, last):
    findings = played([*history, last])
    number = len(history)
    outcomes, listings = told(number, last)

    assert advance(findings.values(), outcomes, Listings(listings), run(number)) == []


@settings(deadline=None)
@given(days, a_day, st.sets(subjects))
def test_a_run_applied_in_two_batches_ends_as_one_applied_at_once(history, last, first):
    before = played(history)
    number = len(history)
    outcomes, listings = told(number, last)

    at_once = applied(before, advance(before.values(), outcomes, Listings(listings), run(number)))
    one = [found for found in outcomes if found.subject_id in first]
    rest = [found for found in outcomes if found.subject_id not in first]
    halfway = applied(before, advance(before.values(), one, Listings([]), run(number)))
    # What the second half closes must have been listed without it; measured subjects are listed.
    in_two = applied(
        halfway, advance(halfway.values(), [*one, *rest], Listings(listings), run(number))
    )

    assert in_two == at_once


@settings(deadline=None)
@given(days, st.permutations(range(4)), a_day)
def test_the_order_of_outcomes_within_a_run_does_not_matter(history, order, last):
    before = played(history)
    number = len(history)
    outcomes, listings = told(number, last)
    shuffled = [outcomes[n] for n in order if n < len(outcomes)]

    assert advance(before.values(), outcomes, Listings(listings), run(number)) == advance(
        list(before.values())[::-1], shuffled, Listings(listings), run(number)
    )


@settings(deadline=None)
@given(days, st.sampled_from(Reason), st.booleans())
def test_a_day_of_unknowns_changes_no_state(history, reason, is_complete):
    before = played(history)
    number = len(history)
    verdicts = dict.fromkeys("abcd", unknown(reason))
    outcomes, listings = told(number, (verdicts, is_complete, set()))

    assert advance(before.values(), outcomes, Listings(listings), run(number)) == []


@settings(deadline=None)
@given(days)
def test_whatever_happens_a_finding_agrees_with_itself(history):
    for finding in played(history).values():
        assert finding.is_open == (finding.closed_at is None)
        assert finding.first_opened_at <= finding.opened_at <= finding.last_measured_at
        assert finding.times_opened >= 1
        assert replace(finding) == finding
