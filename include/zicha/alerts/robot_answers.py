"""What a group robot answered: its HTTP 200 says that it was asked, the body says what came of it.

Apprise looks at the status alone, and calls a robot's refusal a success.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from zicha.model.errors import DeliveryError

_VERDICTS = {
    "dingtalk": ("errcode",),
    "wecom": ("errcode",),
    "feishu": ("code", "StatusCode"),
}
"""The fields in which each robot says how it ended; 0 is success."""

_LATER = "it takes no more for now: try again later"
_RULES = "its safety rules (signature, key word, address) refuse it: correct them or the credential"
_GONE = "the robot is gone or its address is wrong: correct the credential"
_REMEDIES = {
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

# Apprise calls `requests.post` of the plugin's own module, and hands no answer on.
_ALONE = threading.Lock()


@contextmanager
def listening(plugin: Any) -> Iterator[list[Any]]:
    """The answers that this plugin gets while it sends; one sender at a time."""
    module: Any = sys.modules[type(plugin).__module__]
    heard: list[Any] = []
    if not hasattr(module, "requests"):
        yield heard
        return
    with _ALONE:
        real = module.requests
        module.requests = _Overheard(real, heard)
        try:
            yield heard
        finally:
            module.requests = real


class _Overheard:
    """The plugin's `requests`, which keeps the answers."""

    def __init__(self, real: Any, heard: list[Any]) -> None:
        self._real, self._heard = real, heard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def post(self, *said: Any, **named: Any) -> Any:
        answer = self._real.post(*said, **named)
        self._heard.append(answer)
        return answer


def refuse_a_refusal(service: str, answers: list[Any]) -> None:
    """Hold each answer to what the robot says in it.

    Raises:
        DeliveryError: it says that it took nothing, or nothing that a robot says.
    """
    fields = _VERDICTS.get(service)
    if fields is None:
        return
    for answer in answers or [None]:
        said = _read(answer)
        verdict = next((said[name] for name in fields if name in said), None)
        if isinstance(verdict, bool) or not isinstance(verdict, int):
            raise DeliveryError(
                f"{service}: answered something that no robot answers: check proxy and credential"
            )
        if verdict:
            remedy = _REMEDIES[service].get(verdict, "see the code in the operator's manual")
            raise DeliveryError(f"{service}: refused with {verdict}: {remedy}")


def _read(answer: Any) -> Mapping[str, Any]:
    try:
        said = json.loads(answer.content)
    except (AttributeError, TypeError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, Mapping) else {}
