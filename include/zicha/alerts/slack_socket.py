"""Socket Mode through Slack's own SDK: each envelope is answered first, then taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zicha.model.errors import ConfigError

if TYPE_CHECKING:
    from slack_sdk.socket_mode import SocketModeClient
    from slack_sdk.socket_mode.client import BaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest


def socket_client(token: str, take: Callable[[Any], object]) -> SocketModeClient:
    """A client that hands each envelope on.

    Raises:
        ConfigError: the token is no app-level token.
    """
    from slack_sdk.socket_mode import SocketModeClient
    from slack_sdk.socket_mode.response import SocketModeResponse

    if not token.startswith("xapp-"):
        raise ConfigError(
            "slack: the worker needs an app-level token (xapp-…) with connections:write"
        )

    def on_request(client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        # Slack repeats what is not answered within three seconds; our record makes it one.
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        take(request)

    client = SocketModeClient(app_token=token)
    client.socket_mode_request_listeners.append(on_request)
    return client
