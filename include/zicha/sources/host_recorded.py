"""A recorded host: answers kept in a file, marked as recorded and never taken for a live host."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zicha.model.errors import ConfigError, SourceError
from zicha.model.verdict import Reason
from zicha.sources.host import Ran

if TYPE_CHECKING:
    from zicha.model.collector import Collector
    from zicha.sources.host import Host


class NotRecordedError(SourceError):
    """The recording does not hold this question."""

    reason = Reason.NOT_COLLECTED


class RecordedReach:
    """Answers from a recording; what was not recorded was not collected."""

    def __init__(self, recording: Mapping[str, Any], name: str) -> None:
        """Take a recording apart; one that is not marked as such is refused."""
        if recording.get("recorded") is not True or not recording.get("recorded_at"):
            raise ConfigError(f"{name}: not marked as a recording with its moment (recorded_at)")
        try:
            self._recorded_at = datetime.fromisoformat(recording["recorded_at"])
            self._replies = {
                shlex.join(reply["argv"]): _ran(reply) for reply in recording["replies"]
            }
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"{name}: not a recording of a host ({error})") from error

    @classmethod
    def load(cls, path: Path) -> RecordedReach:
        """Read a recording from its file."""
        try:
            recording = json.loads(path.read_bytes())
        except ValueError as error:
            raise ConfigError(f"{path.name}: not valid JSON ({error})") from error
        if not isinstance(recording, dict):
            raise ConfigError(f"{path.name}: not a recording of a host")
        return cls(recording, path.name)

    @property
    def heard(self) -> Mapping[str, str]:
        """That it is a recording, and of when."""
        return {"reach": "recorded", "recorded_at": self._recorded_at.isoformat()}

    def execute(self, argv: Sequence[str]) -> Ran:
        """Give the recorded answer to this very command."""
        command = shlex.join(argv)
        found = self._replies.get(command)
        if found is None:
            raise NotRecordedError(f"`{command}` is not in the recording: record the host again")
        return found

    def close(self) -> None:
        """Nothing stays open."""


def record(host: Host, collectors: Iterable[Collector], recorded_at: datetime) -> dict[str, object]:
    """Ask a host everything that these collectors ask, and keep what may be kept."""
    host.tape.clear()
    for collector in collectors:
        for _ in collector.fetch(host):
            pass
    replies = {shlex.join(argv): _entry(argv, ran) for argv, ran in host.tape}
    return {
        "recorded": True,
        "recorded_at": recorded_at.isoformat(),
        "host": host.id,
        "replies": [replies[command] for command in sorted(replies)],
    }


def _entry(argv: Sequence[str], ran: Ran) -> dict[str, object]:
    entry: dict[str, object] = {"argv": list(argv), "exit": ran.exit}
    entry["out"] = ran.out.decode().splitlines()
    if ran.err:
        entry["err"] = ran.err.decode().splitlines()
    return entry | ({"is_cut": True} if ran.is_cut else {})


def _ran(reply: Mapping[str, Any]) -> Ran:
    out, err = (_printed(reply.get(name, [])) for name in ("out", "err"))
    return Ran(int(reply["exit"]), out, err, bool(reply.get("is_cut", False)))


def _printed(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
