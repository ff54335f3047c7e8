from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from zicha.model.finding import Finding, State
from zicha.model.finding_life import Act, FindingAct, Standing, fits, live
from zicha.model.verdict import Severity

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)
HOUR = timedelta(hours=1)
FINDING = Finding(
    *("f-1", "org", "aws/s3_buckets", "is-private", ("1", "b"), "aws", "1", "cn"),
    *("AWS::S3::Bucket", Severity.CRITICAL, State.OPEN, "r-1", AT, AT, AT, "r-1"),
    due=date(2026, 11, 27),
    owner="ops",
)
OWNER = {"owner": "li", "due": "2026-11-25"}
CLAIM = {"because": "a honeypot", "until": "2026-12-31"}


def done(*acts, spell=1):
    listed = [act if isinstance(act, tuple) else (act, {}) for act in acts]
    return [
        FindingAct("f-1", n, act, spell, body, AT + n * HOUR, f"airflow:{n}")
        for n, (act, body) in enumerate(listed, start=1)
    ]


@pytest.mark.parametrize(
    ("acts", "standing"),
    [
        ([], Standing.OPEN),
        ([Act.ACKNOWLEDGE], Standing.ACKNOWLEDGED),
        ([(Act.ASSIGN, OWNER)], Standing.IN_RECTIFICATION),
        ([Act.ACKNOWLEDGE, (Act.ASSIGN, OWNER), Act.FIX], Standing.FIXED),
        ([Act.FIX, (Act.ASSIGN, OWNER)], Standing.IN_RECTIFICATION),
        ([(Act.CLAIM_FALSE, CLAIM)], Standing.OPEN),
        ([(Act.CLAIM_FALSE, CLAIM), Act.CONFIRM_FALSE], Standing.FALSE_POSITIVE),
        ([(Act.CLAIM_FALSE, CLAIM), Act.CONFIRM_FALSE, Act.REJECT_FALSE], Standing.OPEN),
    ],
)
def test_each_act_leads_where_the_table_says(acts, standing):
    assert live(FINDING, done(*acts), DAY).standing is standing


@pytest.mark.parametrize("act", Act)
def test_no_act_of_a_person_closes_a_finding_or_fits_a_closed_one(act):
    acted = live(FINDING, done((act, OWNER | CLAIM)), DAY)
    closed = live(replace(FINDING, state=State.CLOSED_GONE), [], DAY)

    assert acted.measured is State.OPEN
    assert not acted.standing.value.startswith("closed")
    assert fits(closed, act)


def test_the_word_of_a_repair_falls_when_a_later_measurement_still_fails():
    acts = done((Act.ASSIGN, OWNER), Act.FIX)
    measured = replace(FINDING, last_measured_at=AT + 3 * HOUR)

    life = live(measured, acts, DAY)

    assert life.standing is Standing.IN_RECTIFICATION
    assert life.refuted_at == AT + 3 * HOUR


def test_a_measurement_from_before_the_repair_refutes_nothing():
    acts = done((Act.ASSIGN, OWNER), Act.FIX)

    life = live(replace(FINDING, last_measured_at=AT + HOUR), acts, DAY)

    assert (life.standing, life.refuted_at) == (Standing.FIXED, None)


def test_a_finding_that_returns_is_open_whatever_was_said_of_it_before():
    acts = done(Act.ACKNOWLEDGE, (Act.CLAIM_FALSE, CLAIM), Act.CONFIRM_FALSE)

    life = live(replace(FINDING, times_opened=2), acts, DAY)

    assert (life.standing, life.claim) == (Standing.OPEN, None)


def test_a_false_positive_comes_back_the_day_after_it_ends_and_says_so():
    acts = done((Act.CLAIM_FALSE, CLAIM), Act.CONFIRM_FALSE)

    last = live(FINDING, acts, date(2026, 12, 31))
    after = live(FINDING, acts, date(2027, 1, 1))

    assert (last.standing, last.claim_expired) == (Standing.FALSE_POSITIVE, False)
    assert (after.standing, after.claim_expired) == (Standing.OPEN, True)


def test_the_shorter_of_the_two_terms_holds_and_the_named_owner():
    early = live(FINDING, done((Act.ASSIGN, OWNER)), DAY)
    late = live(FINDING, done((Act.ASSIGN, OWNER | {"due": "2027-11-25"})), DAY)

    assert (early.due, early.owner) == (date(2026, 11, 25), "li")
    assert late.due == FINDING.due


def test_the_raw_state_stays_visible_under_a_waiver():
    life = live(FINDING, done(Act.ACKNOWLEDGE), DAY, is_waived=True)

    assert life.standing is Standing.WAIVED
    assert (life.work, life.measured) == (Standing.ACKNOWLEDGED, State.OPEN)
