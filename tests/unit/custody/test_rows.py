from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zicha.custody.manifest import manifest
from zicha.custody.outcome_rows import outcomes_from_parquet, outcomes_to_parquet
from zicha.custody.rows import content_mark, from_parquet, to_parquet
from zicha.model.collector import PlaceState, Table
from zicha.model.errors import MalformedAnswerError, TamperedEvidenceError
from zicha.model.evidence import Unread
from zicha.model.outcome import Outcome
from zicha.model.verdict import FAIL, Reason, Severity

KEY = b"k" * 32
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
COLUMNS = {"account": str, "id": str, "n": int, "f": float, "ok": bool, "at": datetime}
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
unread = st.builds(Unread, st.sampled_from(Reason), texts, texts)
MOMENTS = st.datetimes(timezones=st.just(UTC)).map(
    lambda moment: moment.replace(year=max(moment.year, 1970), fold=0, day=min(moment.day, 28))
)
rows = st.fixed_dictionaries(
    {
        "account": texts,
        "id": texts,
        "n": st.none() | st.integers(-(2**63), 2**63 - 1) | unread,
        "f": st.none() | st.floats(allow_nan=False) | unread,
        "ok": st.none() | st.booleans() | unread,
        "at": st.none() | unread | MOMENTS,
    }
)


def table(*found, states=None):
    return Table(
        "aws/things", COLUMNS, ("account", "id"), ("account",), found, states or {("1",): END}
    )


END = PlaceState(None, "", "", NOW, "sha256:x", "demo")
ROW = {"account": "1", "id": "a", "n": 1, "f": 0.5, "ok": True, "at": NOW}


@settings(deadline=None, max_examples=30)
@given(st.lists(rows, max_size=5))
def test_rows_come_back_exactly_and_give_the_same_bytes(found):
    one = table(*found)

    assert from_parquet(to_parquet(one)) == one
    assert to_parquet(from_parquet(to_parquet(one))) == to_parquet(one)


def test_how_the_listings_ended_comes_back_too():
    states = {("1",): END, ("2",): PlaceState(Reason.REFUSED, "grant", "s3:List", NOW, "d", "s")}
    states["3",] = replace(END, not_offered=True)

    assert from_parquet(to_parquet(table(states=states))).states == states


def test_a_number_beyond_the_column_is_malformed():
    with pytest.raises(MalformedAnswerError, match="aws/things"):
        to_parquet(table(ROW | {"n": 2**70}))


def test_what_is_no_parquet_of_ours_is_said_to_be_none():
    with pytest.raises(TamperedEvidenceError):
        from_parquet(b"PAR1 nonsense")


def test_the_mark_stays_when_order_moment_and_volatile_columns_change():
    other = ROW | {"id": "b"}
    later = replace(END, collected_at=datetime(2027, 1, 1, tzinfo=UTC), evidence_digest="y")

    before = content_mark(table(ROW, other), KEY, ("n",))
    after = content_mark(table(other, ROW | {"n": 7}, states={("1",): later}), KEY, ("n",))

    assert before == after


@pytest.mark.parametrize(
    "changed",
    [
        table(ROW | {"ok": False}),
        table(ROW | {"ok": None}),
        table(ROW | {"ok": Unread(Reason.REFUSED)}),
        table(ROW, ROW),
        table(),
        table(ROW, states={("1",): PlaceState(Reason.PARTIAL)}),
        table(ROW, states={("1",): replace(END, not_offered=True)}),
        table(ROW, states={("1",): END, ("2",): END}),
    ],
)
def test_the_mark_changes_with_anything_lasting(changed):
    assert content_mark(changed, KEY) != content_mark(table(ROW), KEY)


def test_the_mark_of_a_text_is_not_the_mark_of_what_it_spells():
    as_text = Table("t", {"a": str}, ("a",), ("a",), ({"a": "1"},), {})

    assert content_mark(as_text, KEY) != content_mark(
        replace(as_text, columns={"a": int}, rows=({"a": 1},)), KEY
    )


def test_another_key_gives_another_mark():
    assert content_mark(table(ROW), KEY) != content_mark(table(ROW), b"o" * 32)


def test_outcomes_come_back_whatever_their_order_was():
    one = Outcome(
        "is-private",
        ("1", "自查"),
        FAIL,
        "aws/things",
        "demo",
        "1",
        "cn-north-1",
        "AWS::S3::Bucket",
        ("a/b",),
        Severity.WARNING,
        NOW,
        "sha256:x",
        observed="a=1",
        tags={"app": "x"},
    )
    two = replace(one, subject=("1", "a"), measured_at=None)

    found = outcomes_from_parquet(outcomes_to_parquet([one, two]))

    assert outcomes_to_parquet([two, one]) == outcomes_to_parquet([one, two])
    assert sorted(found, key=lambda outcome: outcome.subject) == [two, one]


def test_the_same_facts_give_the_same_manifest():
    entries = [{"source": "b", "table": "t", "at": NOW}, {"source": "a", "table": "t", "at": NOW}]

    def made(evidence):
        return manifest(
            "r",
            "2026-11-21",
            trigger="daily",
            scope_digest="d",
            stored_scope="s",
            started_at=NOW,
            closed_at=NOW,
            evidence=evidence,
            batches={"a": "sealed"},
            gaps={},
            suites={},
            catalogues={},
            tool_version="1",
        )

    assert made(entries) == made(entries[::-1])
