"""A run that asks one source leaves what is known of the others in place, until it is too old."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.one_day import NOON, Steps, workplace
from zicha.pipeline import close_collection, collect, judge, plan_collection
from zicha.pipeline.findings.lists import finding_rows
from zicha.pipeline.runs.covering import judged_run, standing_outcomes


def run_once(folder, now, *sources):
    place = workplace(folder, Steps(), now)
    day = place.today()
    for batch in plan_collection(place, day, again=True, sources=sources):
        collect(place, batch)
    close_collection(place, day)
    judge(place, day)
    return place


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The host and the register on one day; the register alone an hour later."""
    folder = tmp_path_factory.mktemp("narrow")
    first = run_once(folder, NOON, "recorded-host", "demo-register")
    before = {row["id"] for row in finding_rows(first)}
    return folder, before, run_once(folder, NOON + timedelta(hours=1), "demo-register")


def statuses(place, source):
    found = standing_outcomes(place, judged_run(place))
    return {o.verdict.status.value for o in found if o.source == source}


def test_a_narrower_run_closes_nothing_outside_it(both):
    _, before, place = both

    assert {row["id"] for row in finding_rows(place)} == before


def test_a_finding_it_did_not_look_at_says_so(both):
    _, _, place = both
    rows = [row for row in finding_rows(place) if row["source"] == "recorded-host"]

    assert rows
    assert all(row["not_remeasured_since"] for row in rows)


def test_what_it_did_not_ask_still_counts(both):
    _, _, place = both

    assert {"pass", "fail"} <= statuses(place, "recorded-host")


def test_what_it_did_not_ask_for_two_days_is_stale_and_no_pass(both):
    folder, _, _ = both
    place = run_once(folder, NOON + timedelta(days=2), "demo-register")

    assert statuses(place, "recorded-host") == {"unknown"}
