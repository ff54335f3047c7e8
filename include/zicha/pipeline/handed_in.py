"""What a person says of having handed something in: who, how and when, checked before it counts."""

from __future__ import annotations

from datetime import datetime

from zicha.model.errors import ConfigError


def check_handed_in(at: datetime, by: str, channel: str, now: datetime) -> None:
    """Somebody did it, in some way, and not in the future.

    Raises:
        ConfigError: one of them is missing, or the moment has not come.
    """
    if not by.strip() or not channel.strip():
        raise ConfigError("say who handed it in and how: --by and --channel")
    if at > now:
        raise ConfigError(f"{at.isoformat()} has not come yet: say when it was handed in")
