"""The other channels: a webhook on loopback stands for all of them where they behave alike."""

from __future__ import annotations

import json
from email import message_from_string
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from requests import Response
from requests.adapters import HTTPAdapter

from fakes.slack_server import OK, Says, fake_slack, free_port
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
    assert AppriseChannel(address, service)._target() is not None
    other = "email" if service != "email" else "wecom"
    with pytest.raises(ConfigError, match="begins with"):
        AppriseChannel(address, other)._target()


def test_an_address_is_never_shown_and_never_in_the_clear():
    secret = AppriseChannel("json://hook.example.cn/canary-77", "webhook")

    assert "canary" not in repr(secret)
    with pytest.raises(ConfigError, match="jsons") as refused:
        secret.send(HOSTILE)
    assert "canary" not in str(refused.value)


class Robot:
    """A group robot that answers what it is told to, with HTTP 200, in the place of the network."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.bodies: list[bytes] = []

    def send(self, request, **_):
        body = request.body or b""
        self.bodies.append(body.encode() if isinstance(body, str) else body)
        answer = Response()
        answer.status_code, answer._content, answer.request = 200, self.said, request
        return answer


DINGTALK = "dingtalk://" + "a" * 64
WECOM = "wecombot://12345678-1234-1234-1234-123456789012"
FEISHU = "feishu://12345678-1234-1234-1234-123456789012"


# Codes: open.dingtalk.com "custom robot access", developer.work.weixin.qq.com "global error codes",
# open.feishu.cn "custom bot guide".
@pytest.mark.parametrize(
    ("address", "service", "said", "why"),
    [
        (DINGTALK, "dingtalk", b'{"errcode":310000,"errmsg":"sign not match"}', "310000.*safety"),
        (DINGTALK, "dingtalk", b'{"errcode":130101,"errmsg":"too fast"}', "130101.*later"),
        (WECOM, "wecom", b'{"errcode":93000,"errmsg":"invalid webhook url"}', "93000.*credential"),
        (WECOM, "wecom", b'{"errcode":45009,"errmsg":"freq out of limit"}', "45009.*later"),
        (FEISHU, "feishu", b'{"code":11232,"msg":"frequency limited"}', "11232.*later"),
        (FEISHU, "feishu", b'{"code":19021,"msg":"sign match fail"}', "19021.*safety"),
        (FEISHU, "feishu", b'{"code":77,"msg":"?"}', "77.*manual"),
        (DINGTALK, "dingtalk", b"<html>sign in</html>", "proxy"),
        (WECOM, "wecom", b"[]", "proxy"),
        (FEISHU, "feishu", b'{"code":false}', "proxy"),
    ],
)
def test_a_robot_that_refuses_with_status_200_did_not_take_the_message(
    monkeypatch, address, service, said, why
):
    monkeypatch.setattr(HTTPAdapter, "send", Robot(said).send)

    with pytest.raises(DeliveryError, match=why) as refused:
        AppriseChannel(address, service).send(HOSTILE)

    assert "a" * 64 not in str(refused.value)
    assert "12345678-1234" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "service", "said"),
    [
        (DINGTALK, "dingtalk", b'{"errcode":0,"errmsg":"ok"}'),
        (WECOM, "wecom", b'{"errcode":0,"errmsg":"ok"}'),
        (FEISHU, "feishu", b'{"code":0,"msg":"success","data":{}}'),
        (FEISHU, "feishu", b'{"StatusCode":0,"StatusMessage":"success"}'),
    ],
)
def test_a_robot_that_says_so_took_the_message(monkeypatch, address, service, said):
    monkeypatch.setattr(HTTPAdapter, "send", Robot(said).send)

    assert isinstance(AppriseChannel(address, service).send(HOSTILE), Delivered)


def test_a_long_message_fits_the_bytes_that_wecom_takes_title_included(monkeypatch):
    robot = Robot(b'{"errcode":0}')
    monkeypatch.setattr(HTTPAdapter, "send", robot.send)
    line = Text("字" * 3000, "word " * 3000)

    AppriseChannel(WECOM, "wecom").send(Message("k", line, (line,)))

    (body,) = robot.bodies
    content = json.loads(body)["text"]["content"]
    assert len(content.encode()) <= 2048
    assert "…" in content


def test_a_webhook_that_points_elsewhere_is_not_followed():
    elsewhere = Says(307, "", {"Location": "http://127.0.0.1:9/"})

    with fake_slack(elsewhere) as slack, pytest.raises(DeliveryError, match="307"):
        webhook(slack).send(HOSTILE)


class Post:
    """A mail server that takes what it gets."""

    letters: ClassVar[list[str]] = []

    def __init__(self, *_, **__):
        pass

    def __getattr__(self, name):
        return lambda *_, **__: None

    def sendmail(self, _, __, letter, *___):
        self.letters.append(letter)


def test_a_letter_has_no_header_of_a_strangers_and_no_markup(monkeypatch):
    import smtplib

    monkeypatch.setattr(smtplib, "SMTP", Post)
    monkeypatch.setattr(smtplib, "SMTP_SSL", Post)
    bad = (
        "标题\r\nBcc: evil@example.org\r\n\r\n<img src=//evil.example/x> [a](https://evil.example)"
    )
    post = AppriseChannel("mailtos://user:pass@mail.example.cn?to=sec@example.cn", "email")

    post.send(Message("k", Text(bad, bad), (Text(bad, bad),)))

    (letter,) = Post.letters
    read = message_from_string(letter)
    assert read["Bcc"] is None
    assert read["To"] == "sec@example.cn"
    bodies = [
        part.get_payload(decode=True).decode() for part in read.walk() if not part.is_multipart()
    ]
    assert bodies
    assert not any("<img" in body or "](https://" in body for body in bodies)
