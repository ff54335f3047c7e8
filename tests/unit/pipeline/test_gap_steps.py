"""A gap that stays goes up by a table in working days; each step is told once to each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.judged_runs import judged
from zicha.catalog.alert_rules import GapStep
from zicha.catalog.scope_alerts import Alerts, Destination
from zicha.duties.time import moment_of
from zicha.model.standing_gap import StandingGap
from zicha.model.text import Text
from zicha.model.verdict import Reason
from zicha.pipeline.alerts.gap_steps import escalate_gaps
from zicha.pipeline.workplace import open_workplace
from zicha.storage import gaps, messages

FRIDAY = moment_of("2026-11-20T09:00+08:00")
TEAM = Destination(id="team", kind="slack", channel="C0TEAM")
BOSS = Destination(id="boss", kind="slack", channel="C0BOSS", reach="country")


@pytest.fixture
def place(tmp_path):
    opened = open_workplace({"ZICHA_DATA": str(tmp_path / "data")}, clock=lambda: FRIDAY)
    alerts = Alerts(destinations=(TEAM, BOSS))
    yield replace(opened, scope=opened.scope.model_copy(update={"alerts": alerts}))
    opened.database.close()


def met(place, source="demo-aws", permission="s3:ListAllMyBuckets"):
    with place.database.read() as connection:
        run = next((gap.run for gap in gaps.standing(connection)), "") or None
    run = run or judged(place, FRIDAY)
    gap = StandingGap(
        source, Reason.REFUSED, permission, FRIDAY, FRIDAY, run, owner="<!channel>王某"
    )
    with place.database.write() as connection:
        gaps.write(connection, [gap])


def said(place, days, **alerts):
    scope = place.scope
    if alerts:
        changed = scope.alerts.model_copy(update=alerts)
        scope = scope.model_copy(update={"alerts": changed})
    there = replace(place, clock=lambda: FRIDAY + timedelta(days=days), scope=scope)
    keys = escalate_gaps(there)
    with place.database.read() as connection:
        return [messages.get(connection, key) for key in keys]


def step(to):
    return GapStep(working_days=1, to=(to,), says=Text("速办", "now"))


def test_a_gap_goes_up_after_three_working_days_and_not_after_a_weekend(place):
    met(place)

    assert said(place, 3) == []
    (first,) = said(place, 5)
    assert said(place, 5) == []
    assert "1 个缺口满 3 个工作日" in first.body["zh"]
    assert "自 2026-11-20 起，权限被拒绝；来源 不外发" in first.body["zh"]
    assert "王某" not in str(first.body)
    (second,) = said(place, 14)
    assert "10 working days: for management" in second.body["en"]


def test_a_second_gap_goes_up_alone(place):
    met(place)
    said(place, 5)
    met(place, permission="iam:ListUsers")

    (message,) = said(place, 5)
    assert "1 个缺口" in message.body["zh"]


def test_the_table_of_the_scope_says_when_and_to_whom(place):
    met(place)
    own = Alerts(destinations=(TEAM, BOSS), gap_steps=(step("boss"),))

    (message,) = said(place, 3, gap_steps=own.gap_steps)
    assert message.recipient == "C0BOSS"
    assert "来源 demo-aws，责任人 <!channel>王某" in message.body["zh"]
    assert said(place, 30, gap_steps=()) == []


def test_a_step_to_a_destination_that_there_is_not_does_not_load():
    with pytest.raises(ValueError, match="no destination nobody"):
        Alerts(destinations=(TEAM,), gap_steps=(step("nobody"),))
