"""Slack, through its own SDK: bounded attempts, an honest "maybe" when in doubt."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zicha.alerts.message import Delivered, MaybeSent, Message
from zicha.alerts.outside_text import outside
from zicha.alerts.slack_text import cut, escaped
from zicha.model.errors import ConfigError, DeliveryError
from zicha.model.text import Lang, Text

if TYPE_CHECKING:
    from slack_sdk import WebClient
    from slack_sdk.http_retry import RetryHandler

SLACK = "https://slack.com/api/"
_LONGEST_SECTION = 2900  # Slack refuses a section of more than 3000 characters
_LONGEST_HEADER = 150
_SERVER_ERROR = 500
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}

ACTIONS = {
    "zicha-acknowledge": Text("确认", "Acknowledge"),
    "zicha-assign": Text("由我整改", "Assign to me"),
    "zicha-waive-request": Text("申请豁免", "Request waiver"),
}
"""The buttons of a thread, by the name that comes back when one is pressed."""

_NEW_TOKEN = Text("更换令牌", "give a new token")
REMEDIES = {
    "channel_not_found": Text(
        "核对频道，或将应用邀请入内", "correct the channel or invite the app to it"
    ),
    "not_in_channel": Text("将应用邀请入该频道", "invite the app to the channel"),
    "is_archived": Text("恢复该频道或改用其他频道", "choose a channel that is not archived"),
    "restricted_action": Text(
        "允许应用在该频道发言", "let the app post in the channel, by its settings"
    ),
    "invalid_auth": Text("核对令牌", "correct the token"),
    "not_authed": Text("提供令牌", "give a token"),
    "token_revoked": _NEW_TOKEN,
    "token_expired": _NEW_TOKEN,
    "account_inactive": Text("使用有效应用的令牌", "give a token of an active app"),
    "missing_scope": Text("为应用授予 chat:write", "grant the app chat:write"),
    "not_allowed_token_type": Text("使用应用级令牌（xapp-…）", "give the app-level token (xapp-…)"),
}
"""What Slack refuses until a person does something, and what that is."""

_BY_ITSELF = {
    "ratelimited": "try again later",
    "message_not_found": "it was deleted in Slack, and is posted anew with its next change",
    "thread_not_found": "its thread was deleted in Slack, and is posted anew",
    "expired_trigger_id": "press again: it took longer than three seconds",
}
GONE = frozenset({"message_not_found", "thread_not_found"})
"""What Slack says when the message to edit, or to answer under, was deleted."""

_CODE = re.compile(r"slack: ([a-z_]+): ")


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """One Slack channel; the token stays out of `repr`, messages and logs."""

    token: str = field(repr=False)
    channel: str
    base_url: str = SLACK
    timeout_seconds: int = 10
    attempts: int = 3
    longest_wait_seconds: int = 30
    languages: Sequence[Lang] = ("zh", "en")

    def send(
        self, message: Message, *, under: str = "", buttons: str = ""
    ) -> Delivered | MaybeSent:
        """Post once; raise `DeliveryError` when it surely did not arrive.

        Args:
            message: what is said.
            under: the time-stamp of the message in whose thread it stands.
            buttons: the mark of the group that its buttons are about; none when empty.
        """
        body = self._body(message, buttons) | ({"thread_ts": under} if under else {})
        return self._asked(lambda client: client.chat_postMessage(**body))

    def edit(
        self, message: Message, *, channel: str, ts: str, buttons: str = ""
    ) -> Delivered | MaybeSent:
        """Give a message that was sent another wording; doing it twice is doing it once."""
        body = self._body(message, buttons) | {"channel": channel, "ts": ts}
        del body["unfurl_links"], body["unfurl_media"]
        return self._asked(lambda client: client.chat_update(**body))

    def upload(
        self, name: str, data: bytes, says: str, *, channel: str, under: str = ""
    ) -> Delivered | MaybeSent:
        """Put a file into the channel, which Slack wants by its id, under a message if one is."""
        parameters: dict[str, Any] = {
            "channel": channel or self.channel,
            "filename": name,
            "title": name,
            "content": data,
            "initial_comment": escaped(says),
        }
        if under:
            parameters["thread_ts"] = under
        try:
            return self._asked(lambda client: client.files_upload_v2(**parameters))
        except (TypeError, AttributeError) as error:
            # The SDK trusts the first answer to name the place where the file goes.
            raise DeliveryError(
                "slack: it names no place for the file: grant files:write"
            ) from error

    def whisper(
        self, message: Message, user: str, *, channel: str, under: str = ""
    ) -> Delivered | MaybeSent:
        """Say it where only this person sees it, for as long as Slack shows such things."""
        body = self._body(message) | {"channel": channel, "user": user}
        for name in ("unfurl_links", "unfurl_media", "metadata"):
            del body[name]
        said = body | ({"thread_ts": under} if under else {})
        return self._asked(lambda client: client.chat_postEphemeral(**said))

    def open_form(self, trigger: str, view: dict[str, Any]) -> Delivered | MaybeSent:
        """Open a form before whoever pressed; the trigger lives three seconds."""
        return self._asked(lambda client: client.views_open(trigger_id=trigger, view=view))

    def _asked(self, ask: Callable[[WebClient], Any]) -> Delivered | MaybeSent:
        from http.client import HTTPException

        from slack_sdk.errors import SlackApiError, SlackClientError

        client = self._client()
        try:
            said = ask(client)
        except SlackApiError as error:
            raise DeliveryError(refusal_of(error)) from error
        except SlackClientError as error:
            raise DeliveryError(f"slack: {type(error).__name__}: check the base url") from error
        except TimeoutError:
            return MaybeSent(self.channel, "no answer in the time allowed")
        except (OSError, HTTPException, ValueError) as error:
            return self._lost(error)
        return Delivered(str(said.get("channel") or self.channel), str(said.get("ts") or ""))

    def _lost(self, error: Exception) -> MaybeSent:
        from urllib.error import URLError

        # urllib wraps what happens before the request is out; what comes bare happened after.
        if isinstance(error, URLError):
            reason = type(error.reason).__name__
            where = urlsplit(self.base_url).hostname
            raise DeliveryError(f"slack: {where} is not reachable ({reason})") from error
        return MaybeSent(self.channel, f"the answer was lost ({type(error).__name__})")

    def _client(self) -> WebClient:
        from slack_sdk import WebClient

        if not self.token or not self.channel:
            raise ConfigError("slack: give both a token and a channel")
        refuse_clear_text(self.base_url)
        return WebClient(
            token=self.token,
            base_url=self.base_url,
            timeout=self.timeout_seconds,
            retry_handlers=_retries(self.attempts - 1, self.longest_wait_seconds),
            logger=quiet_logger(),
        )

    def _body(self, message: Message, buttons: str = "") -> dict[str, Any]:
        first = self.languages[0]
        blocks = [_header(message.headline.in_(first))]
        blocks += [
            _section(message, lang, first)
            for lang in self.languages
            if message.lines or lang != first  # Slack refuses a section without text
        ]
        blocks += [_actions(buttons)] if buttons else []
        return {
            "channel": self.channel,
            "text": escaped(message.headline.in_(first)),
            "blocks": blocks,
            "unfurl_links": False,
            "unfurl_media": False,
            # Found again by this key when nobody knows whether it arrived.
            "metadata": {"event_type": "zicha_run", "event_payload": {"key": message.key}},
        }


def _actions(mark: str) -> dict[str, Any]:
    """The buttons; what they are about is the group's mark, which says nothing to anybody else."""
    return {
        "type": "actions",
        "block_id": f"zicha-{mark}",
        "elements": [
            {
                "type": "button",
                "action_id": action,
                "value": mark,
                "text": {"type": "plain_text", "text": f"{said.zh} {said.en}", "emoji": False},
            }
            for action, said in ACTIONS.items()
        ],
    }


def _header(text: str) -> dict[str, Any]:
    plain = {"type": "plain_text", "text": cut(text, _LONGEST_HEADER), "emoji": False}
    return {"type": "header", "text": plain}


def _section(message: Message, lang: Lang, first: Lang) -> dict[str, Any]:
    text = "\n".join(line.in_(lang) for line in message.lines)
    whole = text if lang == first else f"{message.headline.in_(lang)}\n{text}"
    mrkdwn = {"type": "mrkdwn", "text": cut(escaped(whole), _LONGEST_SECTION), "verbatim": True}
    return {"type": "section", "text": mrkdwn}


def refuse_clear_text(base_url: str) -> None:
    """Tokens travel in https only.

    Raises:
        ConfigError: they would not.
    """
    url = urlsplit(base_url)
    if url.scheme != "https" and url.hostname not in _LOOPBACK:
        raise ConfigError("slack: the base url must be https, or on loopback for a test")


def refusal_of(error: Any) -> str:
    """Why Slack refused, and what to do: its code, never what was sent."""
    status = error.response.status_code
    if status >= _SERVER_ERROR:
        return f"slack: answered {status}: try again later"
    said = error.response.get("error") if isinstance(error.response.data, dict) else None
    code = outside(str(said or status))
    if code in REMEDIES:
        return f"slack: {code}: {REMEDIES[code].en}"
    remedy = _BY_ITSELF.get(code, "see the error code in the Slack documentation")
    return f"slack: {code}: {remedy}"


def refused_code(said: str) -> str:
    """The code in what `refusal_of` said; empty when Slack gave none."""
    found = _CODE.match(said)
    return found[1] if found else ""


def _retries(times: int, longest_wait: int) -> list[RetryHandler]:
    from urllib.error import URLError

    from slack_sdk.http_retry.builtin_handlers import (
        ConnectionErrorRetryHandler,
        RateLimitErrorRetryHandler,
        ServerErrorRetryHandler,
    )

    class PatientWithinReason(RateLimitErrorRetryHandler):
        """Waits as long as Slack asks, unless that would hold the task for minutes."""

        def _can_retry(self, *, response: Any = None, **context: Any) -> bool:
            asked = response is not None and super()._can_retry(response=response, **context)
            return asked and _wait_of(response.headers) <= longest_wait

    # The built-in list lacks the server error; a connection is tried again only when it failed
    # before the request was out, or the channel would read the message twice.
    return [
        PatientWithinReason(max_retry_count=times),
        ServerErrorRetryHandler(max_retry_count=times),
        ConnectionErrorRetryHandler(max_retry_count=times, error_types=[URLError]),
    ]


def _wait_of(headers: Any) -> int:
    for name, value in headers.items():
        if name.lower() == "retry-after":
            said = str(value[0] if isinstance(value, list) else value)
            return int(said) if said.isdigit() else 10**9
    return 1


def quiet_logger() -> logging.Logger:
    """A logger that says nothing."""
    # The SDK logs answers and errors as it likes; ours are in the exceptions.
    logger = logging.getLogger("zicha.slack")
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1)
    logger.handlers = logger.handlers or [logging.NullHandler()]
    return logger
