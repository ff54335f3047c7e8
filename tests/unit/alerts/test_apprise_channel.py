"""E-mail and webhooks behave alike where a webhook on loopback stands for both."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from fakes.slack_server import OK, Says, fake_slack, free_port
from zicha.alerts.apprise_address import read_address
from zicha.alerts.apprise_channel import AppriseChannel
from zicha.alerts.message import Delivered, MaybeSent, Message
from zicha.model.errors import ConfigError, DeliveryError
from zicha.model.text import Text

HOSTILE = Message("k", Text("<at user_id=all> 标题", "title"), (Text("@all 正文", "body"),))


def webhook(slack):
    return AppriseChannel(f"json://{urlsplit(slack.url).netloc}/hook", "webhook", timeout_seconds=1)


def test_a_message_arrives_once_and_mentions_nobody():
    with fake_slack(OK) as slack:
        assert isinstance(webhook(slack).send(HOSTILE), Delivered)

    (posted,) = slack.posted
    assert "标题" in posted["title"]
    assert "正文" in posted["message"]
    assert "<at" not in str(posted)
    assert "@" not in str(posted)


def test_a_server_error_surely_did_not_arrive():
    with fake_slack(Says(500, "<h1>oops</h1>")) as slack, pytest.raises(DeliveryError, match="500"):
        webhook(slack).send(HOSTILE)


@pytest.mark.parametrize("trouble", [Says(hangs=True), Says(drops=True)], ids=["hangs", "drops"])
def test_an_answer_that_was_lost_may_have_arrived(trouble):
    with fake_slack(trouble) as slack:
        assert isinstance(webhook(slack).send(HOSTILE), MaybeSent)

    assert len(slack.posted) == 1


def test_a_server_that_is_not_there_is_a_failed_delivery():
    nobody = AppriseChannel(f"json://127.0.0.1:{free_port()}/hook", "webhook")

    with pytest.raises(DeliveryError, match="not reachable"):
        nobody.send(HOSTILE)


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("dingtalk://" + "a" * 64, "dingtalk"),
        ("wecombot://" + "12345678-1234-1234-1234-123456789012", "wecom"),
        ("feishu://" + "12345678-1234-1234-1234-123456789012", "feishu"),
        ("mailtos://user:pass@mail.example.cn?to=sec@example.cn", "email"),
        ("jsons://hook.example.cn/alerts", "webhook"),
    ],
)
def test_each_service_reads_the_address_of_its_own_kind_only(address, service):
    assert read_address(address, service) is not None
    other = "email" if service != "email" else "wecom"
    with pytest.raises(ConfigError, match="begins with"):
        read_address(address, other)


@pytest.mark.parametrize(
    ("service", "address", "secured"),
    [
        ("webhook", "json://hook.example.cn/canary-77", "jsons"),
        ("email", "mailto://user:canary-77@mail.example.cn?to=sec@example.cn", "mailtos"),
    ],
)
def test_an_address_is_never_shown_and_never_in_the_clear(service, address, secured):
    secret = AppriseChannel(address, service)

    assert "canary" not in repr(secret)
    with pytest.raises(ConfigError, match=f"use {secured}://") as refused:
        secret.send(HOSTILE)
    assert "canary" not in str(refused.value)


def test_a_webhook_that_points_elsewhere_is_not_followed():
    elsewhere = Says(307, "", {"Location": "http://127.0.0.1:9/"})

    with fake_slack(elsewhere) as slack, pytest.raises(DeliveryError, match="307"):
        webhook(slack).send(HOSTILE)
