"""E-mail against a real mail server on loopback: what an inbox receives is what was said."""

from __future__ import annotations

import asyncio
import email
import re
from contextlib import contextmanager
from email.policy import SMTP, default

import pytest
from aiosmtpd.controller import Controller

from fakes.slack_server import free_port
from zicha.alerts.apprise_channel import AppriseChannel
from zicha.alerts.message import Delivered, MaybeSent, Message
from zicha.model.errors import DeliveryError
from zicha.model.text import Text

INJECTED = "自查 2026-11-22：\r\nBcc: thief@evil.example\r\n\r\n<script>alert(1)</script>"
HOSTILE = Message(
    "k",
    Text(INJECTED, "Self-inspection"),
    (
        Text("<b>资源</b> <img src=x onerror=alert(1)> &amp; 名", "<a href='//evil.example'>x</a>"),
        Text(".", "."),
        Text("长" * 3000, "long " * 1000),
        Text("--boundary\r\nContent-Type: text/html", "From nobody"),
    ),
)


class Inbox:
    """What a mail server took, and what it says to the next one."""

    def __init__(self, says="250 OK"):
        self.says = says
        self.taken = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - its name
        self.taken.append(envelope)
        if not self.says:
            await asyncio.sleep(30)
        return self.says


@contextmanager
def mail_server(says="250 OK"):
    inbox = Inbox(says)
    running = Controller(inbox, hostname="127.0.0.1", port=free_port())
    running.start()
    try:
        yield inbox, running.port
    finally:
        running.stop()


def address(port, more=""):
    return f"mailto://127.0.0.1:{port}?from=zicha@example.cn&to=sec@example.cn{more}"


@pytest.mark.parametrize(
    "more", ["", "&format=text", "&format=html"], ids=["plain", "text", "html"]
)
def test_a_hostile_text_adds_no_header_no_reader_and_no_markup(more):
    with mail_server() as (inbox, port):
        sent = AppriseChannel(address(port, more), "email").send(HOSTILE)

    assert isinstance(sent, Delivered)
    (envelope,) = inbox.taken
    assert envelope.rcpt_tos == ["sec@example.cn"]
    mail = email.message_from_bytes(envelope.content, policy=default)
    assert mail["Bcc"] is None
    assert "自查 2026-11-22" in mail["Subject"]
    assert "\n" not in mail["Subject"]
    assert all(len(line) <= 998 for line in envelope.content.splitlines())
    parts = [p for p in mail.walk() if p.get_content_maintype() == "text"]
    for part in parts:
        assert not part.defects
        text = part.get_content()
        assert "资源" in text
        assert not re.search(r"<(b|a|img|script)\b", text)


def test_a_long_mail_is_cut_and_says_where_the_whole_of_it_is():
    long = Message(
        "group-1", Text("题", "t"), tuple(Text("违规项" * 30, "row") for _ in range(400))
    )
    with mail_server() as (inbox, port):
        AppriseChannel(address(port), "email").send(long)

    mail = email.message_from_bytes(inbox.taken[0].content, policy=SMTP)
    *_, part = [p for p in mail.walk() if p.get_content_maintype() == "text"]
    assert "zicha alerts show group-1" in part.get_content()


def test_a_mail_server_that_refuses_surely_did_not_take_it():
    with mail_server("554 no") as (_, port), pytest.raises(DeliveryError, match="554"):
        AppriseChannel(address(port), "email").send(HOSTILE)


def test_a_mail_server_that_is_not_there_is_a_failed_delivery():
    with pytest.raises(DeliveryError, match="not reachable"):
        AppriseChannel(address(free_port()), "email").send(HOSTILE)


def test_of_several_readers_some_may_have_it_already():
    with mail_server("554 no") as (_, port):
        two = AppriseChannel(address(port, ",cio@example.cn"), "email")
        assert isinstance(two.send(HOSTILE), MaybeSent)


def test_a_mail_server_that_says_nothing_may_have_taken_it():
    with mail_server("") as (_, port):
        slow = AppriseChannel(address(port), "email", timeout_seconds=1)
        assert isinstance(slow.send(HOSTILE), MaybeSent)
