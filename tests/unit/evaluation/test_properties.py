"""What holds for any table: rows do not vouch for each other, and knowing less passes nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.suites import expectation, judged, suite, table, verdicts
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

SUITE = suite(
    expectation("expect_column_values_to_be_between", id="a", column="n", min_value=3),
    expectation(
        "expect_column_values_to_be_in_set",
        id="b", column="t", value_set=["x"], nulls="skip", only_if={"on": [True]},
    ),
)  # fmt: skip
COLUMNS = {"n": int, "t": str, "on": bool}
CELLS = {
    "n": st.one_of(st.none(), st.integers(0, 6), st.integers()),
    "t": st.one_of(st.none(), st.sampled_from("xyz"), st.text(max_size=5)),
    "on": st.one_of(st.none(), st.booleans()),
}
ROW = st.fixed_dictionaries(CELLS)
FEW = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def found(rows):
    said = judged(SUITE, table(COLUMNS, rows))
    return {(o.expectation, o.subject): o.verdict for o in said}


@FEW
@given(st.lists(ROW, min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_verdict_of_a_row_depends_neither_on_other_rows_nor_on_their_order(rows, random):
    whole = table(COLUMNS, rows)
    kept = list(whole.rows)
    random.shuffle(kept)
    kept = kept[: len(kept) // 2 + 1]

    fewer = judged(SUITE, replace(whole, rows=tuple(kept)))

    assert {(o.expectation, o.subject): o.verdict for o in fewer}.items() <= found(rows).items()


@FEW
@given(st.lists(ROW, min_size=1, max_size=6), st.data())
def test_to_know_less_turns_nothing_into_a_pass(rows, data):
    number = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(sorted(COLUMNS)))
    less = [dict(row) for row in rows]
    less[number][name] = Unread(Reason.REFUSED)

    before, after = found(rows), found(less)

    gained = {key for key, verdict in after.items() if verdict.status == "pass"}
    assert gained <= {key for key, verdict in before.items() if verdict.status == "pass"}
    assert before.keys() == after.keys()


@FEW
@given(st.sampled_from(list(Reason)), st.lists(ROW, max_size=3))
def test_a_listing_that_did_not_end_well_is_never_an_empty_one(reason, rows):
    whole = table(COLUMNS, rows)
    (place,) = whole.states
    cut = replace(whole, states={place: replace(whole.states[place], reason=reason)})

    assert verdicts(judged(SUITE, cut))["1"] == f"unknown {reason}"
