"""A failed task is told although our own database cannot be opened; nothing of it is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fakes.slack_server import OK, Says, fake_slack
from fakes.team_channel import OneToken
from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError, DeliveryError
from zicha.pipeline.alerts.failures import tell_failed
from zicha.pipeline.alerts.health import watch_health
from zicha.pipeline.alerts.kept_failures import FILE
from zicha.pipeline.alerts.outbox import send_due
from zicha.pipeline.workplace import open_workplace
from zicha.storage import messages

NOW = moment_of("2026-11-21T03:00+08:00")
LINE = "自查任务失败 task failed: collect_evidence.collect · 2026-11-21 · ZichaError · scheduled__1"
REFUSED = Says(body={"ok": False, "error": "channel_not_found"})
DOWN = "postgresql://zicha:canary-password@127.0.0.1:1/zicha"


class Night:
    """A night in which the database goes and comes back."""

    def __init__(self, folder: Path, url: str) -> None:
        self.data = folder / "data"
        self.environ = {
            "ZICHA_DATA": str(self.data),
            "ZICHA_SLACK_HEALTH_CHANNEL": "C0OPS",
            "ZICHA_SLACK_URL": url,
        }
        self.now = NOW
        open_workplace(self.environ, OneToken()).database.close()

    def opened(self, **environ):
        place = open_workplace(self.environ | environ, OneToken(), clock=lambda: self.now)
        return replace(place, clock=lambda: self.now)

    def fail(self, line=LINE, **environ):
        said = self.environ | environ
        tell_failed(
            lambda: open_workplace(said, OneToken()), said, OneToken(), line, lambda: self.now
        )

    def fail_without_database(self, line=LINE):
        self.fail(line, ZICHA_DATABASE_URL=DOWN)

    def drain(self):
        place = self.opened()
        watch_health(place)
        send_due(place)
        place.database.close()

    @property
    def kept(self):
        return (self.data / FILE).read_text(encoding="utf-8")


def test_with_a_database_it_goes_through_the_outbox(tmp_path):
    with fake_slack(OK) as slack:
        night = Night(tmp_path, slack.url)
        night.fail()

    (told,) = slack.posted
    assert told["text"].startswith("自查任务失败")
    assert not (night.data / FILE).exists()


def test_without_one_it_is_told_straight_once_a_day_and_the_rest_when_it_opens(tmp_path):
    with fake_slack(OK) as slack:
        night = Night(tmp_path, slack.url)
        for n in range(5):
            night.now = NOW + timedelta(minutes=5 * n)
            night.fail_without_database(f"{LINE} {n}")
        straight = list(slack.posted)
        night.now = NOW + timedelta(days=1)
        night.fail_without_database()
        twice = list(slack.posted)
        night.drain()
        night.drain()

    assert len(straight) == 1
    assert "无法打开（ConfigError）" in straight[0]["text"]
    assert straight[0]["channel"] == "C0OPS"
    assert len(twice) == 2
    (back,) = [one for one in slack.posted if "已可打开" in one["text"]]
    assert "其间失败的任务 6 个" in back["text"]
    assert "始于 2026-11-21T03:00:00+08:00，当时已告警" in str(back)
    assert night.kept == ""


def test_a_channel_that_is_down_too_loses_nothing_and_is_not_said_to_have_heard(tmp_path):
    with fake_slack(REFUSED) as slack:
        night = Night(tmp_path, slack.url)
        for _ in range(2):
            with pytest.raises(DeliveryError):
                night.fail_without_database()
    assert len(slack.posted) == 2
    with fake_slack(OK) as slack:
        night.environ["ZICHA_SLACK_URL"] = slack.url
        night.drain()

    (back,) = [one for one in slack.posted if "已可打开" in one["text"]]
    assert "当时的告警未能送出" in str(back)


def test_a_lost_answer_is_not_called_told(tmp_path):
    with fake_slack(Says(drops=True)) as slack:
        night = Night(tmp_path, slack.url)
        night.fail_without_database()
    with fake_slack(OK) as slack:
        night.environ["ZICHA_SLACK_URL"] = slack.url
        night.drain()

    assert "当时的告警可能未送达" in str(slack.posted)


def test_neither_the_file_nor_the_message_holds_a_secret_or_an_address(tmp_path):
    with fake_slack(OK) as slack:
        night = Night(tmp_path, slack.url)
        night.fail_without_database("<!channel>\nok\u202e " + LINE)

    for said in (night.kept, str(slack.posted)):
        assert "canary" not in said
        assert "127.0.0.1:1" not in said
        assert "\u202e" not in said
    assert "<!channel>" not in str(slack.posted[0]["text"])
    assert (night.data / FILE).stat().st_mode & 0o777 == 0o600
    assert len(night.kept.splitlines()) == 2


def test_a_database_that_takes_nothing_is_one_that_cannot_be_opened(tmp_path, monkeypatch):
    with fake_slack(OK) as slack:
        night = Night(tmp_path, slack.url)

        def full(*_, **__):
            raise ConfigError("disk full")

        monkeypatch.setattr(messages, "enqueue", full)
        night.fail()

    assert "无法打开" in slack.posted[0]["text"]


def test_a_scope_that_is_wrong_is_told_to_the_channel_of_the_environment(tmp_path):
    (tmp_path / "scope").mkdir()
    with fake_slack(OK) as slack:
        night = Night(tmp_path, slack.url)
        night.fail(ZICHA_SCOPE=str(tmp_path / "scope"))

    assert "无法打开（ConfigError）" in slack.posted[0]["text"]


def test_a_folder_that_takes_no_file_is_no_reason_for_silence(tmp_path):
    with fake_slack(OK) as slack:
        night = Night(tmp_path, slack.url)
        (night.data / FILE).mkdir()
        with pytest.raises(OSError, match="directory"):
            night.fail_without_database()

    (told,) = slack.posted
    assert "一并补报" not in str(told)


def test_what_dies_before_the_file_is_emptied_enters_it_once(tmp_path):
    with fake_slack(OK) as slack:
        night = Night(tmp_path, slack.url)
        night.fail_without_database()
        kept = night.kept
        night.drain()
        (night.data / FILE).write_text(kept + '{"at": "cut', encoding="utf-8")
        night.drain()

    assert len([one for one in slack.posted if "已可打开" in one["text"]]) == 1


def test_without_a_health_channel_nothing_is_kept(tmp_path):
    with fake_slack(OK) as slack:
        night = Night(tmp_path, slack.url)
        del night.environ["ZICHA_SLACK_HEALTH_CHANNEL"]
        night.fail_without_database()

    assert slack.posted == []
    assert not (night.data / FILE).exists()
