"""What a press of a button says: who, which act, which group; read strictly."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from zicha.alerts.slack import ACTIONS
from zicha.model.errors import ConfigError

_USER = re.compile(r"[UW][A-Z0-9]{2,30}")
_MARK = re.compile(r"[0-9a-f]{16}")
_STAMP = re.compile(r"\d{1,12}\.\d{1,9}")


@dataclass(frozen=True, slots=True)
class Press:
    """One press.

    Args:
        key: the same press again is the same key: Slack repeats what was not answered in time.
        actor: `slack:<user id>`, as Slack signed it.
        act: acknowledge, assign or waive-request.
        mark: the group of the thread.
    """

    key: str
    actor: str
    act: str
    mark: str


def press_of_body(body: bytes) -> Press:
    """The press in a signed request.

    Raises:
        ConfigError: it is none of our buttons.
    """
    try:
        (said,) = parse_qs(body.decode("utf-8"), strict_parsing=True, max_num_fields=5)["payload"]
        return press_of(json.loads(said))
    except (KeyError, ValueError, RecursionError) as error:
        raise ConfigError("the request holds no press of a button: nothing was done") from error


def press_of(payload: Any) -> Press:
    """The press in what Slack says of it.

    Raises:
        ConfigError: it is none of our buttons.
    """
    try:
        (action,) = payload["actions"]
        user, name, mark = payload["user"]["id"], action["action_id"], action["value"]
        stamp = action["action_ts"]
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError("the request holds no press of a button: nothing was done") from error
    wanted = ((user, _USER), (mark, _MARK), (stamp, _STAMP))
    said = isinstance(name, str) and all(isinstance(value, str) for value, _ in wanted)
    if not said or name not in ACTIONS or not all(p.fullmatch(value) for value, p in wanted):
        raise ConfigError("the request presses no button of ours: nothing was done")
    act = name.removeprefix("zicha-")
    key = hashlib.sha256(f"{user}\n{act}\n{mark}\n{stamp}".encode()).hexdigest()[:32]
    return Press(key, f"slack:{user}", act, mark)
