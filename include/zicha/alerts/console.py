"""The channel of a house without a channel: the message on a terminal or in a log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from zicha.alerts.message import Delivered, Message
from zicha.model.text import Lang


@dataclass(frozen=True, slots=True)
class ConsoleChannel:
    """Writes plain lines, Chinese first."""

    stream: TextIO
    languages: Sequence[Lang] = ("zh", "en")

    def send(self, message: Message) -> Delivered:
        """Write the message in each language."""
        for lang in self.languages:
            self.stream.write(message.plain(lang) + "\n")
        self.stream.flush()
        return Delivered("console", message.key)
