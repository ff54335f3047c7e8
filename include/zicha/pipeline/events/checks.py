"""How the inbox of change notices stands, as `doctor` tells it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from zicha.pipeline.check import Check
from zicha.pipeline.workplace import Workplace
from zicha.storage import notices

PATIENCE = timedelta(minutes=15)
"""A notice that waits longer says that nobody follows the inbox."""


def notice_checks(place: Workplace) -> Iterator[Check]:
    """Counts of what came in, what nobody knows, what cannot be read, and what waits too long."""
    with place.database.read() as connection:
        counted = notices.counts(connection)
        waits = notices.oldest(connection)
        unknown = notices.names(connection, notices.UNKNOWN)
        why = notices.reasons(connection, notices.DEAD)
        again, late_told = notices.told_again(connection), notices.out_of_order(connection)
    received = sum(n for state, n in counted.items() if state != "repeated")
    if not place.settings.event_queue and not received:
        yield Check("change notices", True, "off: ZICHA_EVENT_QUEUE names no queue")
        return
    said = ", ".join(
        f"{counted.get(state, 0)} {state}"
        for state in (
            notices.DONE, notices.RECEIVED, notices.TAKEN, notices.UNKNOWN, notices.OUTSIDE,
            notices.DEAD, "repeated",
        )
    )  # fmt: skip
    age = None if waits is None else place.clock() - waits
    late = age is not None and age > PATIENCE
    oldest = f"; oldest unhandled {_minutes(age)} min" if age is not None else ""
    yield Check(
        "change notices",
        not late,
        f"{received} received: {said}, {again} told again, {late_told} out of order{oldest}",
        "unpause watch_changes and look at its last run, or run `zicha changes`",
    )
    dead = counted.get(notices.DEAD, 0)
    yield Check(
        "unreadable notices",
        not dead,
        f"{dead} could not be read" + (f": {_listed(why)}" if why else ""),
        "look at the queue for dead messages, and correct what sends them",
    )
    total = counted.get(notices.UNKNOWN, 0)
    names = (
        f"{total} without a route: {_listed(unknown)}" if unknown else "every notice has a route"
    )
    yield Check("unknown notices", True, names)


def _listed(said: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{name} ({n})" for name, n in said)


def _minutes(age: timedelta) -> int:
    return int(age.total_seconds() // 60)
