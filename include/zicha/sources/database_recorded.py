"""A recorded database server: answers kept in a file, never taken for a live server."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zicha.model.errors import ConfigError, SourceError
from zicha.model.verdict import Reason
from zicha.sources.database import Asked, DatabaseServer, Fields, MissingThingError

if TYPE_CHECKING:
    from zicha.model.collector import Collector


class RecordedGapError(SourceError):
    """There was no answer when it was recorded."""

    def __init__(self, reason: Reason, said: str) -> None:
        """Keep the reason of that day."""
        super().__init__(said)
        self.reason = reason


class RecordedSession:
    """Answers from a recording; what was not recorded was not collected."""

    is_lost = False

    def __init__(self, recorded_at: datetime, asked: Mapping[str, Asked]) -> None:
        """Answer by the text of the question."""
        self._recorded_at = recorded_at
        self._asked = asked

    @property
    def heard(self) -> Mapping[str, str]:
        """That it is a recording, and of when."""
        return {"reach": "recorded", "recorded_at": self._recorded_at.isoformat()}

    def rows(self, sql: str, limit: int) -> list[Fields]:
        """The rows recorded for this very question."""
        found = self._asked.get(sql)
        if found is None:
            raise MissingThingError(
                "the recording does not hold a question: record the server again"
            )
        if found.error:
            raise found.error
        # One row too many is how a listing says that it was cut.
        return [*found.rows, *({} for _ in range(limit if found.is_cut else 0))]

    def abort(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing stays open."""


def recorded_server(id_: str, path: Path) -> DatabaseServer:
    """The server of a recording; one that is not marked as a recording is refused."""
    try:
        said = json.loads(path.read_bytes())
        if said.get("recorded") is not True or not said.get("recorded_at"):
            raise ConfigError(
                f"{path.name}: not marked as a recording with its moment (recorded_at)"
            )
        recorded_at = datetime.fromisoformat(said["recorded_at"])
        asked = [_asked(reply) for reply in said["replies"]]
        user = str(said["user"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(
            f"{path.name}: not a recording of a database server ({error}): record it again"
        ) from error

    def connect(database: str) -> RecordedSession:
        mine = {each.sql: each for each in asked if each.database == database}
        return RecordedSession(recorded_at, mine)

    return DatabaseServer(id_, user, connect)


def record(
    server: DatabaseServer, collectors: Iterable[Collector], recorded_at: datetime
) -> dict[str, object]:
    """Ask a server everything that these collectors ask, and keep the answers."""
    server.tape.clear()
    for collector in collectors:
        for _ in collector.fetch(server):
            pass
    return {
        "recorded": True,
        "recorded_at": recorded_at.isoformat(),
        "server": server.id,
        "user": server.user,
        "replies": [_entry(each) for each in server.tape],
    }


def _entry(asked: Asked) -> dict[str, object]:
    entry: dict[str, object] = {"database": asked.database, "sql": asked.sql}
    if asked.error:
        return entry | {"reason": asked.error.reason, "said": str(asked.error)}
    entry["rows"] = [dict(row) for row in asked.rows]
    return entry | ({"is_cut": True} if asked.is_cut else {})


def _asked(said: Mapping[str, Any]) -> Asked:
    if "reason" in said:
        error = RecordedGapError(Reason(said["reason"]), str(said["said"]))
        return Asked(said["database"], said["sql"], error=error)
    rows = tuple(dict(row) for row in said["rows"])
    return Asked(said["database"], said["sql"], rows, is_cut=bool(said.get("is_cut", False)))
