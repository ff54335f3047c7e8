"""The pipeline's own health: told to its own channel, once, and once more when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.judged_runs import fault, judged
from fakes.slack_server import OK, Says, fake_slack
from fakes.team_channel import beside, team_place
from zicha.catalog.scope_alerts import Alerts, Destination, Quiet
from zicha.duties.time import moment_of
from zicha.model.errors import DeliveryError
from zicha.pipeline.alerts import health
from zicha.pipeline.alerts.desk import bury
from zicha.pipeline.alerts.health import tell_health, troubles, watch_health
from zicha.pipeline.alerts.outbox import send_due
from zicha.storage import messages, notices

NOW = moment_of("2026-10-21T09:00+08:00")
TEAM = Destination(id="team", kind="slack", channel="C0TEAM")
OPS = Destination(id="ops", kind="slack", channel="C0OPS")


@pytest.fixture
def place(tmp_path):
    opened = team_place(tmp_path / "data", NOW)
    alerts = Alerts(destinations=(TEAM, OPS), health="ops")
    yield replace(opened, scope=opened.scope.model_copy(update={"alerts": alerts}))
    opened.database.close()


def watched(place, slack, later=timedelta(0)):
    there = beside(place, slack, NOW + later)
    watch_health(there)
    send_due(there)
    return [one for one in slack.posted if one.get("channel") == "C0OPS"]


def ids(place, later=timedelta(0)):
    return [each.id for each in troubles(replace(place, clock=lambda: NOW + later))]


def test_a_day_without_collection_is_told_once_and_once_more_when_it_is_made_up_for(place):
    with fake_slack(OK) as slack:
        watched(place, slack)
        watched(place, slack, timedelta(minutes=5))
        judged(place, NOW + timedelta(minutes=6))
        watched(place, slack, timedelta(minutes=10))
        told = watched(place, slack, timedelta(minutes=15))

    assert len(told) == 2
    assert "〔自查系统异常〕今日 06:00 前未完成采集与判定" in told[0]["text"]
    assert "nothing was collected and judged by 06:00 today" in str(told[0]["blocks"])
    assert "〔自查系统恢复〕" in told[1]["text"]
    assert "2026-10-21T09:00:00+08:00" in str(told[1]["blocks"])


def test_before_its_hour_a_day_without_collection_is_no_trouble(place):
    assert ids(place) == ["no-collection-today"]
    assert ids(place, timedelta(hours=-4)) == []


def test_an_alert_that_was_given_up_is_told_and_told_again_when_there_are_more(place):
    judged(place, NOW)
    with fake_slack(OK) as slack:
        for n in (1, 2):
            with place.database.write() as connection:
                said = {"zh": "x", "en": "x"}
                messages.enqueue(
                    connection, f"m-{n}", channel="slack", recipient="C0TEAM", body=said, at=NOW
                )
            bury(place, f"m-{n}")
            watched(place, slack, timedelta(minutes=n))
        told = watched(place, slack, timedelta(minutes=3))

    assert [one["text"].split()[-2:] for one in told] == [["1", "条"], ["2", "条"]]


def test_the_channel_of_health_hears_nothing_of_what_was_found(place):
    judged(place, NOW, [fault(1)])
    with fake_slack(OK) as slack:
        told = watched(place, slack, timedelta(days=1))

    assert len(told) == 1
    assert "f-00001" not in str(told)
    assert "bucket" not in str(told)


def test_a_channel_that_is_down_loses_no_health_message(place):
    with fake_slack(Says(500, "<h1>x</h1>")) as slack:
        watched(place, slack)
    with fake_slack(OK) as slack:
        told = watched(place, slack, timedelta(hours=1))

    assert len(told) == 1


def test_a_failed_task_is_told_once_a_day_through_the_outbox(place):
    with fake_slack(Says(503, "<h1>x</h1>")) as slack:
        there = beside(place, slack)
        with pytest.raises(DeliveryError):
            tell_health(there, "task failed: collect_evidence.collect")
    with fake_slack(OK) as slack:
        there = beside(place, slack)
        tell_health(there, "task failed: collect_evidence.collect")
        tell_health(there, "task failed: collect_evidence.collect")

    assert [one["text"] for one in slack.posted] == ["task failed: collect_evidence.collect"]


def test_quiet_hours_hold_what_is_not_grave(place):
    alerts = Alerts(
        destinations=(TEAM, OPS), health="ops", quiet=Quiet(begins="08:00", ends="10:00")
    )
    there = replace(place, scope=place.scope.model_copy(update={"alerts": alerts}))
    later = moment_of("2026-11-21T09:00+08:00") - NOW
    with fake_slack(OK) as slack:
        early = list(watched(there, slack, later))
        late = watched(there, slack, later + timedelta(hours=2))

    assert len(early) == 1
    assert "未完成采集" in early[0]["text"]
    assert any("2027 年放假调休表" in one["text"] for one in late)


def test_a_notice_that_waits_is_a_trouble_after_its_minutes(place, monkeypatch):
    judged(place, NOW)
    monkeypatch.setattr(notices, "oldest", lambda _: NOW - timedelta(minutes=10))

    assert ids(place) == []
    assert ids(place, timedelta(minutes=6)) == ["notices-wait"]


def test_a_full_disk_is_a_trouble(place, monkeypatch):
    judged(place, NOW)
    usage = health.shutil.disk_usage(place.data)
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: usage._replace(free=1))

    assert ids(place) == ["no-room"]


def test_without_a_channel_of_its_own_nothing_is_kept(place):
    there = replace(
        place, scope=place.scope.model_copy(update={"alerts": Alerts(destinations=(TEAM,))})
    )

    assert watch_health(there) == []
    tell_health(there, "a line")
    with place.database.read() as connection:
        assert messages.counted(connection) == {}
