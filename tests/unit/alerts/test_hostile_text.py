"""What comes from outside mentions nobody, links nowhere and formats nothing, in any channel."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.signals import finding
from fakes.slack_server import OK, Says, fake_slack
from zicha.alerts.apprise_channel import AppriseChannel
from zicha.alerts.group_message import compose_group
from zicha.alerts.masking import Mask
from zicha.alerts.outside_text import outside
from zicha.alerts.robot import RobotChannel
from zicha.alerts.signals import grouped
from zicha.alerts.slack import SlackChannel
from zicha.alerts.slack_text import cut, escaped
from zicha.alerts.waiver_form import Reached, waiver_form
from zicha.model.text import Text
from zicha.model.verdict import Severity

# https://api.slack.com/reference/surfaces/formatting: mentions, links, dates, formats.
HOSTILE = (
    "<!channel> <!here|x> <@U1AB> <#C1|x> <https://evil.example|login> <!date^1^{date}^https://e|x>"
    " `code` ```block``` *bold* ~struck~ _slanted_ @all @13800000000 [a](https://evil.example)"
    " ![i](https://evil.example/i.png) <img src=https://evil.example/p> @所有人 <@all>"
    " &lt;!channel&gt; <at user_id=all></at> a\u200bb\u202ec\u2060d\u3164e\x00f\nnext: line"
)
SEEN = Mask("company", {"observed": "company"})
SECRET = "undisclosed-canary"


def message(mask=SEEN):
    hostile = finding(
        "f-1",
        subject=HOSTILE,
        observed=f"{HOSTILE} {SECRET}",
        owners=(Text(HOSTILE, HOSTILE),),
        account=HOSTILE,
        region=HOSTILE,
        systems=(HOSTILE,),
        check=f"{HOSTILE}#x",
        severity=Severity.CRITICAL,
    )
    (group,) = grouped([hostile])
    return compose_group("k", group, mask)


def test_slack_sees_no_mention_no_link_and_no_format():
    with fake_slack(OK) as slack:
        channel = SlackChannel("xoxb-1", "C0TEAM", base_url=slack.url)
        channel.send(message(), buttons="0" * 16)
        channel.whisper(message(), "U1AB", channel="C0TEAM")
        channel.edit(message(), channel="C1", ts="1.2")
        channel.upload("x.xlsx", b"x", message().plain("zh"), channel="C1")

    for one in slack.posted:
        texts = [one.get("text", ""), one.get("initial_comment", "")]
        texts += [b["text"]["text"] for b in _sections(one)]
        for text in texts:
            assert not set("<>`*~") & set(text)
            assert not re.search(r"(?<!\w)_|_(?!\w)", text)
            assert not set("\u200b\u202e\u2060\u3164\x00") & set(text)
        assert all(b["text"].get("verbatim") for b in _sections(one))


def _sections(one):
    blocks = one.get("blocks") or []
    return [b for b in blocks if isinstance(b, dict) and b["type"] == "section"]


TAKEN = Says(body={"errcode": 0, "code": 0})
CHANNELS = {
    "dingtalk": "dingtalk://" + "a" * 64,
    "dingtalk-markdown": "dingtalk://" + "a" * 64 + "?format=markdown",
    "wecom": "wecombot://12345678-1234-1234-1234-123456789012",
    "feishu": "feishu://12345678-1234-1234-1234-123456789012",
    "webhook": "json://{host}/alerts",
}


def sent(channel, said):
    """What reaches the service."""
    service, address = channel.partition("-")[0], CHANNELS[channel]
    with fake_slack(TAKEN) as server:
        if service == "webhook":
            host = urlsplit(server.url).netloc
            AppriseChannel(address.format(host=host), service).send(said)
        else:
            RobotChannel(address, service, base_url=server.url).send(said)
        (posted,) = server.posted
    return posted


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_other_channel_sees_a_mention_a_tag_an_image_or_a_link(channel):
    posted = sent(channel, message())

    said = str(posted)
    assert "f-1" in said
    assert not re.search(r"<(at|@|font|a|img)\b|\]\(|!\[|@all|@\d|@所有人|<!|`|://", said)
    assert "\u202e" not in said
    assert posted.get("at", {}) in ({}, {"atMobiles": [], "isAtAll": False})


@pytest.mark.parametrize("reach", ["company", "country", "abroad"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_undisclosed_detail_leaves_by_no_channel_unless_somebody_widened_it(channel, reach):
    assert SECRET not in str(sent(channel, message(Mask(reach))))


@pytest.mark.parametrize("reach", ["company", "country", "abroad"])
def test_undisclosed_detail_does_not_reach_slack_either(reach):
    with fake_slack(OK) as slack:
        SlackChannel("xoxb-1", "C0TEAM", base_url=slack.url).send(message(Mask(reach)))

    assert "f-1" in str(slack.posted)
    assert SECRET not in str(slack.posted)


@given(st.text(max_size=400), st.integers(min_value=12, max_value=300))
@settings(max_examples=200)
def test_a_text_that_is_cut_holds_no_half_of_an_escape(text, longest):
    said = cut(escaped(outside(text, 400)), longest)

    assert len(said) <= longest
    assert not re.sub(r"&(amp|lt|gt);", "", said).count("&")


def test_the_form_of_a_waiver_says_outside_words_as_they_are():
    reached = Reached("thread", Text(HOSTILE, HOSTILE), ((HOSTILE, Severity.CRITICAL),) * 9)
    view = waiver_form("0" * 16, [reached], date(2026, 12, 1))

    sections = [b["text"]["text"] for b in view["blocks"] if b["type"] == "section"]
    assert not any(set("<>`*") & set(text) for text in sections)
    assert all(text["text"] for text in (view["title"], view["submit"]))
