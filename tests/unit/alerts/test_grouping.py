"""Grouping, inhibition, routes, quiet hours and storms: rules that lose nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.signals import finding, gap
from zicha.alerts.inhibition import Heard, inhibited
from zicha.alerts.routing import held_until, next_room, planned, routed
from zicha.alerts.signals import grouped
from zicha.catalog.alert_rules import load_alert_rules
from zicha.catalog.scope_alerts import Quiet, Route
from zicha.model.text import Text
from zicha.model.verdict import Severity

RULES = load_alert_rules().inhibition
GRAVE = (Severity.CRITICAL, Severity.WARNING)


def _signal(n, row):
    check, source, severity, change, about = row
    open_ = change != "fixed"
    if about == "gap":
        return gap(f"g-{n}", source, change=change, is_open=open_)
    words = {"severity": severity, "change": change, "is_open": open_, "source": source}
    return finding(f"f-{n}", check, account="", **words)


signals = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["s1", "s2", "s3"]),
        st.sampled_from(list(Severity)),
        st.sampled_from(["new", "worse", "fixed", "stands"]),
        st.sampled_from(["finding", "gap"]),
    ),
    max_size=60,
).map(lambda rows: [_signal(n, row) for n, row in enumerate(rows)])


@given(signals)
def test_every_signal_is_in_exactly_one_group_in_any_order(held):
    groups = grouped(held)

    assert sorted(s.id for g in groups for s in g.every) == sorted(
        s.id for s in held if s.is_open or s.change != "stands"
    )
    assert grouped(reversed(held)) == groups
    assert all(len({s.mark for s in g.every}) == 1 for g in groups)


@given(signals, st.sets(st.sampled_from(["s1", "s2", "s3"])))
def test_what_is_inhibited_is_counted_and_only_of_unreadable_sources(held, unreadable):
    heard = inhibited(held, unreadable, RULES)
    silenced = heard.silenced

    assert sorted(s.id for s in (*heard.told, *silenced)) == sorted(s.id for s in held)
    assert {s.source for s in silenced} <= unreadable
    assert all(s.is_open for s in silenced)
    assert not [s for s in silenced if s.about == "finding" and s.severity is Severity.CRITICAL]
    for source in {s.source for s in silenced}:
        assert [s for s in heard.told if s.about == "gap" and s.source == source and s.is_open]


@given(signals, st.integers(min_value=2, max_value=9), st.sets(st.sampled_from("xyz"), min_size=1))
def test_a_plan_never_sends_more_than_its_room_and_tells_everything_new(held, room, to):
    by = dict.fromkeys(to, Heard(tuple(held)))
    posts = planned(by, set(), room, "x")
    told = {s.id for each in posts for s in each.signals}
    groups = [g for g in grouped(held) if g.opens]

    assert sum(each.count for each in posts) <= room
    assert {s.id for g in groups for s in g.changed} <= told


def test_five_thousand_new_findings_are_one_digest_and_one_workbook():
    many = [finding(f"f-{n}", f"suite#{n % 40}", account=str(n % 70)) for n in range(5000)]

    (posts,) = planned({"team": Heard(tuple(many))}, set(), 9, "team")

    assert posts.is_storm
    assert posts.count == 2
    assert len(posts.signals) == 5000


def test_an_unreadable_account_is_told_once_and_spares_what_is_critical():
    held = [
        *(gap(f"g-{n}") for n in range(5)),
        finding("f-1"),
        finding("f-2", severity=Severity.CRITICAL),
        finding("f-3", source="other"),
    ]

    heard = inhibited(held, {"cloud"}, RULES)

    assert sorted(s.id for s in heard.told) == ["f-2", "f-3", "g-0"]
    assert len(heard.silenced) == 5


def test_a_source_of_which_no_gap_is_told_silences_nothing():
    held = [finding("f-1"), gap("g-1", "other"), gap("g-2", change="fixed", is_open=False)]

    assert inhibited(held, {"cloud"}, RULES).silenced == ()


def test_the_gap_that_stands_in_a_thread_speaks_for_those_that_come():
    held = [gap("g-1"), gap("g-2", change="stands"), gap("g-3", change="fixed", is_open=False)]

    heard = inhibited(held, {"cloud"}, RULES)

    assert {s.id for s in heard.told} == {"g-2", "g-3"}


def test_a_storm_tells_what_is_silenced_too():
    told = [gap("g-1"), *(finding(f"f-{n}", f"s#{n}") for n in range(20))]
    silenced = (finding("f-99"),)

    (posts,) = planned({"team": Heard(tuple(told), silenced)}, set(), 9, "team")

    assert posts.is_storm
    assert {s.id for s in posts.signals} >= {"f-99", "g-1"}
    assert posts.silenced == ()


def test_what_was_told_in_a_thread_is_answered_there_and_reworded():
    held = [finding("f-1", change="fixed", is_open=False)]
    mark = held[0].mark

    team = {"team": Heard(tuple(held))}
    assert planned(team, set(), 9, "team") == []
    (posts,) = planned(team, {(mark, "team")}, 9, "team")
    assert (len(posts.opened), len(posts.answered), len(posts.reworded)) == (0, 1, 1)


@pytest.mark.parametrize(
    ("signal", "to"),
    [
        (finding("f", severity=Severity.CRITICAL, systems=("billing",)), {"duty"}),
        (finding("f", systems=("billing",)), {"team"}),
        (finding("f", owners=(Text("甲", "A"), Text("乙", "B"))), {"owners"}),
        (finding("f", owners=(Text("丙", "C"),)), {"owners"}),
        (finding("f", severity=Severity.INFO), set()),
        (finding("f", systems=("quiet",)), set()),
    ],
    ids=[
        "severity and system",
        "no route",
        "one of its owners",
        "owner in English",
        "too slight",
        "digest alone",
    ],
)
def test_a_route_fits_by_severity_system_and_owner(signal, to):
    routes = (
        Route(severities=(Severity.CRITICAL,), systems=("billing",), to=("duty",)),
        Route(owners=("甲", "C"), to=("owners",)),
        Route(systems=("quiet",), to=("team",), how="digest"),
    )

    assert set(routed([signal], routes, "team", GRAVE)) == to


NIGHT = Quiet(begins="22:00", ends="07:30")


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-21T21:59", None),
        ("2026-11-21T22:00", "2026-11-22T07:30"),
        ("2026-11-22T03:00", "2026-11-22T07:30"),
        ("2026-11-22T07:29", "2026-11-22T07:30"),
        ("2026-11-22T07:30", None),
    ],
    ids=["before", "beginning", "after midnight", "last minute", "end"],
)
def test_quiet_hours_hold_back_until_they_end_but_never_what_is_critical(at, until):
    now = datetime.fromisoformat(f"{at}:00+08:00")
    said = datetime.fromisoformat(f"{until}:00+08:00") if until else None

    assert held_until(now, NIGHT, critical=False) == said
    assert held_until(now, NIGHT, critical=True) is None
    assert held_until(now, None, critical=False) is None


def test_a_full_channel_takes_the_next_message_a_minute_after_the_first():
    now = datetime(2026, 11, 22, 4, tzinfo=UTC)
    sent = [now - timedelta(seconds=s) for s in (70, 50, 40, 30)]

    minute = timedelta(minutes=1)
    assert next_room(sent, now, [(minute, 4)]) is None
    assert next_room(sent, now, [(minute, 3)]) == sent[1] + minute


def test_a_channel_with_two_limits_waits_for_the_longer_of_them():
    now = datetime(2026, 11, 22, 4, tzinfo=UTC)
    sent = [now - timedelta(milliseconds=m) for m in (900, 700, 500, 300, 100)]
    minute, second = timedelta(minutes=1), timedelta(seconds=1)

    assert next_room(sent, now, [(minute, 100), (second, 5)]) == sent[0] + second
    assert next_room(sent, now, [(minute, 5), (second, 5)]) == sent[0] + minute
    assert load_alert_rules().limits["feishu"].room(critical=True) == ((minute, 100), (second, 5))
    assert load_alert_rules().limits["feishu"].room(critical=False)[0] == (minute, 80)
