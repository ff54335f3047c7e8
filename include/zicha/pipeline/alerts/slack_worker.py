"""Hearing Slack's buttons over Socket Mode: no open port; Slack is authenticated by the socket."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from zicha.alerts.slack import SLACK
from zicha.alerts.slack_press import read_payload
from zicha.alerts.slack_socket import PING_SECONDS, connect, socket_client
from zicha.model.errors import ConfigError
from zicha.pipeline.alerts.pressed import Answer, take, tell_threads
from zicha.pipeline.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

APP_TOKEN = "slack-app"  # noqa: S105 - the name of a credential
"""The name of the credential that holds the app-level token (`xapp-…`)."""


class Envelope(Protocol):
    """What the socket brings."""

    type: str
    payload: Mapping[str, Any]


def heard(place: Workplace, envelope: Envelope) -> Answer | None:
    """Take one envelope; None when it is nothing of ours."""
    if envelope.type != "interactive":
        return None
    try:
        said = read_payload(envelope.payload)
    except ConfigError:
        return None
    try:
        answer = take(place, said)
    except Exception as error:
        # The SDK would swallow it: Slack hears no answer then, and sends the envelope again.
        place.progress.step("press-not-taken", error=type(error).__name__)
        raise
    place.progress.step("press-taken", act=said.act, status=answer.status)
    return answer


def listen(
    place: Workplace,
    ready: Callable[[], None],
    until: threading.Event | None = None,
    ping_seconds: float = PING_SECONDS,
    alive: Path | None = None,
) -> None:
    """Listen until the process is stopped, or `until` is set; breaks are mended by the client.

    Args:
        place: where the presses are recorded.
        ready: is called when the socket is open.
        until: ends it.
        ping_seconds: how often the connection is looked after.
        alive: a file that is touched as often, while the socket is open.

    Raises:
        ConfigError: the app-level token is missing.
        DeliveryError: Slack refuses the token, or is not reachable.
    """

    def taken(envelope: Envelope) -> Mapping[str, Any] | None:
        answer = heard(place, envelope)
        return answer.reply if answer else None

    client = socket_client(
        place.credentials.secret(APP_TOKEN),
        taken,
        base_url=place.settings.slack_url or SLACK,
        after=lambda: tell_threads(place),
        ping_seconds=ping_seconds,
    )
    connect(client)
    try:
        ready()
        ended = until or threading.Event()
        while not ended.is_set():
            if alive and client.is_connected():
                alive.touch()
            ended.wait(ping_seconds)
    finally:
        # A socket that broke off is gone already, and the SDK closes it again.
        with suppress(AttributeError):
            client.close()
