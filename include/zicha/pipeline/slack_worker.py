"""Hearing Slack's buttons over Socket Mode: no open port; Slack is authenticated by the socket."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

from zicha.alerts.slack_press import press_of
from zicha.alerts.slack_socket import socket_client
from zicha.model.errors import ConfigError
from zicha.pipeline.outbox import send_due
from zicha.pipeline.pressed import Answer, take
from zicha.pipeline.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

APP_TOKEN = "slack-app"  # noqa: S105 - the name of a credential
"""The name of the credential that holds the app-level token (`xapp-…`)."""


class Envelope(Protocol):
    """What the socket brings."""

    type: str
    payload: Mapping[str, Any]


def heard(place: Workplace, envelope: Envelope) -> Answer | None:
    """Take one envelope; None when it is no press of a button of ours."""
    if envelope.type != "interactive":
        return None
    try:
        press = press_of(envelope.payload)
    except ConfigError:
        return None
    answer = take(place, press)
    send_due(place)
    return answer


def listen(place: Workplace, ready: Callable[[], None]) -> None:
    """Listen until the process is stopped; the client connects again by itself.

    Raises:
        ConfigError: the app-level token is missing.
    """
    client = socket_client(
        place.credentials.secret(APP_TOKEN), lambda envelope: heard(place, envelope)
    )
    client.connect()
    ready()
    threading.Event().wait()
