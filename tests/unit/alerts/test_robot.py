"""The robots of DingTalk, WeCom and Feishu: what they refuse, and how much they take.

Codes and sizes: the sources that `include/catalog/alert_rules.yaml` names.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.slack_server import Says, fake_slack, free_port
from zicha.alerts.message import Delivered, MaybeSent, Message
from zicha.alerts.outside_text import fitted
from zicha.alerts.robot import ROBOTS, RobotChannel
from zicha.catalog.alert_rules import load_alert_rules
from zicha.model.errors import DeliveryError
from zicha.model.text import Text

ADDRESSES = {
    "dingtalk": "dingtalk://" + "a" * 64,
    "wecom": "wecombot://12345678-1234-1234-1234-123456789012",
    "feishu": "feishu://12345678-1234-1234-1234-123456789012",
}
TAKEN = Says(body={"errcode": 0, "errmsg": "ok"})
SAID = Message("group-1", Text("标题", "title"), (Text("正文", "body"),))


def robot(service, url):
    return RobotChannel(ADDRESSES[service], service, timeout_seconds=1, base_url=url)


def text_of(posted):
    return (posted.get("text") or {}).get("content") or posted["content"]["text"]


@pytest.mark.parametrize(
    ("service", "answer"),
    [
        ("dingtalk", {"errcode": 0, "errmsg": "ok"}),
        ("wecom", {"errcode": 0, "errmsg": "ok"}),
        ("feishu", {"code": 0, "data": {}, "msg": "success"}),
        ("feishu", {"StatusCode": 0, "StatusMessage": "success"}),
    ],
)
def test_a_robot_that_says_zero_took_it(service, answer):
    with fake_slack(Says(body=answer)) as server:
        assert isinstance(robot(service, server.url).send(SAID), Delivered)

    (posted,) = server.posted
    assert text_of(posted) == "标题\n正文\n\ntitle\nbody"


@pytest.mark.parametrize(
    ("service", "answer"),
    [
        ("dingtalk", {"errcode": 310000, "errmsg": "keywords not in content"}),
        ("dingtalk", {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}),
        ("dingtalk", {"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}),
        ("wecom", {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}),
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}),
        ("feishu", {"code": 11232, "msg": "frequency limited"}),
    ],
)
def test_a_refusal_that_comes_with_status_200_did_not_arrive(service, answer):
    code = answer.get("errcode") or answer["code"]
    with fake_slack(Says(body=answer)) as server, pytest.raises(DeliveryError, match=str(code)):
        robot(service, server.url).send(SAID)


@pytest.mark.parametrize("status", [302, 400, 429, 500])
def test_another_status_did_not_arrive_and_is_not_followed(status):
    away = Says(status, "<h1>no</h1>", {"Location": "http://127.0.0.1:9/elsewhere"})
    with fake_slack(away) as server, pytest.raises(DeliveryError, match=str(status)):
        robot("dingtalk", server.url).send(SAID)


@pytest.mark.parametrize(
    "trouble",
    [Says(hangs=True), Says(drops=True), Says(body='{"errco'), Says(body="")],
    ids=["hangs", "drops", "half", "empty"],
)
def test_an_answer_that_was_lost_leaves_it_open(trouble):
    with fake_slack(trouble) as server:
        assert isinstance(robot("wecom", server.url).send(SAID), MaybeSent)


@pytest.mark.parametrize(
    "answer",
    [
        "<html>log in to the network</html>",
        {"hello": 1},
        {"errcode": "0"},
        {"errcode": False},
        "[0]",
    ],
)
def test_an_answer_that_no_robot_gives_came_from_somebody_else(answer):
    with fake_slack(Says(body=answer)) as server, pytest.raises(DeliveryError, match="proxy"):
        robot("wecom", server.url).send(SAID)


def test_a_robot_that_is_not_there_is_a_failed_delivery_that_shows_no_secret():
    with pytest.raises(DeliveryError, match="not reachable") as failed:
        robot("wecom", f"http://127.0.0.1:{free_port()}").send(SAID)

    assert "12345678" not in f"{failed.value!r} {robot('wecom', '')!r}"


def test_a_robot_that_wants_a_signature_gets_it_written_once_for_the_address():
    signed = RobotChannel("dingtalk://SECabc@" + "a" * 64, "dingtalk")
    from zicha.alerts.apprise_address import read_address

    asked = parse_qs(urlsplit(signed._url(read_address(signed.address, "dingtalk"))).query)

    assert asked["timestamp"][0].isdigit()
    assert len(asked["sign"][0]) == len("HMAC-SHA256 in base64 is 44 characters long.")
    assert "%" not in asked["sign"][0]


LONG = Message(
    "group-1", Text("题" * 40, "t"), tuple(Text("违规项" * 30, "row " * 30) for _ in "x" * 99)
)


@pytest.mark.parametrize("service", ROBOTS)
def test_a_long_message_fits_its_channel_and_says_where_the_whole_of_it_is(service):
    with fake_slack(TAKEN) as server:
        robot(service, server.url).send(LONG)

    (posted,) = server.posted
    limit = load_alert_rules().limits[service]
    text = text_of(posted)
    whole = json.dumps(posted, ensure_ascii=False) if limit.counts == "request" else text
    assert limit.bytes - 10 < len(whole.encode()) <= limit.bytes
    assert text.endswith("zicha alerts show group-1）")


@pytest.mark.parametrize("service", ROBOTS)
def test_half_a_character_does_not_keep_an_alert_back(service):
    with fake_slack(TAKEN) as server:
        robot(service, server.url).send(Message("k", Text("题\ud800", "t"), ()))

    assert text_of(server.posted[0]).startswith("题?")


@given(st.text(max_size=300), st.integers(min_value=200, max_value=900))
@settings(max_examples=200)
def test_what_is_cut_is_the_beginning_of_what_was_said(text, most):
    said = fitted(text, most, str.encode, "k") if text.isprintable() else text

    if said != text:
        assert len(said.encode()) <= most
        assert text.startswith(said.partition("…\n（已截断")[0])
