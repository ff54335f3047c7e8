"""Following an incident: which moments count, what is told at each, and that nothing falls silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.slack_server import OK, Says, fake_slack
from fakes.team_channel import team_place
from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError, DeliveryError
from zicha.model.obligation import Act
from zicha.pipeline.alerts import following
from zicha.pipeline.duties import obligations
from zicha.pipeline.incidents.use_cases import incident_document, open_incident, update_incident
from zicha.storage import messages

FOUND = moment_of("2026-11-20T22:30+08:00")
FACTS = """
system: billing
who: {cii: false}
discovered_at: "2026-11-20T22:30+08:00"
complete: true
facts: {leak: [confirmed], leaked_persons: 1200000}
"""
CAC = "inc-cac-general"
REFUSED = Says(body={"ok": False, "error": "channel_not_found"})


@pytest.fixture
def place(tmp_path):
    opened = team_place(tmp_path / "data", FOUND, "team")
    yield opened
    opened.database.close()


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "facts.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def incident(place, write):
    return open_incident(place, write(FACTS), "os:1@here")["incident"]


def after(place, slack=None, **later):
    url = slack.url if slack else ""
    settings = replace(place.settings, slack_url=url)
    return replace(place, settings=settings, clock=lambda: FOUND + timedelta(**later))


def hand_in_all(place, incident, but=""):
    for each in incident_document(place, incident)["obligations"]:
        if each["state"] not in {"withdrawn", "handed-in"} and not each["obligation"].startswith(
            but or "-"
        ):
            obligations.record(place, each["obligation"], Act.HAND_IN, "os:1@here", "letter")


def heard(place, duty, at):
    with fake_slack(OK) as slack:
        (each,) = following.follow_ups(place)
        said = following.alert_limits(after(place, slack, **at), each.incident)
        if said["state"] in {"nothing-near", "told"}:
            return ""
    with place.database.read() as connection:
        text = messages.waiting(connection, messages.SENT)[-1].body["en"]
    return next((li.split(" ")[0] for li in text.splitlines()[1:] if f"{duty} " in li), "")


def test_the_moments_are_each_limit_and_the_steps_of_the_table_that_it_has_room_for(
    place, incident
):
    hand_in_all(place, incident, but=CAC)

    (found,) = following.follow_ups(place)

    due = FOUND + timedelta(hours=4)
    assert found.moments == (
        due - timedelta(hours=1),
        due,
        due + timedelta(days=1),
        due + timedelta(days=7),
    )


@pytest.mark.parametrize(
    ("at", "word"),
    [
        ({"hours": 2, "minutes": 59}, ""),
        ({"hours": 3}, "Due"),
        ({"hours": 4}, "Due"),
        ({"hours": 4, "seconds": 1}, "Late,"),
    ],
    ids=["before", "one hour left", "at the limit", "a second after"],
)
def test_a_limit_is_near_from_its_step_on_and_late_only_after_its_last_second(
    place, incident, at, word
):
    hand_in_all(place, incident, but=CAC)

    assert heard(place, CAC, at) == word


def test_the_same_standing_is_told_once_and_the_next_one_again(place, incident):
    hand_in_all(place, incident, but=CAC)
    with fake_slack(OK) as slack:
        said = [
            following.alert_limits(after(place, slack, minutes=m), incident)["state"]
            for m in (180, 200, 241, 300)
        ]

    assert said == ["sent", "told", "sent", "told"]


def test_what_is_handed_in_is_not_told_and_its_moments_fall_away(place, incident):
    (before,) = following.follow_ups(place)
    hand_in_all(place, incident)

    assert following.follow_ups(place) == []
    assert following.is_followed(place, before.incident, before.digest)
    assert following.alert_limits(after(place, days=1), incident)["state"] == "nothing-near"


def test_a_moved_limit_is_another_follow_up_and_the_old_one_ends(place, write, incident):
    (before,) = following.follow_ups(place)
    update_incident(place, incident, write('discovered_at: "2026-11-20T21:00+08:00"'), "os:1@here")

    (now,) = following.follow_ups(place)

    assert now.name != before.name
    assert following.is_followed(place, before.incident, before.digest)
    assert not following.is_followed(place, now.incident, now.digest)


def test_looking_again_names_the_same_run_so_that_none_starts_twice(place, incident):
    assert following.runs_to_start(place) == following.runs_to_start(after(place, days=2))


def test_a_run_carries_ids_and_moments_and_nothing_else(place, incident):
    (run,) = following.runs_to_start(place)

    assert run["conf"].keys() == {"incident", "digest", "moments"}
    assert len(run["conf"]["moments"]) <= following.MOST_MOMENTS


def test_the_sweep_tells_what_a_refused_alert_left_behind(place, incident):
    with fake_slack(REFUSED) as slack, pytest.raises(DeliveryError, match=incident):
        following.alert_open_incidents(after(place, slack, hours=5))

    with fake_slack(OK) as slack:
        (said,) = following.alert_open_incidents(after(place, slack, hours=5))

    assert said["state"] == "sent"
    assert len(slack.posted) == 1


def test_an_alert_that_may_have_arrived_is_not_repeated_at_every_look(place, incident):
    with fake_slack(Says(drops=True)) as slack:
        first = following.alert_limits(after(place, slack, hours=5), incident)
    second = following.alert_limits(after(place, hours=5), incident)

    assert (first["state"], second["state"]) == ("maybe-sent", "told")


def test_what_another_task_is_sending_is_left_to_it_until_that_task_must_have_died(place, incident):
    with fake_slack(OK) as slack:
        following.alert_limits(after(place, slack, hours=5), incident)
        with place.database.write() as connection:
            connection.exec_driver_sql("UPDATE messages SET state = 'sending'")
        said = [
            following.alert_limits(after(place, slack, hours=5, minutes=m), incident)["state"]
            for m in (1, 3)
        ]

    assert (said, len(slack.posted)) == (["sending", "sent"], 2)


def test_every_change_to_an_incident_moves_the_pulse_and_looking_does_not(place, write, incident):
    first = following.pulse(place)
    following.follow_ups(place)
    assert following.pulse(place) == first

    update_incident(place, incident, write("facts: {ransomware: true}"), "os:1@here")

    assert following.pulse(place) != first


def test_an_incident_that_is_none_is_refused(place):
    with pytest.raises(ConfigError, match="no incident has the id"):
        following.alert_limits(place, "inc-2026-01-01-001")


def test_the_alert_names_no_system_and_is_no_advice(place, incident):
    with fake_slack(OK) as slack:
        following.alert_limits(after(place, slack, hours=5), incident)
    said = str(slack.posted[0])

    for name in ("billing", "yunqiao", "security-owner", "1200000", "xoxb"):
        assert name not in said
    assert "演示数据" in said
    assert "不构成法律意见" in said
