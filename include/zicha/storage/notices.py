"""The inbox: every change notice once, from its arrival to the end of the run that it caused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from zicha.storage.schema_events import notices
from zicha.storage.writing import add

RECEIVED, TAKEN, DONE = "received", "taken", "done"
UNKNOWN, OUTSIDE, DEAD = "unknown", "outside", "dead"
"""No route knows it; it speaks of an account or region that is not ours; it cannot be read."""

OPEN = (RECEIVED, TAKEN)

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Received:
    """One message: what it said, as far as we keep it, and what became of it.

    `targets` are the subjects to look at again, `row` is the event as evidence (empty when it is
    none), `times` how often the queue delivered it.
    """

    message: str
    digest: str
    size: int
    state: str
    received_at: datetime
    changed_at: datetime
    detail: str = ""
    event: str = ""
    kind: str = ""
    source: str = ""
    name: str = ""
    account: str = ""
    region: str = ""
    occurred_at: datetime | None = None
    targets: Sequence[Mapping[str, Any]] = ()
    row: Mapping[str, Any] = field(default_factory=dict)
    times: int = 1
    run: str | None = None


def enter(connection: Connection, found: Sequence[Received]) -> int:
    """Write the messages that are new, count the others once more; how many were new."""
    new = 0
    for one in found:
        again = connection.execute(
            update(notices)
            .where(notices.c.message == one.message)
            .values(times=notices.c.times + 1)
        )
        if again.rowcount == 0:
            add(connection, notices, [asdict(one)], "message")
            new += 1
    return new


def take(connection: Connection, run: str, at: datetime, messages: Sequence[str]) -> None:
    """Give these messages to a run."""
    connection.execute(
        update(notices)
        .where(notices.c.message.in_(list(messages)), notices.c.state == RECEIVED)
        .values(state=TAKEN, run=run, changed_at=at)
    )


def finish(connection: Connection, run: str, at: datetime) -> None:
    """The run was judged and told: its messages are done."""
    connection.execute(
        update(notices)
        .where(notices.c.run == run, notices.c.state == TAKEN)
        .values(state=DONE, changed_at=at)
    )


def waiting(connection: Connection, most: int) -> list[Received]:
    """The oldest messages that no run has taken."""
    said = select(notices).where(notices.c.state == RECEIVED)
    found = connection.execute(said.order_by(notices.c.received_at, notices.c.message).limit(most))
    return [Received(**row) for row in found.mappings()]


def of_run(connection: Connection, run: str) -> list[Received]:
    """The messages that caused a run."""
    said = select(notices).where(notices.c.run == run).order_by(notices.c.message)
    return [Received(**row) for row in connection.execute(said).mappings()]


def unfinished(connection: Connection) -> list[str]:
    """The runs whose messages were taken and are not done, oldest first."""
    said = (
        select(notices.c.run, func.min(notices.c.changed_at))
        .where(notices.c.state == TAKEN)
        .group_by(notices.c.run)
    )
    return [row[0] for row in sorted(connection.execute(said), key=lambda row: (row[1], row[0]))]


def acts(
    connection: Connection, events: Collection[str]
) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """The evidence rows of these events, by account, region and id as their table names them."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    ordered = sorted(events)
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        said = select(notices.c.message, notices.c.row, notices.c.run).where(
            or_(notices.c.event.in_(some), notices.c.message.in_(some))
        )
        for message, row, run in connection.execute(said.order_by(notices.c.message)):
            if row:
                id_ = row["event_id"] or message
                found[row["account"], row["region"], id_].append({**row, "run": run})
    return found


def counts(connection: Connection) -> dict[str, int]:
    """How many messages stand in each state, and how many deliveries were repeats."""
    said = select(notices.c.state, func.count()).group_by(notices.c.state)
    found = {row[0]: int(row[1]) for row in connection.execute(said)}
    repeats = connection.execute(select(func.sum(notices.c.times - 1))).scalar()
    return found | {"repeated": int(repeats or 0)}


def reasons(connection: Connection, state: str) -> list[tuple[str, int]]:
    """Why messages stand in a state, with their counts, the commonest first."""
    count = func.count()
    said = select(notices.c.detail, count).where(notices.c.state == state)
    said = said.group_by(notices.c.detail).order_by(count.desc(), notices.c.detail)
    return [(str(row[0]), int(row[1])) for row in connection.execute(said)]


def told_again(connection: Connection) -> int:
    """How many messages told of an event that another message had told of."""
    told = (
        select(func.count().label("n"))
        .where(notices.c.event != "")
        .group_by(notices.c.account, notices.c.region, notices.c.event)
        .subquery()
    )
    return int(connection.execute(select(func.sum(told.c.n - 1))).scalar() or 0)


def out_of_order(connection: Connection) -> int:
    """How many told of an earlier moment than one received before, of their account and region."""
    newest = (
        func.max(notices.c.occurred_at)
        .over(
            partition_by=[notices.c.account, notices.c.region],
            order_by=notices.c.received_at,
            groups=(None, -1),
        )
        .label("newest")
    )
    seen = select(notices.c.occurred_at, newest).where(notices.c.occurred_at.is_not(None))
    each = seen.subquery()
    said = select(func.count()).where(each.c.occurred_at < each.c.newest)
    return int(connection.execute(said).scalar() or 0)


def oldest(connection: Connection) -> datetime | None:
    """When the oldest message arrived that is not done."""
    said = select(func.min(notices.c.received_at)).where(notices.c.state.in_(OPEN))
    return connection.execute(said).scalar()


def names(connection: Connection, state: str, most: int = 5) -> list[tuple[str, int]]:
    """The commonest events in a state, with their counts."""
    count = func.count()
    said = (
        select(notices.c.source, notices.c.name, count)
        .where(notices.c.state == state)
        .group_by(notices.c.source, notices.c.name)
        .order_by(count.desc(), notices.c.source, notices.c.name)
        .limit(most)
    )
    return [(f"{row[0]} {row[1]}".strip(), int(row[2])) for row in connection.execute(said)]
