import json

import pytest

from fakes.slack_server import OK, Says, fake_slack, free_port
from zicha.alerts.message import Delivered, MaybeSent, Message, RunSummary, compose
from zicha.alerts.slack import SlackChannel
from zicha.model.errors import ConfigError, DeliveryError
from zicha.model.text import Text

TOKEN = "xoxb-canary-token"
MESSAGE = compose(RunSummary("run-1", "2026-11-21"))


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def channel(slack, **changed):
    return SlackChannel(TOKEN, "C1", base_url=slack.url, timeout_seconds=1, **changed)


def test_a_message_arrives_once_in_both_languages_without_unfurling():
    with fake_slack() as slack:
        said = channel(slack).send(MESSAGE)

    [posted] = slack.posted
    assert said == Delivered("C1", "1.2")
    assert slack.tokens == [f"Bearer {TOKEN}"]
    assert str(posted["unfurl_links"]).lower() in {"false", "0"}
    assert "自查" in json.dumps(posted, ensure_ascii=False)
    assert "Self-inspection" in json.dumps(posted)
    assert "run-run-1" in json.dumps(posted["metadata"])


def test_what_slack_would_read_as_a_mention_or_a_link_stays_text():
    hostile = Text("<!channel> <http://evil|ok> a&b", "<!channel> <http://evil|ok> a&b")

    with fake_slack() as slack:
        channel(slack).send(Message("k", hostile, (hostile,)))

    blocks = slack.posted[0]["blocks"]
    read = json.loads(blocks) if isinstance(blocks, str) else blocks
    sections = [b["text"]["text"] for b in read if b["type"] == "section"]
    assert all("&lt;!channel&gt;" in text for text in sections)
    assert not any("<" in text for text in sections)
    assert read[0]["text"]["type"] == "plain_text"


def test_a_rate_limit_is_waited_for_and_then_met():
    limited = Says(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "0"})

    with fake_slack(limited, OK) as slack:
        said = channel(slack).send(MESSAGE)

    assert isinstance(said, Delivered)
    assert len(slack.posted) == 2


def test_a_rate_limit_of_an_hour_is_not_slept_through():
    limited = Says(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "3600"})

    with fake_slack(limited) as slack, pytest.raises(DeliveryError, match="try again later"):
        channel(slack).send(MESSAGE)

    assert len(slack.posted) == 1


def test_a_server_error_is_tried_again_and_then_told():
    with fake_slack(Says(500, "<h1>oops</h1>"), OK) as slack:
        assert isinstance(channel(slack).send(MESSAGE), Delivered)

    with fake_slack(Says(503, "<h1>oops</h1>")) as slack, pytest.raises(DeliveryError, match="503"):
        channel(slack, attempts=2).send(MESSAGE)

    assert len(slack.posted) == 2


def test_a_hanging_server_gives_maybe_and_no_second_message():
    with fake_slack(Says(hangs=True)) as slack:
        said = channel(slack).send(MESSAGE)

    assert isinstance(said, MaybeSent)
    assert len(slack.posted) == 1


def test_a_dropped_connection_gives_maybe_and_no_second_message():
    with fake_slack(Says(drops=True)) as slack:
        said = channel(slack).send(MESSAGE)

    assert isinstance(said, MaybeSent)
    assert len(slack.posted) == 1


def test_a_server_that_is_not_there_is_a_failed_delivery():
    nobody = SlackChannel(TOKEN, "C1", f"http://127.0.0.1:{free_port()}/api/", attempts=1)

    with pytest.raises(DeliveryError, match="not reachable"):
        nobody.send(MESSAGE)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [("channel_not_found", "correct the channel"), ("invalid_auth", "correct the token")],
)
def test_a_refusal_says_what_to_do_and_never_the_token(code, remedy):
    with (
        fake_slack(Says(body={"ok": False, "error": code})) as slack,
        pytest.raises(DeliveryError, match=remedy) as refused,
    ):
        channel(slack).send(MESSAGE)

    assert TOKEN not in str(refused.value)
    assert TOKEN not in repr(channel(slack))


def test_a_token_never_travels_over_plain_http():
    with pytest.raises(ConfigError, match="https"):
        SlackChannel(TOKEN, "C1", base_url="http://slack.example/api/").send(MESSAGE)


def test_a_missing_token_is_named():
    with pytest.raises(ConfigError, match="token"):
        SlackChannel("", "C1").send(MESSAGE)
