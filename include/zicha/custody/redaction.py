"""Redaction before sealing: secrets and personal numbers become pseudonyms that still join."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from zicha.model.evidence import Answer, Reply

RULES_VERSION = "3"

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_NOT_IN_A_WORD = r"(?<![0-9A-Za-z])"
_WORD_ENDS = r"(?![0-9A-Za-z])"


@dataclass(frozen=True, slots=True)
class Rule:
    """What to look for; a group named `keep` stays, and `holds` may refuse a look-alike."""

    name: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = bool


def _is_identity_number(text: str) -> bool:
    """Mod 11-2, as GB 11643 defines the last digit."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], weights, strict=True))
    return "10X98765432"[total % 11] == text[17].upper()


def _is_card_number(text: str) -> bool:
    """Luhn's check digit."""
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[\s\S]*?-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|[\s\S]*\Z)"
)

RULES = (
    Rule("private-key", _PRIVATE_KEY),
    Rule(
        "jwt",
        re.compile(_NOT_IN_A_WORD + r"eyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{4,}\.[0-9A-Za-z_-]*"),
    ),
    Rule("bearer", re.compile(r"(?P<keep>[Bb]earer\s+)[0-9A-Za-z_.~+/-]{16,}={0,2}")),
    Rule("slack-token", re.compile(_NOT_IN_A_WORD + r"x(?:ox[abceprs]|app)-[0-9A-Za-z-]{10,}")),
    Rule(
        "slack-hook",
        re.compile(r"(?P<keep>hooks\.slack\.com/(?:services|workflows)/)[0-9A-Za-z/]{16,}"),
    ),
    Rule("aws-key-id", re.compile(_NOT_IN_A_WORD + r"(?:AKIA|ASIA)[0-9A-Z]{16}" + _WORD_ENDS)),
    Rule(
        "aws-secret",
        re.compile(
            r"(?P<keep>(?i:secret_?(?:access_?)?key)[\"'\s:=]{1,8})"
            r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
        ),
    ),
    # Those of other clouds have no shape of their own: only their name gives them away.
    Rule(
        "secret",
        re.compile(
            r"(?P<keep>(?i:(?:access_?key_?secret|secret_?(?:access_?)?key|client_?secret|api_?key"
            r"|(?:auth|session|security)_?token|passw(?:or)?d|passphrase|pwd)"
            r"[\"'\\]{0,3}\s{0,8}[:=]\s{0,8}[\"'\\]{0,3}))"
            r"(?!/)(?=[A-Za-z/+_.~=-]{0,64}\d)[A-Za-z0-9/+_.~=-]{12,}"
        ),
    ),
    Rule("alibaba-key-id", re.compile(_NOT_IN_A_WORD + r"LTAI[0-9A-Za-z]{12,20}" + _WORD_ENDS)),
    Rule("tencent-key-id", re.compile(_NOT_IN_A_WORD + r"AKID[0-9A-Za-z]{13,40}" + _WORD_ENDS)),
    Rule(
        "password-hash",
        re.compile(r"(?P<keep>\$(?:1|2[abxy]|5|6|7|y|gy)\$)[./A-Za-z0-9$=,]{16,}"),
    ),
    Rule(
        "identity-number",
        re.compile(
            _NOT_IN_A_WORD + r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
            r"\d{3}[0-9Xx]" + _WORD_ENDS
        ),
        _is_identity_number,
    ),
    # As printed on a card of nineteen digits: its first sixteen alone have no check digit.
    Rule(
        "bank-card",
        re.compile(r"(?<![0-9A-Za-z_-])(?<!::)62\d\d(?:[ -]\d{4}){3}[ -]\d{3}(?![0-9A-Za-z_-])"),
        _is_card_number,
    ),
    Rule(
        "bank-card",
        re.compile(
            r"(?<![0-9A-Za-z_-])(?<!::)"
            r"(?:(?:62\d\d|4\d{3}|5[1-5]\d\d|35\d\d)(?:[ -]\d{4}){3}"
            r"|62\d{14,17}|4\d{15}|5[1-5]\d{14}|35\d{14})"
            r"(?![0-9A-Za-z_-])"
        ),
        _is_card_number,
    ),
    Rule(
        "mobile",
        re.compile(
            _NOT_IN_A_WORD + r"(?<!\d\.)(?P<keep>(?:\+?86[- ]?)?)"
            r"1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})" + _WORD_ENDS + r"(?!\.\d)"
        ),
    ),
)

NUMBERS = frozenset(("identity-number", "bank-card", "mobile"))
"""What is the same however people space it."""

CHECKED = ("identity-number", "bank-card")
"""What its own check digit tells from any other number."""

_PHONE_NAME = re.compile(r"mobile|phone|cell_?no|\btel\b|手机|电话")

SECRET_NAMES = frozenset(
    (
        "secretaccesskey",
        "sessiontoken",
        "securitytoken",
        "accesskeysecret",
        "secretkey",
        "clientsecret",
        "authtoken",
        "apikey",
        "privatekey",
        "passphrase",
    )
)
PASSWORD_NAMES = frozenset(("password", "passwd", "pwd"))
SHORTEST_SECRET = 6
"""Digits; a shorter number is a length, a count or a switch."""

# `locked`, `yes`, `not-set`: a word of a status, not what somebody types.
_STATUS_WORD = re.compile(r"[a-z _-]*|.{0,5}|\[.*\]")


def without_private_keys(text: str) -> str:
    """The text without private keys: for whoever keeps some lines of it before it is redacted.

    A key whose first line was dropped could not be told from any other text.
    """
    return _PRIVATE_KEY.sub("[private-key]", text)


class Redactor:
    """Replaces what the rules find, and counts it."""

    def __init__(self, key: bytes) -> None:
        """Use this key for the pseudonyms: the same value gives the same one."""
        self._key = key
        self.counts: Counter[str] = Counter()

    def reply(self, reply: Reply) -> Reply:
        """The reply without what must not be kept."""
        about, remedy = self.text(reply.about), self.text(reply.remedy)
        permission = self.text(reply.permission)
        heard = {name: self.text(value) for name, value in reply.heard.items()}
        if isinstance(reply, Answer):
            body = self.value(reply.body)
            reply = replace(reply, body=body)
        return replace(reply, about=about, remedy=remedy, permission=permission, heard=heard)

    def value(self, value: Any, name: str = "") -> Any:
        """A JSON-like value without what must not be kept, at any depth."""
        if isinstance(value, str):
            return self._named(value, name)
        if isinstance(value, Mapping):
            return {
                self.text(key): self.value(member, key) if isinstance(key, str) else member
                for key, member in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(member, name) for member in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value, name)
        return value

    def text(self, text: str) -> str:
        """A text without what must not be kept."""
        for rule in RULES:
            text = rule.pattern.sub(partial(self._replaced, rule), text)
        return text

    def _named(self, text: str, name: str) -> str:
        plain = _plain(name)
        is_secret = plain in SECRET_NAMES and bool(text) and not text.startswith("[")
        is_password = plain in PASSWORD_NAMES and not _STATUS_WORD.fullmatch(text)
        redacted = self.text(text)
        if redacted == text and (is_secret or is_password):
            return self._pseudonym("secret", text)
        return redacted

    def _number(self, value: float, name: str) -> Any:
        """A number as it is, unless its check digit or its name gives it away.

        Eleven digits are a size as often as a telephone number: without a name they stay.
        """
        if isinstance(value, float) and not value.is_integer():
            return value
        text = str(int(value))
        wanted = (*CHECKED, "mobile") if _PHONE_NAME.search(name.lower()) else CHECKED
        for rule in RULES:
            if rule.name in wanted and rule.pattern.fullmatch(text) and rule.holds(text):
                return self._pseudonym(rule.name, text)
        redacted = self._named(text, name) if _is_secret_name(name) else text
        return value if redacted == text or len(text) < SHORTEST_SECRET else redacted

    def _replaced(self, rule: Rule, found: re.Match[str]) -> str:
        kept = found.groupdict().get("keep") or ""
        secret = found.group()[len(kept) :]
        return kept + self._pseudonym(rule.name, secret) if rule.holds(secret) else found.group()

    def _pseudonym(self, name: str, secret: str) -> str:
        self.counts[name] += 1
        if name in NUMBERS:
            secret = secret.replace(" ", "").replace("-", "").upper()
        return pseudonym(self._key, name, secret)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _is_secret_name(name: str) -> bool:
    return _plain(name) in SECRET_NAMES | PASSWORD_NAMES


def pseudonym(key: bytes, name: str, secret: str) -> str:
    """What stands for a secret of this kind; the same secret under the same key gives the same."""
    said = f"{name}\0{secret}".encode("utf-8", "surrogatepass")
    mark = hmac.new(key, said, hashlib.sha256).hexdigest()[:16]
    # Letters only, so that no rule ever finds a number in a pseudonym; no colon, at which the
    # account files, ARNs and addresses are split.
    return f"[{name}-{mark.translate(_LETTERS)}]"
