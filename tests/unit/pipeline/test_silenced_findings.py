"""What an unreadable source silences is told once the source is back: once, and without a storm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest

from fakes.judged_runs import fault, judged
from fakes.slack_server import OK, Says, fake_slack
from fakes.team_channel import beside, team_place
from zicha.catalog.scope_alerts import Alerts, Destination, Route
from zicha.duties.time import moment_of
from zicha.model.errors import DeliveryError
from zicha.model.outcome import Outcome
from zicha.model.standing_gap import StandingGap
from zicha.model.verdict import Reason, Severity, Status, Verdict, unknown
from zicha.pipeline.alerts.alerting import plan_run
from zicha.pipeline.alerts.announcing import announce
from zicha.pipeline.alerts.outbox import send_due
from zicha.storage import gaps, messages, outcomes, runs

NOW = moment_of("2026-11-21T09:00+08:00")
HOUR = timedelta(hours=1)
OLD = timedelta(days=9)


@pytest.fixture
def place(tmp_path):
    opened = team_place(tmp_path / "data", NOW)
    yield opened
    opened.database.close()


def run(place, at, opened=(), passed=(), *, readable, since=OLD):
    """A judged run after which the account can be read, or not."""
    id_ = judged(place, NOW + at, opened, passed)
    verdict = Verdict(Status.PASS) if readable else unknown(Reason.REFUSED)
    subject = ("1", "bucket-0")
    said = Outcome("x", subject, verdict, suite="aws/s3_buckets", source="demo-aws")
    gap = StandingGap(
        *("demo-aws", Reason.REFUSED, "s3:ListAllMyBuckets", NOW - since, NOW, id_),
        max_age=timedelta(hours=26),
    )
    with place.database.write() as connection:
        outcomes.record(connection, id_, [said], NOW + at)
        gaps.write(connection, [replace(gap, closed_at=NOW + at) if readable else gap])
    return id_


def told(place, slack, at, alerts=None):
    scope = place.scope.model_copy(update={"alerts": alerts or place.scope.alerts})
    there = replace(beside(place, slack, NOW + at), scope=scope)
    before = len(slack.posted)
    announce(there, there.today())
    return [one for one in slack.posted[before:] if "自查" not in one.get("text", "")]


def test_a_silenced_finding_has_its_thread_once_its_source_is_back_and_once_only(place):
    with fake_slack(OK) as slack:
        run(place, 0 * HOUR, [fault(1)], readable=False)
        silent = str(told(place, slack, 0 * HOUR))
        run(place, 1 * HOUR, readable=False)
        quiet = told(place, slack, 1 * HOUR)
        run(place, 2 * HOUR, readable=True)
        back = told(place, slack, 2 * HOUR)
        run(place, 3 * HOUR, readable=True)
        after = told(place, slack, 3 * HOUR)

    assert "f-00001" not in silent
    assert "同一来源另有 1 项未逐条告警" in silent
    assert quiet == []
    (thread,) = [one for one in back if "检查项" in one["text"]]
    assert "f-00001" in str(thread)
    assert "thread_ts" not in thread
    assert "〔已消除〕" in str(back)
    assert after == []


def test_the_count_of_what_is_silenced_grows_with_an_edit_and_no_message(place):
    with fake_slack(OK) as slack:
        run(place, 0 * HOUR, [fault(1)], readable=False)
        told(place, slack, 0 * HOUR)
        before = len(slack.methods)
        run(place, 1 * HOUR, [fault(2), fault(3)], readable=False)
        (edit,) = told(place, slack, 1 * HOUR)

    assert "另有 3 项" in str(edit)
    assert slack.methods[before:].count("chat.update") == 1


def test_what_closed_while_it_was_silenced_is_not_told(place):
    with fake_slack(OK) as slack:
        run(place, 0 * HOUR, [fault(1), fault(2)], readable=False)
        told(place, slack, 0 * HOUR)
        run(place, 1 * HOUR, passed=[fault(1)], readable=True)
        back = str(told(place, slack, 1 * HOUR))

    assert "f-00002" in back
    assert "f-00001" not in back


def test_what_comes_back_is_a_reply_where_its_group_has_a_thread(place):
    with fake_slack(OK) as slack:
        run(place, 0 * HOUR, [fault(1)], readable=True)
        told(place, slack, 0 * HOUR)
        run(place, 1 * HOUR, [fault(2)], readable=False)
        told(place, slack, 1 * HOUR)
        run(place, 2 * HOUR, readable=True)
        back = told(place, slack, 2 * HOUR)

    (reply,) = [one for one in back if "f-00002" in str(one) and one.get("thread_ts")]
    assert "新增 1" in reply["text"]


def test_five_thousand_that_come_back_are_at_most_ten_messages_and_all_can_be_reached(place):
    many = [fault(n, f"check-{n % 60}") for n in range(5000)]
    with fake_slack(OK) as slack:
        run(place, 0 * HOUR, many, readable=False)
        told(place, slack, 0 * HOUR)
        before = len(slack.methods)
        run(place, 1 * HOUR, readable=True)
        told(place, slack, 1 * HOUR)

    sent = ("chat.postMessage", "files.completeUploadExternal")
    assert sum(how in sent for how in slack.methods[before:]) <= 10
    (whole,) = slack.uploaded
    book = openpyxl.load_workbook(BytesIO(whole[whole.index(b"PK\x03\x04") :]))
    assert {row[0] for row in list(book.active.values)[1:]} == {one.id for one in many}


def test_where_no_gap_is_told_nothing_is_silenced(place):
    with fake_slack(OK) as slack:
        run(place, 0 * HOUR, [fault(1)], readable=False, since=HOUR)
        young = str(told(place, slack, 0 * HOUR))

    assert "f-00001" in young


def test_each_destination_remembers_what_it_was_not_told(place):
    team = Destination(id="team", kind="slack", channel="C0TEAM")
    duty = Destination(id="duty", kind="slack", channel="C0DUTY")
    routes = (
        Route(severities=(Severity.WARNING,), to=("duty", "team")),
        Route(severities=(Severity.CRITICAL,), to=("team",)),
    )
    alerts = Alerts(destinations=(team, duty), routes=routes)
    with fake_slack(OK) as slack:
        run(place, 0 * HOUR, [fault(1)], readable=False)
        early = told(place, slack, 0 * HOUR, alerts)
        run(place, 1 * HOUR, readable=True)
        late = told(place, slack, 1 * HOUR, alerts)

    heard = [[one["channel"] for one in held if "f-00001" in str(one)] for held in (early, late)]
    assert heard == [["C0DUTY"], ["C0TEAM"]]


def test_a_gap_whose_thread_never_arrived_is_remembered_by_all_the_same(place):
    refused = Says(body={"ok": False, "error": "channel_not_found"})
    with fake_slack(refused) as slack:
        run(place, 0 * HOUR, [fault(1)], readable=False)
        with pytest.raises(DeliveryError):
            told(place, slack, 0 * HOUR)
        with place.database.write() as connection:
            for left in messages.waiting(connection):
                messages.settle(connection, left.key, messages.DEAD, NOW)
    with fake_slack(OK) as slack:
        run(place, 1 * HOUR, readable=True)
        back = told(place, slack, 1 * HOUR)
        run(place, 2 * HOUR, readable=True)
        after = told(place, slack, 2 * HOUR)

    assert len([one for one in back if "f-00001" in str(one)]) == 1
    assert after == []


def test_a_run_that_is_planned_twice_tells_what_came_back_once(place):
    with fake_slack(OK) as slack:
        run(place, 0 * HOUR, [fault(1)], readable=False)
        told(place, slack, 0 * HOUR)
        id_ = run(place, 1 * HOUR, readable=True)
        with place.database.read() as connection:
            back = runs.get(connection, id_)
        plan_run(place, back)
        plan_run(place, back)
        before = len(slack.posted)
        send_due(
            replace(
                place,
                settings=replace(place.settings, slack_url=slack.url),
                clock=lambda: NOW + HOUR,
            )
        )

    assert len([one for one in slack.posted[before:] if "f-00001" in str(one)]) == 1
