"""Socket Mode through Slack's own SDK: each envelope is taken, then answered, then told.

What could not be taken is not answered: Slack then tells whoever pressed, and sends it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from zicha.alerts.slack import SLACK, quiet_logger, refusal_of, refuse_clear_text
from zicha.model.errors import ConfigError, DeliveryError

if TYPE_CHECKING:
    from slack_sdk.socket_mode import SocketModeClient
    from slack_sdk.socket_mode.client import BaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

PING_SECONDS = 5.0


def socket_client(
    token: str,
    take: Callable[[Any], Mapping[str, Any] | None],
    *,
    base_url: str = SLACK,
    after: Callable[[], object] = lambda: None,
    ping_seconds: float = PING_SECONDS,
) -> SocketModeClient:
    """A client that hands each envelope on, one after the other, and connects again by itself.

    Args:
        token: the app-level token.
        take: does what an envelope asks; what it gives back goes into the answer.
        base_url: another address of the interface, for a proxy or a test.
        after: is called when the answer is out.
        ping_seconds: how often the connection is looked after.

    Raises:
        ConfigError: the token is no app-level token, or would travel in the clear.
    """
    from slack_sdk import WebClient
    from slack_sdk.socket_mode import SocketModeClient
    from slack_sdk.socket_mode.response import SocketModeResponse

    if not token.startswith("xapp-"):
        raise ConfigError(
            "slack: the worker needs an app-level token (xapp-…) with connections:write"
        )
    refuse_clear_text(base_url)

    def on_request(client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        reply = take(request)
        payload = None if reply is None else dict(reply)
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))
        after()

    # The SDK logs tickets, payloads and answers as it likes: none of it is kept.
    logger = quiet_logger()
    client = SocketModeClient(
        app_token=token,
        web_client=WebClient(base_url=base_url, logger=logger),
        logger=logger,
        concurrency=1,
        ping_interval=ping_seconds,
    )
    client.socket_mode_request_listeners.append(on_request)
    return client


def connect(client: SocketModeClient) -> None:
    """Connect for the first time; later breaks are mended by the client.

    Raises:
        DeliveryError: Slack refuses, or is not reachable.
    """
    from http.client import HTTPException

    from slack_sdk.errors import SlackApiError, SlackClientError

    try:
        client.connect()
    except SlackApiError as error:
        raise DeliveryError(refusal_of(error)) from error
    except (SlackClientError, OSError, HTTPException, ValueError) as error:
        said = type(error).__name__
        raise DeliveryError(f"slack: the socket did not open ({said}): check proxy") from error
