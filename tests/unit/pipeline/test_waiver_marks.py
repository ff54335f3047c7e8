"""A waiver stands beside a verdict: the outcome stays a failure, the item stays as it was."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from fakes.findings import plant
from integration.one_day import NOON, Steps, workplace
from zicha.findings.waivers import WaiverState, of_file
from zicha.pipeline.findings.lists import told_of
from zicha.pipeline.findings.waiver_marks import waiver_lines, with_marks

DAY = date(2026, 11, 22)


@pytest.fixture
def place(tmp_path):
    return workplace(tmp_path / "data", Steps(), NOON + timedelta(hours=1))


@pytest.fixture
def scratch(place):
    planted = plant(place, NOON)
    return replace(
        planted,
        expectation="plain-http-is-refused",
        subject=("1", "billing-scratch"),
    )


def test_a_waiver_for_a_system_covers_only_what_is_in_that_system_alone(place, scratch):
    (waiver,) = of_file(place.scope, DAY)

    assert waiver.covers(scratch, ["billing"])
    assert not waiver.covers(scratch, ["billing", "portal"])
    assert not waiver.covers(scratch, [])
    assert not waiver.covers(replace(scratch, subject=("1", "billing-scratch-2")), ["billing"])


def test_a_waiver_of_the_file_expires_after_its_last_day(place):
    states = [of_file(place.scope, day)[0].state for day in (date(2027, 3, 31), date(2027, 4, 1))]

    assert states == [WaiverState.IN_FORCE, WaiverState.EXPIRED]


@pytest.mark.parametrize(
    ("requester", "approver", "void"),
    [
        ("airflow:demo-billing-owner", "airflow:demo-security-owner", ""),
        ("李四", "demo-security-owner", ""),
        ("李四", "网络安全负责人", ""),
        ("李四", "security-owner", ""),
        ("李四", "airflow:demo-billing-owner", "holds no role"),
        ("李四", "os:0@desk", "verifies nobody|holds no role"),
        ("李四", "张三", "holds no role"),
        ("demo-security-owner", "airflow:demo-security-owner", "one person"),
        ("airflow:demo-security-owner", "security-owner", "holds no role"),
    ],
)
def test_a_waiver_of_the_file_counts_only_when_its_approver_may_approve(
    place, requester, approver, void
):
    (declared,) = place.scope.waivers
    changed = declared.model_copy(update={"requester": requester, "approver": approver})
    scope = place.scope.model_copy(update={"waivers": (changed,)})

    (waiver,) = of_file(scope, DAY)
    (unheld,) = of_file(scope.model_copy(update={"roles": (), "people": ()}), DAY)

    assert (waiver.state is WaiverState.VOID) is bool(void)
    assert re.search(void, waiver.why_void)
    assert unheld.state is WaiverState.IN_FORCE


def test_a_finding_that_the_file_waives_looks_waived_and_is_measured_open(place, scratch):
    (told,) = told_of(place, [scratch])

    assert (told.systems, told.life.standing.value) == (("billing",), "waived")
    assert told.life.measured.value == "open"


def test_an_outcome_that_is_waived_stays_a_failure(place, scratch):
    (told,) = told_of(place, [scratch])
    (waiver,) = of_file(place.scope, DAY)
    row = {"suite": scratch.suite, "expectation": scratch.expectation, "source": scratch.source}
    row |= {"account": scratch.account, "subject_id": scratch.subject_id, "status": "fail"}

    (marked,) = with_marks([row], [replace(told, waivers=(waiver,))])
    (passed,) = with_marks([row | {"status": "pass"}], [replace(told, waivers=(waiver,))])

    assert (marked["status"], marked["waived"]) == ("fail", ["scratch-over-http"])
    assert passed["waived"] == []


def test_a_report_lists_the_expired_waivers_too(place, scratch):
    (told,) = told_of(place, [scratch])
    (waiver,) = of_file(place.scope, date(2027, 4, 1))

    (line,) = waiver_lines([replace(told, waivers=(), lapsed=(waiver,))])

    assert (line.waiver, line.state, line.expires) == ("scratch-over-http", "expired", "2027-03-31")
