"""E-mail and webhooks, through Apprise.

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

from zicha.alerts.apprise_address import read_address
from zicha.alerts.message import Delivered, MaybeSent, Message, plain_id
from zicha.alerts.outside_text import fitted, outside, without_marks
from zicha.catalog.alert_rules import Service, load_alert_rules
from zicha.model.errors import ConfigError, DeliveryError
from zicha.model.text import Lang

_LONGEST_TITLE = 200
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_NOT_OUT = re.compile(
    r"refused|NewConnectionError|NameResolution|name resolution|getaddrinfo|ConnectTimeout"
    r"|CERTIFICATE|SSLError|Temporary failure|unreachable|Errno (111|113|101|-2|-3|-5)",
    re.IGNORECASE,
)
_TELLING = ("Socket Exception", "Failed to send", "SMTP Error", "Connection error")
_REFUSED_MAIL = re.compile(r"Socket Exception: .*?\(([45]\d\d), b")
_ANSWERED = re.compile(r"error=(\d+)")


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """One destination; its address holds its secret, and stays out of `repr` and of errors."""

    address: str = field(repr=False)
    service: Service
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
        lines = [line.in_(first) for line in message.lines]
        text = "\n".join([*lines, *("\n" + message.plain(lang) for lang in others)])
        most = load_alert_rules().limits[self.service].bytes
        with _heard() as heard:
            done = sender.notify(
                # One line: what follows a line break in a subject would be a header.
                title=outside(without_marks(message.headline.in_(first)), _LONGEST_TITLE),
                body=fitted(without_marks(text), most, str.encode, plain_id(message.key)),
                body_format=apprise.NotifyFormat.TEXT,
                interpret_escapes=False,
            )
            said = heard.getvalue()
        if done:
            return Delivered(self.service)
        # The rest of the log is our own text and the address: neither says how it ended.
        told = "\n".join(x for x in said.splitlines() if x.startswith(_TELLING))
        return self._failed(told, alone=len(target) == 1)

    def _target(self) -> Any:
        parsed = read_address(self.address, self.service)
        secured = {"webhook": "jsons://", "email": "mailtos://"}.get(self.service)
        host = getattr(parsed, "smtp_host", "") or getattr(parsed, "host", "")
        if secured and not parsed.secure and host not in _LOOPBACK:
            raise ConfigError(f"{self.service}: use {secured}, alerts do not travel in the clear")
        parsed.socket_connect_timeout = float(self.timeout_seconds)
        parsed.socket_read_timeout = float(self.timeout_seconds)
        # A redirect could take the text elsewhere, and in the clear.
        parsed.redirects = False
        # Our outbox keeps the limits; Apprise would sleep inside the task.
        parsed.request_rate_per_sec = 0.0
        return parsed

    def _failed(self, heard: str, alone: bool) -> MaybeSent:
        """Tell a refusal from a lost answer; what nobody can tell may have arrived.

        Mail goes to one reader after the other: of several, some may have it already.
        """
        refused = _REFUSED_MAIL.search(heard)
        if refused and alone:
            raise DeliveryError(
                f"{self.service}: the mail server refused with {refused[1]}: correct its "
                "credential, sender or reader"
            )
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
