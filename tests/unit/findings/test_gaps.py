from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zicha.findings.gaps import advance
from zicha.model.outcome import Outcome
from zicha.model.verdict import FAIL, PASS, Reason, Status, unknown

START = datetime(2026, 11, 21, 2, tzinfo=UTC)
MAX_AGES = {"aws/s3": timedelta(hours=26), "aws/iam": timedelta(hours=2)}


def outcome(verdict=PASS, subject="a", suite="aws/s3", expectation="e", source="demo", **more):
    return Outcome(expectation, (subject,), verdict, suite=suite, source=source, **more)


def refused(permission="s3:Get", **more):
    more = {"remedy": f"grant {permission}"} | more
    return outcome(unknown(Reason.REFUSED), permission=permission, **more)


def silent(**more):
    return outcome(unknown(Reason.UNREACHABLE), **more)


def after(*days):
    """Every gap after days of outcomes."""
    standing = {}
    for number, outcomes in enumerate(days):
        changed = step(standing, outcomes, number)
        standing |= {(*gap.key, gap.since): gap for gap in changed}
    return list(standing.values())


def step(standing, outcomes, number):
    return advance(
        standing.values(),
        outcomes,
        run=f"run-{number}",
        as_of=START + timedelta(days=number),
        owners={"demo": "ops"},
        max_ages=MAX_AGES,
    )


def test_one_gap_stands_for_everything_with_the_same_source_reason_and_permission():
    (gap,) = after([refused(), refused(subject="b"), refused(suite="aws/iam")])

    assert gap.key == ("demo", "refused", "s3:Get")
    assert (gap.affects, gap.remedy, gap.owner) == (3, "grant s3:Get", "ops")
    assert gap.max_age == timedelta(hours=2)


def test_another_permission_reason_or_source_is_another_gap():
    assert len(after([refused(), refused("s3:Put"), silent(), refused(source="other")])) == 4


def test_a_gap_met_again_keeps_its_first_day():
    (gap,) = after([refused()], [refused(), refused(subject="b")])

    assert gap.since == START
    assert gap.last_seen_at == START + timedelta(days=1)
    assert gap.affects == 2


@pytest.mark.parametrize("verdict", [PASS, FAIL])
def test_a_gap_closes_when_the_source_answers(verdict):
    (gap,) = after([refused()], [outcome(verdict)])

    assert gap.closed_at == START + timedelta(days=1)


@pytest.mark.parametrize(
    "outcomes",
    [
        [],
        [outcome(source="other")],
        [outcome(suite="aws/iam")],
        [silent()],
        [refused("s3:Put")],
    ],
    ids=["nobody asked", "other source", "other suite", "silent", "refused otherwise"],
)
def test_a_refusal_stays_until_what_it_hid_was_read(outcomes):
    gaps = after([refused()], outcomes)

    assert next(gap for gap in gaps if gap.permission == "s3:Get").is_open


def test_silence_ends_as_soon_as_the_source_says_anything_even_no():
    gaps = after([silent()], [refused()])

    assert {gap.reason: gap.is_open for gap in gaps} == {
        Reason.UNREACHABLE: False,
        Reason.REFUSED: True,
    }


def test_a_gap_that_returns_is_a_new_one_and_the_old_one_stays_closed():
    old, new = after([refused()], [outcome()], [refused()])

    assert (old.is_open, new.is_open) == (False, True)
    assert new.since == START + timedelta(days=2)


def test_a_gap_older_than_its_tables_allow_escalates_and_a_closed_one_does_not():
    (young,) = after([refused()])
    (closed,) = after([refused()], [outcome()])

    assert not young.escalates(START + timedelta(hours=26))
    assert young.escalates(START + timedelta(hours=27))
    assert not closed.escalates(START + timedelta(days=9))


verdicts = st.sampled_from(
    [outcome(), outcome(FAIL), refused(), refused("s3:Put"), silent(), silent(suite="aws/iam")]
)
histories = st.lists(st.lists(verdicts, max_size=4), min_size=1, max_size=5)


@settings(deadline=None)
@given(histories)
def test_the_same_run_applied_twice_changes_nothing(history):
    standing = {(*gap.key, gap.since): gap for gap in after(*history) if gap.is_open}

    assert step(standing, history[-1], len(history) - 1) == []


@settings(deadline=None)
@given(histories)
def test_there_is_one_open_gap_for_what_is_unknown_today(history):
    open_keys = [gap.key for gap in after(*history) if gap.is_open]
    today = {
        (o.source, o.verdict.because, o.permission)
        for o in history[-1]
        if o.verdict.status is Status.UNKNOWN
    }

    assert len(open_keys) == len(set(open_keys))
    assert today <= set(open_keys)
