"""Where messages go: the user's `alerts.yaml`, else the channel of the environment, or console."""

from __future__ import annotations

import sys
from datetime import datetime

from zicha.alerts.apprise_channel import AppriseChannel
from zicha.alerts.console import ConsoleChannel
from zicha.alerts.masking import Mask
from zicha.alerts.message import Channel
from zicha.alerts.robot import ROBOTS, RobotChannel
from zicha.alerts.routing import held_until
from zicha.alerts.slack import SLACK, SlackChannel
from zicha.catalog.alert_rules import FAR
from zicha.catalog.scope_alerts import Alerts, Destination
from zicha.model.errors import ConfigError
from zicha.pipeline.workplace import Settings, Workplace
from zicha.sources.credentials import Credentials
from zicha.storage.messages import Message as Outgoing

CREDENTIAL = "slack"
"""The name of the Slack token, where a destination names no other."""

CONSOLE = Destination(id="console", kind="console", reach="company")


def team_of(place: Workplace) -> Destination:
    """Who hears the summary, and what no route takes."""
    known = place.scope.alerts
    if known.destinations:
        wanted = known.team or known.destinations[0].id
        return next(each for each in known.destinations if each.id == wanted)
    return _of_environment("team", place.settings.slack_channel) or CONSOLE


def health_of(place: Workplace) -> Destination | None:
    """Who hears of the pipeline itself; None: the log alone."""
    return health_in(place.scope.alerts, place.settings)


def health_in(alerts: Alerts, settings: Settings) -> Destination | None:
    """The same, where there is no workplace to ask."""
    for each in alerts.destinations:
        if each.id == alerts.health:
            return each
    return _of_environment("health", settings.health_channel)


def every_destination(place: Workplace) -> dict[str, Destination]:
    """Every destination by its id, the team's included."""
    found = {each.id: each for each in place.scope.alerts.destinations}
    team, health = team_of(place), health_of(place)
    return found | {team.id: team} | ({health.id: health} if health else {})


def addressed(to: Destination) -> dict[str, str]:
    """What a message keeps of its destination: it follows it to another channel, never further."""
    return {"to": to.id, "reach": to.reach}


def destination_of(place: Workplace, message: Outgoing) -> Destination:
    """Where a message of the outbox goes by now: its destination's channel may have changed.

    Raises:
        ConfigError: its destination was taken out of the scope since, or reaches further than its
            words were made for.
    """
    known = every_destination(place) | {CONSOLE.id: CONSOLE}
    named = [known[id_] for id_ in [str(message.body.get("to", ""))] if id_ in known]
    reach = FAR[str(message.body.get("reach", "abroad"))]
    same = [each for each in known.values() if each.recipient == message.recipient]
    for each in (*named, *same):
        if each.kind == message.channel and FAR[each.reach] <= reach:
            return each
    raise ConfigError(
        "alerts.yaml: a destination with waiting messages is gone, or reaches further by now: "
        "restore it, or give them up with `zicha alerts give-up`"
    )


def mask_of(place: Workplace, destination: Destination) -> Mask:
    """What the destination may see."""
    return Mask(destination.reach, place.scope.alerts.fields)


def quiet_until(place: Workplace, urgent: bool) -> datetime | None:
    """When a message that is not critical may go; None: at once."""
    now = place.clock().astimezone(place.zone)
    return held_until(now, place.scope.alerts.quiet, urgent)


def slack_of(place: Workplace, destination: Destination) -> SlackChannel:
    """The Slack channel of a destination."""
    return _slack(destination, place.settings, place.credentials)


def channel_of(place: Workplace, destination: Destination) -> Channel:
    """What sends to the destination."""
    return channel_by(destination, place.settings, place.credentials)


def channel_by(destination: Destination, settings: Settings, credentials: Credentials) -> Channel:
    """The same, where there is no workplace to ask."""
    if destination.kind == "console":
        return ConsoleChannel(sys.stderr)
    if destination.kind == "slack":
        return _slack(destination, settings, credentials)
    address = credentials.secret(destination.credential)
    if destination.kind in ROBOTS:
        return RobotChannel(address, destination.kind)
    return AppriseChannel(address, destination.kind)


def _slack(destination: Destination, settings: Settings, credentials: Credentials) -> SlackChannel:
    token = credentials.secret(destination.credential or CREDENTIAL)
    return SlackChannel(token, destination.channel, base_url=settings.slack_url or SLACK)


def _of_environment(id_: str, channel: str) -> Destination | None:
    return Destination(id=id_, kind="slack", channel=channel) if channel else None
