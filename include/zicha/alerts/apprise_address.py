"""Addresses of the other channels, as Apprise writes them; each holds its secret."""

from __future__ import annotations

from typing import Any

from zicha.model.errors import ConfigError

SCHEMES = {
    "dingtalk": ("dingtalk",),
    "wecom": ("wecombot",),
    "feishu": ("feishu", "lark"),
    "email": ("mailto", "mailtos"),
    "webhook": ("json", "jsons"),
}
"""How the address of each service begins."""


def read_address(address: str, service: str) -> Any:
    """What Apprise makes of the address: its own sender for it.

    Raises:
        ConfigError: it is none, or none of this service.
    """
    import apprise

    parsed = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if parsed is None or address.partition("://")[0].lower() not in SCHEMES[service]:
        wanted = " or ".join(f"{each}://" for each in SCHEMES[service])
        raise ConfigError(f"{service}: its address begins with {wanted}: correct it")
    return parsed
