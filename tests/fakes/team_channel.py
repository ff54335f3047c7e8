"""A place whose team is told in one Slack channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from fakes.slack_server import FakeSlack
from zicha.pipeline.workplace import Settings, Workplace, open_workplace

CHANNEL = "C0TEAM"
TOKEN = "xoxb-canary-90ab"


@dataclass(frozen=True)
class OneToken:
    """Credentials that hold a Slack token and nothing else."""

    token: str = TOKEN

    def secret(self, name: str) -> str:
        """The token; nobody may ask for another."""
        assert name == "slack"
        return self.token


def team_place(data: Path, now: datetime, channel: str = CHANNEL) -> Workplace:
    """A workplace of the example scope at this hour; whoever opens it closes its database."""
    opened = open_workplace({"ZICHA_DATA": str(data)}, OneToken(), clock=lambda: now)
    return replace(opened, settings=Settings(slack_channel=channel))


def beside(place: Workplace, slack: FakeSlack, now: datetime | None = None) -> Workplace:
    """The same place, where Slack is this server, and it is that hour."""
    there = replace(place, settings=replace(place.settings, slack_url=slack.url))
    return there if now is None else replace(there, clock=lambda: now)
