"""Robots of group chats: DingTalk, WeCom, Feishu.

Apprise reads their addresses and does not send: they refuse with status 200 and a code in the
answer, and Apprise looks at the status alone, so a refused alert would count as told.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from zicha.alerts.apprise_address import read_address
from zicha.alerts.message import Delivered, MaybeSent, Message, plain_id
from zicha.alerts.outside_text import fitted, without_marks
from zicha.catalog.alert_rules import Service, load_alert_rules
from zicha.model.errors import DeliveryError
from zicha.model.text import Lang

ROBOTS = ("dingtalk", "wecom", "feishu")
_LARGEST_ANSWER = 1 << 16
_CODES = ("errcode", "code", "StatusCode")
_LATER = "it takes no more for now: try again later"
_RULES = "its safety rules (signature, key word, address) refuse it: correct them or the credential"
_GONE = "the robot is gone or its address is wrong: correct the credential"
_REMEDIES: dict[Service, dict[int, str]] = {
    "dingtalk": {130101: _LATER, 310000: _RULES, 300001: _GONE, 400013: _GONE},
    "wecom": {45009: _LATER, 45033: _LATER, 93000: _GONE, 93008: _RULES},
    "feishu": {
        11232: _LATER,
        9499: _GONE,
        19001: _GONE,
        19021: _RULES,
        19022: _RULES,
        19024: _RULES,
    },
}


class _NoRedirect(HTTPRedirectHandler):
    """An alert goes where its address says, or nowhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class RobotChannel:
    """One robot; its address holds its secret, and stays out of `repr` and of errors.

    Args:
        address: as Apprise writes it.
        service: dingtalk, wecom or feishu.
        timeout_seconds: for the connection, and for the answer.
        languages: in this order; what is cut is cut from the last.
        base_url: where else than at its operator the robot is, for a test.
    """

    address: str = field(repr=False)
    service: Service
    timeout_seconds: int = 10
    languages: Sequence[Lang] = ("zh", "en")
    base_url: str = ""

    def send(self, message: Message) -> Delivered | MaybeSent:
        """Send once; raise `DeliveryError` when it surely did not arrive."""
        robot = read_address(self.address, self.service)
        said = without_marks("\n\n".join(message.plain(lang) for lang in self.languages))
        limit = load_alert_rules().limits[self.service]
        counted = str.encode if limit.counts == "text" else lambda text: self._body(robot, text)
        text = fitted(said, limit.bytes, counted, plain_id(message.key))
        return self._asked(self._url(robot), self._body(robot, text))

    def _body(self, robot: Any, text: str) -> bytes:
        if self.service == "feishu":
            said: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        else:
            said = {"msgtype": "text", "text": {"content": text}}
        if self.service == "dingtalk":
            # Whom the address itself names; a text names nobody.
            said["at"] = {"atMobiles": robot.targets, "isAtAll": False}
        return json.dumps(said, ensure_ascii=False).encode()

    def _url(self, robot: Any) -> str:
        if self.service == "wecom":
            url = str(robot.api_url)
        elif self.service == "feishu":
            url = str(
                getattr(robot, "webhook_url", "") or robot.notify_url.format(token=robot.token)
            )
        else:
            url = str(robot.notify_url.format(token=robot.token))
            if robot.secret:
                at, signature = robot.get_signature()
                url += f"&timestamp={at}&sign={signature}"
        if not self.base_url:
            return url
        there = urlsplit(self.base_url)
        return urlsplit(url)._replace(scheme=there.scheme, netloc=there.netloc).geturl()

    def _asked(self, url: str, body: bytes) -> Delivered | MaybeSent:
        asked = Request(url, body, {"Content-Type": "application/json; charset=utf-8"})  # noqa: S310
        try:
            with build_opener(_NoRedirect).open(asked, timeout=self.timeout_seconds) as answer:
                return self._read(answer.read(_LARGEST_ANSWER))
        except HTTPError as error:
            error.close()
            raise DeliveryError(f"{self.service}: answered {error.code}: try again later") from None
        except URLError as error:
            # urllib wraps what happens before the request is out; what comes bare happened after.
            reason = type(error.reason).__name__
            raise DeliveryError(
                f"{self.service}: not reachable ({reason}): check proxy and firewall"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            return MaybeSent(self.service, f"the answer was lost ({type(error).__name__})")

    def _read(self, raw: bytes) -> Delivered | MaybeSent:
        try:
            said = json.loads(raw)
        except (ValueError, RecursionError):
            if not raw or raw.lstrip().startswith(b"{"):
                return MaybeSent(self.service, "the answer was cut")
            said = None
        codes = [said[name] for name in _CODES if name in said] if isinstance(said, dict) else []
        if not codes or isinstance(codes[0], bool) or not isinstance(codes[0], int):
            raise DeliveryError(
                f"{self.service}: answered as no robot does: check proxy and credential"
            )
        if codes[0]:
            remedy = _REMEDIES[self.service].get(codes[0], "see the code in the operator's manual")
            raise DeliveryError(f"{self.service}: refused with {codes[0]}: {remedy}")
        return Delivered(self.service)
