"""What a person did in Slack: pressed a button, or sent the form of a waiver; read strictly."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from zicha.alerts.slack import ACTIONS
from zicha.alerts.waiver_form import BECAUSE, CALLBACK, SCOPE, UNTIL, Filled, shown_of
from zicha.model.errors import ConfigError

WAIVE = "waive-request"
LONGEST_REASON = 3000
_USER = re.compile(r"[UW][A-Z0-9]{2,30}")
_MARK = re.compile(r"[0-9a-f]{16}")
_STAMP = re.compile(r"\d{1,12}\.\d{1,9}")
_VIEW = re.compile(r"V[A-Z0-9]{1,40}")
_CHANNEL = re.compile(r"[CDG][A-Z0-9]{1,40}")
_TRIGGER = re.compile(r"[0-9A-Za-z.]{1,200}")


@dataclass(frozen=True, slots=True)
class Press:
    """One press.

    Args:
        key: the same press again is the same key: Slack repeats what was not answered in time.
        actor: `slack:<user id>`, as Slack signed it.
        act: acknowledge, assign or waive-request.
        mark: the group of the thread.
        trigger: what opens a form within three seconds; empty when Slack gave none.
        channel: where it was pressed, by its id.
    """

    key: str
    actor: str
    act: str
    mark: str
    trigger: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """The form of a waiver, sent; the same form is the same key."""

    key: str
    actor: str
    mark: str
    filled: Filled

    @property
    def act(self) -> str:
        """What it does, by the name of its button."""
        return WAIVE


def read_body(body: bytes) -> Press | Submission:
    """What a signed request holds.

    Raises:
        ConfigError: it is nothing of ours.
    """
    try:
        (said,) = parse_qs(body.decode("utf-8"), strict_parsing=True, max_num_fields=5)["payload"]
        return read_payload(json.loads(said))
    except (KeyError, ValueError, RecursionError) as error:
        raise ConfigError("the request holds no press of a button: nothing was done") from error


def read_payload(payload: Any) -> Press | Submission:
    """What Slack says was pressed or sent.

    Raises:
        ConfigError: it is nothing of ours.
    """
    is_form = isinstance(payload, Mapping) and payload.get("type") == "view_submission"
    try:
        return _submission(payload) if is_form else _press(payload)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ConfigError("the request holds no press of a button: nothing was done") from error


def _press(payload: Any) -> Press:
    (action,) = payload["actions"]
    user, name, mark = payload["user"]["id"], action["action_id"], action["value"]
    stamp = action["action_ts"]
    fits = _fit((user, _USER), (mark, _MARK), (stamp, _STAMP))
    if not fits or not isinstance(name, str) or name not in ACTIONS:
        raise ConfigError("the request presses no button of ours: nothing was done")
    act = name.removeprefix("zicha-")
    trigger, channel = payload.get("trigger_id"), (payload.get("channel") or {}).get("id")
    return Press(
        _key(user, act, mark, stamp),
        f"slack:{user}",
        act,
        mark,
        _fitting(trigger, _TRIGGER),
        _fitting(channel, _CHANNEL),
    )


def _submission(payload: Any) -> Submission:
    view, user = payload["view"], payload["user"]["id"]
    held = json.loads(view["private_metadata"])
    mark, values = held["mark"], view["state"]["values"]
    fits = _fit((user, _USER), (mark, _MARK), (view["id"], _VIEW))
    if not fits or view["callback_id"] != CALLBACK:
        raise ConfigError("the request sends no form of ours: nothing was done")
    chosen = values[SCOPE][SCOPE].get("selected_option") or {}
    filled = Filled(
        scope=str(chosen.get("value") or ""),
        because=str(values[BECAUSE][BECAUSE].get("value") or "")[: LONGEST_REASON + 1],
        until=str(values[UNTIL][UNTIL].get("selected_date") or "")[:20],
        shown=shown_of(held.get("shown")),
    )
    return Submission(_key(user, WAIVE, mark, view["id"]), f"slack:{user}", mark, filled)


def _fit(*pairs: tuple[Any, re.Pattern[str]]) -> bool:
    return all(isinstance(value, str) and p.fullmatch(value) for value, p in pairs)


def _fitting(value: Any, pattern: re.Pattern[str]) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _key(*said: str) -> str:
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]
