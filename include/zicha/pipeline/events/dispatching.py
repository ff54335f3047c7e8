"""Following the inbox: collect, judge and announce what waits, in one go, taking up what died."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from zicha.catalog.suites import Suite
from zicha.events.routing import Target, collapsed
from zicha.pipeline.alerts.change_alerts import announce_change
from zicha.pipeline.alerts.outbox import Sleep, send_due
from zicha.pipeline.events.narrow_runs import (
    collect_subjects,
    judge_subjects,
    left_to_the_daily_run,
    run_id,
    scope_of_run,
)
from zicha.pipeline.runs.collecting import collect
from zicha.pipeline.runs.judging import judge_tables, keep_judgement
from zicha.pipeline.runs.planning import close_run, stored_scope
from zicha.pipeline.runs.rules import rules
from zicha.pipeline.workplace import Workplace
from zicha.storage import notices, runs

MOST_NOTICES = 500
"""Messages that one run takes; on a storm the rest waits for the next, seconds later."""

MOST_RUNS = 40
"""Runs of one call; what is left waits for the next."""

LOCK = "change-notices.lock"


def follow(place: Workplace, sleep: Sleep | None = None) -> list[dict[str, Any]]:
    """Finish what an earlier call left unfinished, then all that waits; what each run did.

    One process at a time: another one finds nothing to do. Whoever dies midway is taken up by the
    next call where it stopped. What a full channel did not take is told last, waiting for its turn
    when `sleep` is given, and while others may follow already.

    Raises:
        DeliveryError: the console surely did not take an alert; the next call sends it.
        MissingEvidenceError: what would be told is not sealed.
    """
    done: list[dict[str, Any]] = []
    with _alone(place) as is_alone:
        if not is_alone:
            return done
        for _ in range(MOST_RUNS):
            with place.database.read() as connection:
                left = notices.unfinished(connection)
            run = left[0] if left else _take(place)
            if not run:
                break
            done.append(_run(place, run))
    send_due(place, sleep)
    return done


@contextmanager
def _alone(place: Workplace) -> Iterator[bool]:
    """The lock goes with the process that holds it, however it ends."""
    with (place.data / LOCK).open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def _take(place: Workplace) -> str:
    """Open a run for the oldest messages that wait; empty when none does."""
    at, day = place.clock(), place.today()
    with place.database.write() as connection:
        found = notices.waiting(connection, MOST_NOTICES)
        if not found:
            return ""
        # A whole source is judged as a whole, so it has a run of its own.
        is_whole = _asks_for_source(found[0])
        mine = [one for one in found if _asks_for_source(one) == is_whole]
        ids = [one.message for one in mine]
        run = runs.open_narrow(
            connection,
            run=run_id(day, ids),
            day=day,
            scope_digest=place.scope.digest,
            scope=_scope(place, mine, is_whole=is_whole),
            at=at,
        )
        notices.take(connection, run.id, at, ids)
    place.progress.step("notices-taken", run=run.id, count=len(ids))
    return run.id


def _asks_for_source(one: notices.Received) -> bool:
    return any(not target["collector"] for target in one.targets)


def _scope(
    place: Workplace, mine: Sequence[notices.Received], *, is_whole: bool
) -> dict[str, object]:
    targets = [target for one in mine for target in one.targets]
    if is_whole:
        return stored_scope(place.scope, sorted({target["source"] for target in targets}))
    told = _told_before(place, mine)
    by_target = {_target(target): target for target in targets}
    # One event may come in several messages; without an id of its own, the message's stands in.
    events = {
        (one.row["account"], one.row["region"], id_): {**one.row, "event_id": id_}
        for one in mine
        if one.row and (id_ := one.row["event_id"] or one.message) and one.message not in told
    }
    return scope_of_run(
        place, [by_target[one] for one in collapsed(by_target)], list(events.values())
    )


def _told_before(place: Workplace, mine: Sequence[notices.Received]) -> set[str]:
    """Messages of an act that an earlier run judged: told again, it must not open again."""
    ids = {one.row["event_id"] for one in mine if one.row} - {""}
    with place.database.read() as connection:
        judged = {
            (*key, row["act"])
            for key, rows in notices.acts(connection, ids).items()
            for row in rows
            if row["run"]
        }
    return {
        one.message
        for one in mine
        if one.row
        and (one.row["account"], one.row["region"], one.row["event_id"], one.row["act"]) in judged
    }


def _target(said: Any) -> Target:
    return Target(
        said["account"], said["region"], said["collector"], tuple(sorted(said["names"].items()))
    )


def _run(place: Workplace, id_: str) -> dict[str, Any]:
    with place.database.read() as connection:
        run = runs.get(connection, id_)
        scope = runs.scope_of(connection, id_)
        count = len(notices.of_run(connection, id_))
    calls = 0
    if run.state == runs.OPEN:
        calls = _collect(place, run, scope)
        close_run(place, run)
    elif run.state == runs.COLLECTED:
        close_run(place, run)
    waiting: list[Suite] = []
    if "subjects" in scope:
        judged = judge_subjects(place, run)
        waiting = left_to_the_daily_run(place, scope["subjects"])
    else:
        judged = keep_judgement(place, run, judge_tables(place, rules(), run))
    told = announce_change(place, run, judged["outcomes"], count, [s.title for s in waiting])
    with place.database.write() as connection:
        notices.finish(connection, id_, place.clock())
    place.progress.step("change-followed", run=id_, calls=calls)
    return {"run": id_, "notices": count, "calls": calls, "told": told, **judged} | {
        "left_to_daily_run": [suite.id for suite in waiting]
    }


def _collect(place: Workplace, run: runs.Run, scope: Any) -> int:
    if "subjects" in scope:
        return collect_subjects(place, run, scope["subjects"], scope["events"])
    with place.database.write() as connection:
        runs.plan(connection, run.id, scope["sources"])
    for source in scope["sources"]:
        collect(place, f"{run.id}/{source}")
    return 0
