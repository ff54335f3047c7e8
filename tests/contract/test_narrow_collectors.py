"""A narrowed collector says of one resource what its whole listing says, and of no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from demo.aws_account_seeds import FIRST

from fakes.demo_account import address, source
from fakes.replies import NONE_BY_SILENCE, ODD_BODIES, spoilt
from zicha.collectors import collectors
from zicha.findings.life import Measurement, advance
from zicha.findings.listings import listings_of
from zicha.model.evidence import Unread
from zicha.model.finding import Change, Finding, Listings, State
from zicha.model.verdict import Severity
from zicha.sources.aws_door import open_account

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)
NARROWED = sorted(id_ for id_, one in collectors().items() if one.narrow is not None)
MOST_CALLS = 13
"""Requests of one bucket, the resource that takes the most; who one is included."""
MEASURED = Measurement(
    "2026-11-22-e1", NOW.date(), NOW, "org", {}, {}
)  # fmt: skip


@pytest.fixture(scope="module")
def opened():
    """Opens the demo's first account, anew each time: nothing asked before is remembered."""
    import boto3

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address())
        session = boto3.Session("demo", "demo", region_name="cn-north-1")
        yield lambda: open_account(source(FIRST), session)


@pytest.fixture(scope="module")
def whole(opened):
    """Each narrowed collector's whole table."""
    account = opened()
    return {id_: table(collectors()[id_], collectors()[id_].fetch(account)) for id_ in NARROWED}


def table(collector, replies):
    return collector.table(list(replies), NOW, "sha256:0", "demo")


def named(row, collector, **more):
    """How a change names the row's resource."""
    columns = {*collector.subject, *collector.places, "region"} & row.keys()
    return {name: row[name] for name in columns} | more


def steady(collector, row):
    left = {*collector.volatile, *collector.narrow_lacks}
    return {name: value for name, value in row.items() if name not in left}


@pytest.mark.parametrize("id_", NARROWED)
def test_of_one_resource_it_says_what_the_whole_listing_says_with_few_calls(id_, whole, opened):
    collector, account = collectors()[id_], opened()
    if not whole[id_].rows:
        pytest.skip("the demo's account holds none")
    wanted = whole[id_].rows[-1]

    found = table(collector, collector.narrow(account, [named(wanted, collector)]))

    (mine,) = [row for row in found.rows if found.key_of(row) == found.key_of(wanted)]
    assert steady(collector, mine) == steady(collector, wanted)
    assert all(isinstance(mine[name], Unread) for name in collector.narrow_lacks)
    assert all(state.reason is None for state in found.states.values())
    assert account.calls <= MOST_CALLS


@pytest.mark.parametrize("id_", NARROWED)
def test_a_call_gone_wrong_costs_cells_or_the_listing_and_changes_no_other_value(
    id_, whole, opened
):
    collector = collectors()[id_]
    if not whole[id_].rows:
        pytest.skip("the demo's account holds none")
    wanted = whole[id_].rows[-1]
    replies = list(collector.narrow(opened(), [named(wanted, collector)]))
    sound = table(collector, replies)
    before = {sound.key_of(row): row for row in sound.rows}
    silences = {call for (one, call) in NONE_BY_SILENCE if one == id_}
    wrong = []

    for name, reply, heard in spoilt(replies):
        found = table(collector, heard)
        if any(state.reason for state in found.states.values()):
            continue
        held = {found.key_of(row): row for row in found.rows}
        if held.keys() != before.keys():
            wrong.append((name, reply.call, reply.about, "rows"))
        wrong += [
            (name, reply.call, reply.about, column)
            for key in held.keys() & before.keys()
            for column, said in held[key].items()
            if said != before[key][column] and not isinstance(said, Unread)
            if not (name in ODD_BODIES and reply.call in silences)
        ]

    assert wrong == []


@pytest.mark.parametrize("id_", NARROWED)
def test_what_is_gone_closes_alone(id_, whole, opened):
    collector, account = collectors()[id_], opened()
    if not whole[id_].rows:
        pytest.skip("the demo's account holds none")
    *others, last = whole[id_].rows
    (column,) = set(collector.subject) - {"account", "region"}
    lost = named(last, collector, **{column: _sibling(last[column])})
    gone = tuple(lost[name] for name in collector.subject)

    found = table(collector, collector.narrow(account, [lost]))

    known = [finding(collector, last, gone)]
    known += [finding(collector, row, found.key_of(row)) for row in (*others, last)]
    listings = Listings(listings_of(id_, found, only={gone}))
    steps = advance(known, [], listings, MEASURED)
    assert [(step.change, step.finding.subject) for step in steps] == [(Change.GONE, gone)]


def _sibling(name):
    """A name of the same shape that nothing has."""
    return name[:-4] + ("0000" if name[-4:] != "0000" else "1111")


def finding(collector, row, subject):
    return Finding(
        id=str(subject),
        entity="org",
        suite=collector.id,
        expectation="x",
        subject=subject,
        source="demo",
        account=row["account"],
        region=row.get("region", "") if "region" in collector.places else "",
        subject_type=collector.subject_type,
        severity=Severity.WARNING,
        state=State.OPEN,
        run="before",
        opened_at=BEFORE,
        first_opened_at=BEFORE,
        last_measured_at=BEFORE,
        last_run="2026-11-21",
    )
