"""What Slack refuses is survived, counted, and said to somebody who can do something about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.judged_runs import fault, judged
from fakes.slack_server import OK, Says, fake_slack
from fakes.team_channel import OneToken
from zicha.alerts.slack import REMEDIES, refused_code
from zicha.catalog.scope_alerts import Alerts, Destination, Quiet
from zicha.duties.time import moment_of
from zicha.model.errors import DeliveryError
from zicha.model.verdict import Severity
from zicha.pipeline.alerts import desk
from zicha.pipeline.alerts.announcing import announce
from zicha.pipeline.alerts.desk import announce_digest, look_and_send, outbox_rows, revive_all
from zicha.pipeline.alerts.health import troubles, watch_health
from zicha.pipeline.alerts.outbox import send_due
from zicha.pipeline.checks import doctor
from zicha.pipeline.workplace import open_workplace
from zicha.storage import messages

NOW = moment_of("2026-11-21T09:00+08:00")
HOUR = timedelta(hours=1)
TEAM = Destination(id="team", kind="slack", channel="C0TEAM")
OPS = Destination(id="ops", kind="slack", channel="C0OPS")
BOTH = Alerts(destinations=(TEAM, OPS), health="ops", buttons=True)


@pytest.fixture
def place(tmp_path):
    opened = open_workplace({"ZICHA_DATA": str(tmp_path / "data")}, OneToken(), clock=lambda: NOW)
    yield opened
    opened.database.close()


def at(place, slack, later=timedelta(0), alerts=BOTH):
    return replace(
        place,
        settings=replace(place.settings, slack_url=slack.url),
        scope=place.scope.model_copy(update={"alerts": alerts}),
        clock=lambda: NOW + later,
    )


def tell(place, slack, later=timedelta(0), alerts=BOTH):
    there = at(place, slack, later, alerts)
    return announce(there, there.today())


def refuses(code, channel="", method=""):
    """Slack refusing so, in one channel or one method alone."""
    refused = Says(body={"ok": False, "error": code})

    def answer(how, body):
        mine = (not channel or body.get("channel") == channel) and (not method or how == method)
        return refused if mine else OK

    return answer


def states(place):
    with place.database.read() as connection:
        return messages.counted(connection)


def test_a_first_message_that_was_deleted_is_posted_anew_and_its_news_stands_under_it(place):
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        tell(place, slack)
        judged(place, NOW + HOUR, [fault(2)])
        slack.decides = refuses("message_not_found", method="chat.update")
        slack.stamp = "7.7"
        before = len(slack.posted)
        tell(place, slack, HOUR)
        new = slack.posted[before:]
        slack.decides = None
        judged(place, NOW + 2 * HOUR, [fault(3)])
        tell(place, slack, 2 * HOUR)

    (thread,) = [one for one in new if "〔未关闭 2〕" in one["text"] and "ts" not in one]
    assert "f-00002" in str(thread)
    (reply,) = [one for one in new if one.get("thread_ts")]
    assert reply["thread_ts"] == "7.7"
    edits = [one["ts"] for one in slack.posted if "ts" in one]
    assert edits == ["1.2", "7.7"]
    assert set(states(place)) == {"sent"}


def test_how_many_were_posted_anew_is_in_the_digest_and_in_the_list(place):
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        tell(place, slack)
        judged(place, NOW + HOUR, [fault(2)])
        slack.decides = refuses("message_not_found", method="chat.update")
        tell(place, slack, HOUR)
        rows = outbox_rows(place, "sent")
        slack.decides = None
        announce_digest(at(place, slack, 2 * HOUR))

    (row,) = [row for row in rows if row["op"] == "edit"]
    assert row["error"] == "slack: message_not_found: posted anew"
    assert "在 Slack 中被删除、已重新发布的告警 1" in str(slack.posted[-1])


def test_a_thread_that_is_gone_is_opened_anew_before_its_reply(place):
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        tell(place, slack)
        judged(place, NOW + HOUR, [fault(2)])
        gone = Says(body={"ok": False, "error": "thread_not_found"})
        slack.decides = lambda how, body: gone if body.get("thread_ts") == "1.2" else OK
        slack.stamp = "7.7"
        tell(place, slack, HOUR)
        send_due(at(place, slack, HOUR + timedelta(minutes=2)))

    assert [one["thread_ts"] for one in slack.posted if one.get("thread_ts")] == ["1.2", "7.7"]
    assert set(states(place)) == {"sent"}


@pytest.mark.parametrize(
    "code",
    ["channel_not_found", "is_archived", "not_in_channel", "token_revoked", "restricted_action"],
)
def test_a_channel_that_takes_nothing_is_told_elsewhere_at_once_with_what_to_do(place, code):
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        slack.decides = refuses(code, channel="C0TEAM")
        with pytest.raises(DeliveryError, match=code):
            tell(place, slack)
        there = at(place, slack, timedelta(minutes=1))
        (trouble,) = [t for t in troubles(there) if t.id == "alerts-fail"]
        for minutes in (1, 6, 11):
            watch_health(at(place, slack, timedelta(minutes=minutes)))
            send_due(at(place, slack, timedelta(minutes=minutes)))
        (check,) = [c for c in doctor(there)["checks"] if c["name"] == "alerts"]
        told = [one for one in slack.posted if one["channel"] == "C0OPS"]
        slack.decides = None
        send_due(at(place, slack, 2 * HOUR))
        watch_health(at(place, slack, 2 * HOUR))
        send_due(at(place, slack, 2 * HOUR))

    assert trouble.grave
    (said,) = [one for one in told if "发不出去" in one["text"]]
    assert f"team {code}" in said["text"]
    assert REMEDIES[code].zh in str(said)
    assert REMEDIES[code].en in str(said)
    assert not check["ok"]
    assert REMEDIES[code].en in check["remedy"]
    assert "自查系统恢复" in slack.posted[-1]["text"]
    assert set(states(place)) == {"sent"}
    assert "canary" not in str(slack.posted)


def test_a_health_channel_that_takes_nothing_is_told_to_the_team(place):
    with fake_slack(OK) as slack:
        slack.decides = refuses("is_archived", channel="C0OPS")
        for minutes in (0, 1, 6):  # no collection today: there is something to tell
            watch_health(at(place, slack, timedelta(minutes=minutes)))
            send_due(at(place, slack, timedelta(minutes=minutes)))

    (said,) = [one for one in slack.posted if one["channel"] == "C0TEAM"]
    assert "ops is_archived" in said["text"]


def test_a_passing_trouble_is_no_reason_to_call_anybody(place):
    with fake_slack(Says(500, "<h1>x</h1>")) as slack:
        judged(place, NOW, [fault(1)])
        with pytest.raises(DeliveryError):
            tell(place, slack)
        there = at(place, slack, timedelta(minutes=1))
        first = [t.id for t in troubles(there)]
        for minutes in (2, 6):
            send_due(at(place, slack, timedelta(minutes=minutes)))
        later = [t.id for t in troubles(at(place, slack, timedelta(minutes=7)))]

    assert "alerts-fail" not in first
    assert "alerts-fail" in later


def test_what_waits_follows_its_destination_to_another_channel(place):
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        slack.decides = refuses("is_archived", channel="C0TEAM")
        with pytest.raises(DeliveryError):
            tell(place, slack)
        slack.decides = None
        moved = TEAM.model_copy(update={"channel": "C0NEW"})
        alerts = BOTH.model_copy(update={"destinations": (moved, OPS)})
        before = len(slack.posted)
        tell(place, slack, HOUR, alerts)
        send_due(at(place, slack, HOUR, alerts))

    assert [one["channel"] for one in slack.posted[before:]] == ["C0NEW", "C0NEW"]
    assert states(place) == {"sent": 2}


def test_a_thread_that_was_left_behind_stands_again_in_the_new_channel(place):
    moved = TEAM.model_copy(update={"channel": "C0NEW"})
    alerts = BOTH.model_copy(update={"destinations": (moved, OPS)})
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        tell(place, slack)
        judged(place, NOW + HOUR, [fault(2)])
        slack.stamp = "7.7"
        before = len(slack.posted)
        tell(place, slack, HOUR, alerts)
        send_due(at(place, slack, HOUR + timedelta(minutes=2), alerts))

    new = slack.posted[before:]
    assert {one["channel"] for one in new} == {"C0NEW"}
    assert [one["thread_ts"] for one in new if one.get("thread_ts")] == ["7.7"]
    assert any("f-00001" in str(one) for one in new)


def test_words_made_for_the_company_do_not_follow_to_a_channel_that_reaches_further(place):
    near = TEAM.model_copy(update={"reach": "company"})
    inside = BOTH.model_copy(update={"destinations": (near, OPS)})
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        slack.decides = refuses("is_archived", channel="C0TEAM")
        with pytest.raises(DeliveryError):
            tell(place, slack, alerts=inside)
        slack.decides = None
        before = len(slack.posted)
        send_due(at(place, slack, HOUR, BOTH))
        (trouble,) = [t for t in troubles(at(place, slack, HOUR)) if t.id == "alerts-fail"]

    assert slack.posted[before:] == []
    assert "alerts.yaml" in trouble.remedy.zh


def test_all_that_is_dead_comes_back_at_once_by_a_persons_wish(place):
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1), fault(2, "has-versions")])
        slack.decides = refuses("token_revoked")
        with pytest.raises(DeliveryError):
            tell(place, slack)
        for hours in range(1, 40):
            send_due(at(place, slack, hours * HOUR))
        dead = states(place)
        slack.decides = None
        sent = revive_all(at(place, slack, 50 * HOUR))

    assert dead == {"dead": 3}
    assert [one["state"] for one in sent] == ["sent"] * 3


QUIET = BOTH.model_copy(update={"quiet": Quiet(begins="08:00", ends="10:00")})


def test_a_group_that_turns_critical_in_quiet_hours_does_not_wait_for_their_end(place):
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        tell(place, slack, alerts=QUIET)
        early = list(slack.posted)
        judged(place, NOW + timedelta(minutes=5), [fault(2, severity=Severity.CRITICAL)])
        tell(place, slack, timedelta(minutes=5), QUIET)

    assert early == []
    assert any("f-00002" in str(one) and "检查项" in one["text"] for one in slack.posted)


def test_what_is_critical_does_not_wait_for_an_answer_that_was_lost(place):
    lost = Says(drops=True)
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        slack.decides = lambda how, body: lost if "检查项" in body["text"] else OK
        tell(place, slack)
        slack.decides = None
        judged(place, NOW + timedelta(minutes=1), [fault(2, severity=Severity.CRITICAL)])
        before = len(slack.posted)
        tell(place, slack, timedelta(minutes=1))

    assert any("新增 1" in one["text"] and "f-00002" in str(one) for one in slack.posted[before:])


def test_the_workbook_of_a_critical_storm_goes_with_its_digest_in_quiet_hours(place):
    with fake_slack(OK) as slack:
        many = [fault(n, f"check-{n}", Severity.CRITICAL) for n in range(40)]
        judged(place, NOW, many)
        tell(place, slack, alerts=QUIET)

    assert len(slack.uploaded) == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("slack: is_archived: choose", "is_archived"),
        ("slack: answered 503: try again later", ""),
        ("slack: hooks.example is not reachable (x)", ""),
        ("dingtalk: refused with 310000: x", ""),
    ],
)
def test_the_code_is_read_from_what_was_kept(said, code):
    assert refused_code(said) == code


def test_a_first_message_of_which_nobody_knows_is_posted_anew_marked_when_it_changes(place):
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        lost = Says(drops=True)
        slack.decides = lambda how, body: lost if "检查项" in body["text"] else OK
        tell(place, slack)
        for minutes in (11, 22):
            send_due(at(place, slack, timedelta(minutes=minutes)))
        slack.decides = None
        slack.stamp = "7.7"
        before = len(slack.posted)
        judged(place, NOW + HOUR, [fault(2)])
        tell(place, slack, HOUR)

    new = slack.posted[before:]
    (thread,) = [one for one in new if "〔未关闭 2〕" in one["text"]]
    assert "可能重复" in thread["text"]
    assert [one["thread_ts"] for one in new if one.get("thread_ts")] == ["7.7"]
    assert set(states(place)) == {"sent"}


def test_a_channel_that_is_named_by_its_id_by_now_is_the_same_channel(place):
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        tell(place, slack)
        judged(place, NOW + HOUR, [fault(2)])
        by_id = TEAM.model_copy(update={"channel": "C1"})  # as Slack answered
        alerts = BOTH.model_copy(update={"destinations": (by_id, OPS)})
        tell(place, slack, HOUR, alerts)

    assert [one["ts"] for one in slack.posted if "ts" in one] == ["1.2"]


def test_a_word_to_somebody_who_left_the_channel_is_nobodys_trouble(place):
    with place.database.write() as connection:
        messages.enqueue(
            connection,
            "whisper-1",
            channel="slack",
            recipient="C0TEAM",
            body={"zh": "x", "en": "x", "user": "U1AB"},
            at=NOW,
            op=messages.WHISPER,
        )
    judged(place, NOW)
    with fake_slack(OK) as slack:
        slack.decides = refuses("user_not_in_channel")
        for hours in range(40):
            send_due(at(place, slack, hours * HOUR))

    assert states(place) == {"dead": 1}
    found = {t.id for t in troubles(at(place, slack, timedelta(minutes=1)))}
    assert not found & {"alerts-fail", "alerts-dead"}


def test_what_fails_in_looking_holds_nothing_back(place, monkeypatch):
    with fake_slack(OK) as slack:
        judged(place, NOW, [fault(1)])
        slack.decides = lambda how, body: Says(500, "<h1>x</h1>")
        with pytest.raises(DeliveryError):
            tell(place, slack)
        slack.decides = None

        def fails(_):
            raise OSError("no disk")

        monkeypatch.setattr(desk, "watch_health", fails)
        with pytest.raises(OSError, match="no disk"):
            look_and_send(at(place, slack, HOUR))

    assert states(place) == {"sent": 2}
