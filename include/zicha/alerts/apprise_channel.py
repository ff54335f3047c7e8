"""Every other channel, through Apprise: DingTalk, WeCom, Feishu, e-mail, a webhook.

Apprise sends one way: no threads, no edits, no files. Its own answer is yes or no; what it logs
tells a refusal from an answer that was lost.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from zicha.alerts.message import Delivered, MaybeSent, Message
from zicha.alerts.outside_text import without_marks
from zicha.alerts.robot_answers import listening, refuse_a_refusal
from zicha.model.errors import ConfigError, DeliveryError
from zicha.model.text import Lang

SCHEMES = {
    "dingtalk": ("dingtalk",),
    "wecom": ("wecombot",),
    "feishu": ("feishu", "lark"),
    "email": ("mailto", "mailtos"),
    "webhook": ("json", "jsons"),
}
"""How the address of each service begins, as Apprise writes it."""

_LONGEST = {
    "dingtalk": 13_000,
    "wecom": 2000,
    "feishu": 13_000,
    "email": 60_000,
    "webhook": 60_000,
}
"""Bytes of title and text together: WeCom refuses more than 2048 of them."""

_LONGEST_TITLE = 600

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_NOT_OUT = re.compile(
    r"refused|NewConnectionError|NameResolution|name resolution|getaddrinfo|ConnectTimeout"
    r"|CERTIFICATE|SSLError|Temporary failure|unreachable|Errno (111|113|101|-2|-3|-5)",
    re.IGNORECASE,
)
_TELLING = ("Socket Exception", "Failed to send", "SMTP Error", "Connection error")
_ANSWERED = re.compile(r"error=(\d+)")


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """One destination; its address holds its secret, and stays out of `repr` and of errors."""

    address: str = field(repr=False)
    service: str
    timeout_seconds: int = 10
    languages: Sequence[Lang] = ("zh", "en")

    def send(self, message: Message) -> Delivered | MaybeSent:
        """Send once; raise `DeliveryError` when it surely did not arrive."""
        import apprise

        sender, target = apprise.Apprise(), self._target()
        if not sender.add(target):
            raise ConfigError(
                f"{self.service}: the address is none that Apprise reads: correct its credential"
            )
        first, *others = self.languages
        text = "\n".join(
            [*(line.in_(first) for line in message.lines), *self._more(message, others)]
        )
        title = _cut(without_marks(message.headline.in_(first)), _LONGEST_TITLE)
        with _heard() as heard, listening(target) as answers:
            done = sender.notify(
                title=title,
                body=_cut(without_marks(text), _LONGEST[self.service] - len(title.encode())),
                body_format=apprise.NotifyFormat.TEXT,
                interpret_escapes=False,
            )
            said = heard.getvalue()
        if done:
            refuse_a_refusal(self.service, answers)
            return Delivered(self.service)
        # The rest of the log is our own text and the address: neither says how it ended.
        return self._failed("\n".join(x for x in said.splitlines() if x.startswith(_TELLING)))

    def _more(self, message: Message, others: Sequence[Lang]) -> list[str]:
        return ["\n" + message.plain(lang) for lang in others]

    def _target(self) -> Any:
        import apprise

        parsed = apprise.Apprise.instantiate(self.address, suppress_exceptions=True)
        scheme = self.address.partition("://")[0].lower()
        if parsed is None or scheme not in SCHEMES[self.service]:
            wanted = " or ".join(f"{each}://" for each in SCHEMES[self.service])
            raise ConfigError(f"{self.service}: its address begins with {wanted}: correct it")
        if scheme == "json" and getattr(parsed, "host", "") not in _LOOPBACK:
            raise ConfigError("webhook: use jsons://, alerts do not travel in the clear")
        parsed.socket_connect_timeout = float(self.timeout_seconds)
        parsed.socket_read_timeout = float(self.timeout_seconds)
        # A redirect could take the text elsewhere, and in the clear.
        parsed.redirects = False
        # Our outbox keeps the limits; Apprise would sleep inside the task.
        parsed.request_rate_per_sec = 0.0
        return parsed

    def _failed(self, heard: str) -> MaybeSent:
        """Tell a refusal from a lost answer; what nobody can tell may have arrived."""
        answered = _ANSWERED.search(heard)
        if answered:
            raise DeliveryError(f"{self.service}: answered {answered[1]}: try again later")
        if _NOT_OUT.search(heard):
            raise DeliveryError(f"{self.service}: not reachable: check proxy and firewall")
        return MaybeSent(self.service, "no answer in the time allowed, or it was lost")


@contextmanager
def _heard() -> Iterator[StringIO]:
    """What Apprise logs, kept from every other log: it holds addresses and texts."""
    import apprise

    logger = logging.getLogger("apprise")
    before, logger.propagate = logger.propagate, False
    try:
        with apprise.LogCapture(level=logging.DEBUG, fmt="%(message)s") as heard:
            yield heard
    finally:
        logger.propagate = before


def _cut(text: str, longest: int) -> str:
    """At most so many bytes, and no half of a character."""
    held = text.encode("utf-8", "replace")
    if len(held) <= longest:
        return text
    end = "…"
    return held[: max(0, longest - len(end.encode()))].decode("utf-8", "ignore") + end
