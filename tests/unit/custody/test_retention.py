"""What has expired, and above all what has not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zicha.custody.retention import Hold, Item, Rule, Stake, expired, standings

START = datetime(2026, 1, 1, tzinfo=UTC)
RULES = {"logs": Rule(200, 184), "reports": Rule(1096, 1096), "records": Rule(None, None)}


def after(days):
    return START + timedelta(days=days)


def an_item(digest="a", rule="logs", day=0, **labels):
    at = after(day)
    return Item(digest, rule, at, at.date().isoformat(), 10, {"digest": digest, **labels})


def digests(found):
    return [one.digest for one in found]


def test_an_object_expires_when_the_days_of_its_class_are_over():
    item = an_item()

    assert expired([item], RULES, after(199)) == []
    assert digests(expired([item], RULES, after(200))) == ["a"]


def test_a_rule_below_its_floor_keeps_until_the_floor():
    rules = {"logs": Rule(1, 184)}

    assert expired([an_item()], rules, after(183)) == []
    assert digests(expired([an_item()], rules, after(184))) == ["a"]


def test_the_same_bytes_sealed_again_count_from_the_last_time():
    twice = [an_item(), an_item(day=150)]

    assert expired(twice, RULES, after(349)) == []
    assert digests(expired(twice, RULES, after(350))) == ["a"]


def test_the_class_that_keeps_longest_decides():
    found = standings([an_item(day=9), an_item(rule="reports")], RULES)

    assert [(one.rule, one.until) for one in found] == [("reports", after(1096))]


@pytest.mark.parametrize("rule", ["records", "a-class-that-was-given-up"])
def test_what_no_rule_ends_is_kept_for_ever(rule):
    assert expired([an_item(rule=rule)], RULES, after(36_500)) == []


def test_what_an_open_finding_rests_on_is_kept():
    (found,) = standings([an_item()], RULES, stakes=[Stake("f-1", frozenset("a"), None)])

    assert (found.until, found.findings) == (None, ("f-1",))


def test_what_a_closed_finding_rested_on_is_kept_so_much_longer():
    closed = [Stake("f-1", frozenset("a"), after(900))]

    assert expired([an_item()], RULES, after(899), stakes=closed) == []
    assert digests(expired([an_item()], RULES, after(900), stakes=closed)) == ["a"]


@pytest.mark.parametrize(
    ("covers", "blocks"),
    [
        ({}, True),
        ({"digest": "a"}, True),
        ({"digest": "b"}, False),
        ({"source": "host"}, True),
        ({"source": "host", "table": "linux/accounts"}, False),
        ({"from": "2026-01-01", "until": "2026-01-01"}, True),
        ({"from": "2026-01-02"}, False),
        ({"until": "2025-12-31"}, False),
        ({"a-word-of-a-later-version": "x"}, True),
    ],
)
def test_a_hold_blocks_what_agrees_with_all_its_words(covers, blocks):
    item = an_item(source="host", table="linux/sshd_settings")

    found = expired([item], RULES, after(500), [Hold("h-1", covers)])

    assert (found == []) is blocks


ITEMS = st.lists(
    st.builds(
        an_item,
        digest=st.sampled_from("abcd"),
        rule=st.sampled_from([*RULES, "unknown"]),
        day=st.integers(0, 2000),
        source=st.sampled_from(["one", "two"]),
    ),
    max_size=12,
)
CHOSEN = st.fixed_dictionaries(
    {
        "logs": st.builds(Rule, st.integers(1, 3000) | st.none(), st.just(184)),
        "reports": st.builds(Rule, st.integers(1, 3000) | st.none(), st.just(1096)),
        "records": st.just(Rule(None, None)),
    }
)
HOLDS = st.lists(
    st.builds(
        Hold,
        st.uuids().map(str),
        st.fixed_dictionaries(
            {},
            optional={
                "digest": st.sampled_from("abcd"),
                "source": st.sampled_from(["one", "two"]),
                "from": st.dates().map(str),
                "until": st.dates().map(str),
            },
        ),
    ),
    max_size=4,
)
STAKES = st.lists(
    st.builds(
        Stake,
        st.uuids().map(str),
        st.frozensets(st.sampled_from("abcd")),
        st.none() | st.integers(0, 4000).map(after),
    ),
    max_size=4,
)
NOW = st.integers(0, 6000).map(after)


@given(ITEMS, CHOSEN, NOW, HOLDS, STAKES)
def test_nothing_under_a_floor_a_hold_or_an_open_finding_ever_expires(
    items, rules, now, holds, stakes
):
    gone = set(digests(expired(items, rules, now, holds, stakes)))

    for item in (item for item in items if item.digest in gone):
        floor = rules[item.rule].floor
        assert floor is not None
        assert item.sealed_at + timedelta(days=floor) <= now
        assert not any(hold.blocks(item) for hold in holds)
        for stake in stakes:
            assert item.digest not in stake.digests or (stake.until and stake.until <= now)


@given(ITEMS, CHOSEN, NOW, HOLDS, STAKES)
def test_applying_it_twice_is_applying_it_once(items, rules, now, holds, stakes):
    gone = set(digests(expired(items, rules, now, holds, stakes)))
    left = [item for item in items if item.digest not in gone]

    assert expired(left, rules, now, holds, stakes) == []


@given(ITEMS, CHOSEN, NOW, HOLDS, STAKES)
def test_what_has_expired_stays_expired(items, rules, now, holds, stakes):
    sooner = set(digests(expired(items, rules, now, holds, stakes)))
    later = set(digests(expired(items, rules, now + timedelta(days=77), holds, stakes)))

    assert sooner <= later


@given(ITEMS, CHOSEN, NOW, HOLDS, STAKES)
def test_a_further_hold_or_finding_only_ever_keeps_more(items, rules, now, holds, stakes):
    every = set(digests(expired(items, rules, now, holds, stakes)))

    assert set(digests(expired(items, rules, now, holds[1:], stakes[1:]))) >= every
