"""Threads, storms and a Slack that fails in every way: few messages, and nothing lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest

from fakes.judged_runs import fault, judged
from fakes.slack_server import OK, Says, fake_slack
from fakes.team_channel import beside, team_place
from zicha.catalog.scope_alerts import Alerts, Destination, Quiet, Route
from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError, DeliveryError, MissingEvidenceError
from zicha.model.outcome import Outcome
from zicha.model.standing_gap import StandingGap
from zicha.model.verdict import Reason, Severity, unknown
from zicha.pipeline.alerts.announcing import announce
from zicha.pipeline.alerts.desk import bury, digest_if_due, outbox_rows, revive, whole_message
from zicha.pipeline.alerts.outbox import send_due
from zicha.pipeline.custody.sealing import heartbeat, root_of
from zicha.storage import gaps, messages, outcomes

NOW = moment_of("2026-11-21T09:00+08:00")
LATER = timedelta(hours=2)


@pytest.fixture
def place(tmp_path):
    opened = team_place(tmp_path / "data", NOW)
    yield opened
    opened.database.close()


def at(place, slack, later=timedelta(0), alerts=None):
    scope = place.scope.model_copy(update={"alerts": alerts or place.scope.alerts})
    return replace(beside(place, slack, NOW + later), scope=scope)


def told(place, slack, later=timedelta(0), alerts=None):
    there = at(place, slack, later, alerts)
    return announce(there, there.today())


def states(place):
    with place.database.read() as connection:
        return messages.counted(connection)


def texts(slack):
    return [str(one.get("text", "")) for one in slack.posted]


def test_a_group_has_one_thread_that_is_answered_and_edited_as_it_changes(place):
    judged(place, NOW, [fault(1), fault(2)])
    with fake_slack(OK) as slack:
        told(place, slack)
        judged(place, NOW + LATER, [fault(3)], [fault(1)])
        told(place, slack, LATER)
        judged(place, NOW + 2 * LATER, [], [fault(2), fault(3)])
        told(place, slack, 2 * LATER)

    assert slack.methods.count("chat.update") == 2
    under = [one for one in slack.posted if one.get("thread_ts")]
    assert [one["thread_ts"] for one in under] == ["1.2", "1.2"]
    edits = [
        one for one, how in zip(slack.posted, slack.methods, strict=True) if how == "chat.update"
    ]
    assert "〔未关闭 2〕" in edits[0]["text"]
    assert "〔已消除〕" in edits[1]["text"]
    assert all(one["ts"] == "1.2" for one in edits)


def test_a_run_that_nobody_told_of_is_told_with_the_next(place):
    first = judged(place, NOW, [fault(1)])
    judged(place, NOW + LATER, [fault(2, "has-versions")])

    with fake_slack(OK) as slack:
        told(place, slack, LATER)

    said = str(slack.posted)
    assert f"run-{first}" in said
    assert "f-00001" in said
    assert "f-00002" in said


def test_nothing_is_announced_before_its_evidence_is_sealed(place):
    judged(place, NOW, [fault(1)], sealed=False)

    with fake_slack(OK) as slack, pytest.raises(MissingEvidenceError, match="sealed"):
        told(place, slack)

    assert slack.posted == []
    assert states(place) == {}


def test_evidence_that_left_the_store_holds_its_announcement_back(place):
    judged(place, NOW, [replace(fault(1), evidence_digest="sha256:" + "1" * 64)])

    with fake_slack(OK) as slack, pytest.raises(MissingEvidenceError, match="zicha verify"):
        told(place, slack)

    assert slack.posted == []


def test_five_thousand_new_findings_are_at_most_ten_messages_and_all_can_be_reached(place):
    many = [fault(n, f"check-{n % 60}") for n in range(5000)]
    judged(place, NOW, many)

    with fake_slack(OK) as slack:
        told(place, slack)

    seen = [
        how for how in slack.methods if how in ("chat.postMessage", "files.completeUploadExternal")
    ]
    assert len(seen) <= 10
    (whole,) = slack.uploaded
    body = whole[whole.index(b"PK\x03\x04") :] if b"PK\x03\x04" in whole else whole
    rows = list(openpyxl.load_workbook(BytesIO(body)).active.values)
    assert {row[0] for row in rows[1:]} == {finding.id for finding in many}
    assert "bucket-1" not in str(rows)
    assert "10.0.0.7" not in str(rows) + str(slack.posted)
    assert set(states(place)) == {"sent"}


HTML = Says(200, "<html>sign in</html>")
TROUBLE = {
    "throttles": Says(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "3600"}),
    "fails": Says(500, "<h1>oops</h1>"),
    "answers html": HTML,
    "drops": Says(drops=True),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_a_slack_in_trouble_loses_nothing_and_doubles_are_marked(place, name):
    judged(place, NOW, [fault(1), fault(2, "has-versions")])

    with fake_slack(TROUBLE[name]) as slack:
        try:
            told(place, slack)
        except DeliveryError:
            assert name in ("throttles", "fails", "answers html")
    assert "sent" not in states(place)

    with fake_slack(OK) as slack:
        for hours in (1, 2, 3):
            send_due(at(place, slack, timedelta(hours=hours)))

    assert states(place) == {"sent": 3}
    assert len([t for t in texts(slack) if "自查" in t]) == 1
    assert len([t for t in texts(slack) if "检查项" in t]) == 2
    marked = ["可能重复" in text for text in texts(slack)]
    if name == "drops":
        assert all(marked)
    if name in ("throttles", "fails"):
        assert not any(marked)


def test_a_hanging_slack_may_have_taken_it_and_it_is_told_again_marked(place, monkeypatch):
    from zicha.alerts.slack import SlackChannel

    monkeypatch.setattr(SlackChannel.__init__, "__defaults__", _short(SlackChannel))
    judged(place, NOW)
    with fake_slack(Says(hangs=True)) as slack:
        assert told(place, slack)["state"] == "maybe-sent"
    with fake_slack(OK) as slack:
        send_due(at(place, slack, timedelta(minutes=5)))
        assert slack.posted == []
        send_due(at(place, slack, timedelta(minutes=11)))

    assert "可能重复" in texts(slack)[0]


def _short(channel):
    said = list(channel.__init__.__defaults__)
    return tuple(1 if value == 10 else value for value in said)


def test_what_a_dead_task_was_sending_is_told_again_marked(place):
    judged(place, NOW)
    with fake_slack(TROUBLE["throttles"]) as slack, pytest.raises(DeliveryError):
        told(place, slack)
    with place.database.write() as connection:
        (left,) = messages.waiting(connection)
        messages.claim(connection, left.key, NOW)

    with fake_slack(OK) as slack:
        send_due(at(place, slack, timedelta(minutes=1)))
        assert slack.posted == []
        send_due(at(place, slack, timedelta(minutes=3)))

    assert ["可能重复" in text for text in texts(slack)] == [True]


def test_a_message_that_fails_for_half_a_day_is_dead_and_not_forgotten(place):
    judged(place, NOW)
    refused = Says(body={"ok": False, "error": "channel_not_found"})

    with fake_slack(refused) as slack:
        with pytest.raises(DeliveryError):
            told(place, slack)
        for hours in range(1, 40):
            send_due(at(place, slack, timedelta(hours=hours)))

    assert states(place) == {"dead": 1}
    assert len(slack.posted) == messages.MOST_ATTEMPTS


TEAM = Destination(id="team", kind="slack", channel="C0TEAM")
DUTY = Destination(id="duty", kind="slack", channel="C0DUTY", reach="company")


def test_a_route_sends_grave_findings_elsewhere_with_what_may_be_seen_there(place):
    routes = (Route(severities=(Severity.CRITICAL,), to=("duty",)),)
    alerts = Alerts(destinations=(TEAM, DUTY), routes=routes)
    judged(place, NOW, [fault(1), fault(2, "is-grave", Severity.CRITICAL)])

    with fake_slack(OK) as slack:
        told(place, slack, alerts=alerts)

    by = {
        channel: str([p for p in slack.posted if p["channel"] == channel])
        for channel in ("C0TEAM", "C0DUTY")
    }
    assert "is-grave" in by["C0DUTY"]
    assert "bucket-2" in by["C0DUTY"]
    assert "is-grave" not in by["C0TEAM"]
    assert "bucket" not in by["C0TEAM"].replace("s3_buckets", "")
    assert "10.0.0.7" not in str(by)


def test_quiet_hours_hold_everything_but_what_is_critical(place):
    alerts = Alerts(destinations=(TEAM,), quiet=Quiet(begins="08:00", ends="10:00"))
    judged(place, NOW, [fault(1)])

    with fake_slack(OK) as slack:
        assert told(place, slack, alerts=alerts)["state"] == "new"
        assert slack.posted == []
        judged(place, NOW + timedelta(minutes=5), [fault(2, "is-grave", Severity.CRITICAL)])
        told(place, slack, timedelta(minutes=5), alerts)
        early = str(slack.posted)
        send_due(at(place, slack, timedelta(minutes=61), alerts))

    assert "is-grave" in early
    assert "is-private" not in early
    assert "is-private" in str(slack.posted)


def test_a_run_of_one_change_that_nobody_told_of_gets_its_thread_and_no_summary(place):
    judged(place, NOW, [fault(1)], trigger="event")
    judged(place, NOW + LATER)

    with fake_slack(OK) as slack:
        told(place, slack, LATER)

    assert len(slack.posted) == 2
    assert "f-00001" in str(slack.posted)


def test_a_source_that_cannot_be_read_inhibits_its_children_and_says_how_many(place):
    run = judged(place, NOW, [fault(1), fault(2, "is-grave", Severity.CRITICAL)])
    unread = Outcome(
        "is-private",
        ("1", "bucket-1"),
        unknown(Reason.REFUSED),
        suite="aws/s3_buckets",
        source="demo-aws",
    )
    since = NOW - timedelta(days=9)
    old = [
        StandingGap("demo-aws", Reason.REFUSED, name, since, NOW, run, max_age=timedelta(hours=26))
        for name in ("s3:ListAllMyBuckets", "iam:ListUsers", "ec2:DescribeVpcs")
    ]
    with place.database.write() as connection:
        outcomes.record(connection, run, [unread], NOW)
        gaps.write(connection, old)

    with fake_slack(OK) as slack:
        told(place, slack)

    said = str(slack.posted[1:])
    assert len(slack.posted) == 3
    assert "is-grave" in said
    assert "is-private" not in said
    assert "同一来源另有 3 项未逐条告警" in said
    assert "f-00001" in str(slack.posted[0])


def test_the_digest_of_the_day_is_told_once_with_the_root_and_what_did_not_arrive(place):
    judged(place, NOW, [fault(1), fault(2, severity=Severity.CRITICAL)])
    heartbeat(place)
    with fake_slack(TROUBLE["drops"]) as slack:
        told(place, slack)

    with fake_slack(OK) as slack:
        early = digest_if_due(at(place, slack))
        alerts = Alerts(destinations=(TEAM,), digest_at="08:30")
        twice = [digest_if_due(at(place, slack, alerts=alerts))["state"] for _ in (1, 2)]

    assert early["state"] == "not-due"
    assert twice == ["sent", "sent"]
    (text,) = texts(slack)
    assert "未关闭 2" in text
    assert "可能送达 2" in str(slack.posted)
    assert f"账本根 {root_of(place)['short']}" in str(slack.posted)


def test_a_dead_message_comes_back_by_a_persons_wish(place):
    judged(place, NOW)
    with fake_slack(TROUBLE["throttles"]) as slack, pytest.raises(DeliveryError):
        told(place, slack)
    (row,) = outbox_rows(place)
    assert "自查" in whole_message(place, row["key"]).plain("zh")
    with pytest.raises(ConfigError, match="no message has the key"):
        whole_message(place, "another")
    bury(place, row["key"])

    with fake_slack(OK) as slack:
        send_due(at(place, slack, timedelta(hours=1)))
        assert slack.posted == []
        assert revive(at(place, slack), row["key"]) == "sent"

    with pytest.raises(ConfigError, match="no dead message"):
        revive(place, row["key"])
