"""A finding's history as spells: what was open when, what was due, and what was in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from zicha.findings.life import Measurement, advance
from zicha.findings.spells import movement, open_on, spells_of
from zicha.model.finding import Listing, Listings
from zicha.model.outcome import Outcome
from zicha.model.verdict import FAIL, PASS, Reason, Severity, unknown

START = date(2026, 11, 1)
TERMS = {Severity.CRITICAL: 7, Severity.WARNING: 30}
GONE = "gone"


def on(number):
    return START + timedelta(days=number)


def told(*days, upto=None):
    """The spells after days of {subject: verdict}, through the real life of findings."""
    findings, events = {}, []
    for number, said in enumerate(days):
        at = datetime.combine(on(number), datetime.min.time(), UTC)
        run = Measurement(f"r-{number:03d}", on(number), at, "acme", TERMS, {})
        judged = [
            Outcome("private", ("1", subject), verdict, "aws/s3", "demo", "1", measured_at=at)
            for subject, verdict in said.items()
            if verdict != GONE
        ]
        held = frozenset(("1", o.subject[-1]) for o in judged)
        listing = [Listing("aws/s3", "demo", "1", "", GONE in said.values(), held, at)]
        steps = advance(findings.values(), judged, Listings(listing), run)
        findings |= {step.finding.id: step.finding for step in steps}
        events += [
            {
                "finding": step.finding.id,
                "run": step.run,
                "change": step.change.value,
                "severity": step.finding.severity.value,
                "observed": "",
                "evidence_digest": "",
            }
            for step in steps
            if step.change.value != "measured"
        ]
    numbers = {f"r-{n:03d}": on(n) for n in range(len(days))}
    known = [e for e in events if upto is None or numbers[e["run"]] <= on(upto)]
    return spells_of(findings.values(), known, numbers, TERMS)


def counted(spells, first, last, passed=None):
    moved = movement(spells, on(first), on(last), on(last) if passed is None else passed)
    return {
        "opened": len(moved.opened),
        "reopened": len(moved.reopened),
        "passed": len(moved.passed),
        "gone": len(moved.gone),
        "due": len(moved.due),
        "in_time": moved.in_time,
    }


def test_opened_before_and_closed_within_counts_as_closed_and_not_as_new():
    spells = told({"a": FAIL}, {"a": FAIL}, {"a": PASS})

    assert counted(spells, 1, 2) == {
        "opened": 0,
        "reopened": 0,
        "passed": 1,
        "gone": 0,
        "due": 0,
        "in_time": 0,
    }
    assert len(open_on(spells, on(1))) == 1
    assert open_on(spells, on(2)) == []


def test_what_came_back_is_a_spell_of_its_own_with_a_term_of_its_own():
    first, again = told({"a": FAIL}, {"a": PASS}, {"a": FAIL})

    assert (first.number, first.how, again.number, again.closed) == (1, "passed", 2, None)
    assert (first.due, again.due) == (on(7), on(9))


def test_gone_is_told_apart_from_mended():
    spells = told({"a": FAIL, "b": FAIL}, {"a": PASS, "b": GONE})

    assert sorted(spell.how for spell in spells) == ["gone", "passed"]


def test_a_day_on_which_nothing_was_known_closes_nothing():
    (spell,) = told({"a": FAIL}, {"a": unknown(Reason.REFUSED)}, {})

    assert spell.is_open_on(on(2))


def test_the_last_day_is_in_time_and_the_day_after_is_late():
    (mended,) = told({"a": FAIL}, *[{"a": FAIL}] * 6, {"a": PASS})
    (late,) = told({"a": FAIL}, *[{"a": FAIL}] * 7, {"a": PASS})

    assert (mended.closed, mended.due, mended.is_in_time) == (on(7), on(7), True)
    assert (late.closed, late.is_in_time) == (on(8), False)
    assert late.is_overdue_on(on(7))
    assert not late.is_overdue_on(on(6))


def test_a_term_that_has_not_passed_is_not_due_yet():
    spells = told(*[{"a": FAIL}] * 8)

    assert counted(spells, 0, 7, passed=on(6))["due"] == 0
    assert counted(spells, 0, 7)["due"] == 1


def test_the_past_is_told_as_it_was_and_not_as_it_is_today():
    days = ({"a": FAIL}, {"a": FAIL}, {"a": PASS}, {"a": FAIL})

    (then,) = told(*days, upto=1)

    assert (then.closed, then.number, then.due) == (None, 1, on(7))


VERDICTS = st.sampled_from([FAIL, PASS, GONE, unknown(Reason.REFUSED)])
HISTORIES = st.lists(st.dictionaries(st.sampled_from("abc"), VERDICTS), min_size=1, max_size=12)


@given(HISTORIES, st.integers(0, 11), st.integers(0, 11))
def test_open_at_the_end_is_open_at_the_start_and_new_less_closed(history, one, other):
    first, last = sorted((one, other))
    spells = told(*history)

    moved = movement(spells, on(first), on(last), on(last))

    before = len(open_on(spells, on(first - 1)))
    new = len(moved.opened) + len(moved.reopened)
    assert len(open_on(spells, on(last))) == before + new - len(moved.closed)
