"""Putting what a run changed into the outbox: threads, replies, or one digest for a storm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from zicha.alerts.group_message import compose_group, compose_reply
from zicha.alerts.inhibition import Heard, inhibited
from zicha.alerts.message import Message as Said
from zicha.alerts.routing import Posts, planned, routed
from zicha.alerts.signals import Group, Signal, What, grouped
from zicha.alerts.storm_message import compose_sheet, compose_storm
from zicha.catalog.alert_rules import load_alert_rules
from zicha.catalog.scope_alerts import Destination
from zicha.model.errors import MissingEvidenceError
from zicha.model.text import Text
from zicha.model.verdict import Severity
from zicha.pipeline.alerts.destinations import addressed, every_destination, mask_of, team_of
from zicha.pipeline.alerts.entering import enter
from zicha.pipeline.alerts.signals import (
    changed_signals,
    gap_signals,
    open_signals,
    silenced_signals,
    standing_signals,
    unreadable_sources,
)
from zicha.pipeline.findings.change import changes_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import announcements, messages, runs
from zicha.storage.messages import DEAD, EDIT, FILE, NEW, Message

THREAD = "thread-"
"""How the keys of the first messages of threads begin."""


def plan_run(place: Workplace, run: runs.Run) -> None:
    """Put what the run changed into the outbox, once, in one transaction.

    Raises:
        MissingEvidenceError: the evidence of something that changed is not sealed.
    """
    with place.database.read() as connection:
        if announcements.is_planned(connection, run.id):
            return
    changed = changed_signals(place, run)
    refuse_unsealed(place, run)
    while not _has_planned(place, run, changed):
        continue


def _has_planned(place: Workplace, run: runs.Run, changed: list[Signal]) -> bool:
    """Plan it; False when another run told meanwhile what was silenced before."""
    with place.database.read() as connection:
        before = silenced_before(connection)
    heard = _heard(place, changed, before)
    with place.database.write() as connection:
        if announcements.is_planned(connection, run.id):
            return True
        if silenced_before(connection) != before:
            return False
        for to in heard:
            _forget_silenced(connection, to)
        threads = open_threads(connection)
        room = load_alert_rules().most_messages - 1  # the summary is one
        for posts in planned(heard, threads.keys(), room, team_of(place).id):
            _enqueue(place, connection, run, posts, threads=threads)
        announcements.planned(connection, run.id, place.clock())
    return True


def refuse_unsealed(place: Workplace, run: runs.Run) -> None:
    """Nothing is told before what it rests on is sealed: the manifest, and each table."""
    with place.database.read() as connection:
        manifest = runs.kept(connection, run.id, "manifest")
    if run.state not in (runs.JUDGED, runs.REPORTED) or not manifest:
        raise MissingEvidenceError(
            f"run {run.id} is not sealed and judged: judge it before it is told"
        )
    found = changes_of(place, run.id)
    rests_on = {f.evidence_digest for f in (*found.new, *found.worse, *found.fixed)} - {""}
    if missing := sorted(digest for digest in rests_on if not place.store.has(digest)):
        raise MissingEvidenceError(
            f"{missing[0]} of run {run.id} is not in the store: run `zicha verify`"
        )


def open_threads(connection: Connection) -> dict[tuple[str, str], Message]:
    """The newest thread of each group at each destination in which something still stands."""
    found = {
        (str(m.body["mark"]), str(m.body["to"])): m
        for m in messages.of_kind(connection, THREAD)
        if m.state != DEAD
    }
    return {key: m for key, m in found.items() if m.body["stands"]}


def silenced_before(connection: Connection) -> dict[str, dict[str, What]]:
    """By destination, the findings that a thread about a gap stands for, and how they had changed.

    A thread that never arrived remembers them too.
    """
    found: dict[str, dict[str, What]] = {}
    for message in messages.of_kind(connection, THREAD):
        if held := message.body.get("silenced"):
            found.setdefault(str(message.body["to"]), {}).update(held)
    return found


def _forget_silenced(connection: Connection, to: str) -> None:
    """What is still silenced is written anew, with the thread that says so."""
    for message in messages.of_kind(connection, THREAD):
        if message.body["to"] == to and message.body.get("silenced"):
            messages.reword(connection, message.key, message.body | {"silenced": {}})


def _heard(
    place: Workplace, changed: list[Signal], before: Mapping[str, Mapping[str, What]]
) -> dict[str, Heard]:
    """By destination, what is told there, and what is silenced because a gap is told there."""
    rules, routes, team = load_alert_rules(), place.scope.alerts.routes, team_of(place).id
    unreadable, destinations = unreadable_sources(place), every_destination(place)
    known = {signal.id for signal in changed}
    later = {
        to: silenced_signals(place, {id_: what for id_, what in held.items() if id_ not in known})
        for to, held in before.items()
    }
    told_before = [signal for held in later.values() for signal in held]
    standing = standing_signals(place, [*changed, *told_before])
    current = gap_signals(place)
    with place.database.read() as connection:
        threads = [m.body for m in open_threads(connection).values() if m.body["about"] == "gap"]
    heard = {}
    # The console has no threads: its summary is all that it hears.
    for to in (id_ for id_, each in destinations.items() if each.kind != "console"):
        gaps = _since_told(current, [body for body in threads if body["to"] == to])
        mine = [*changed, *later.get(to, ()), *standing, *gaps]
        held = routed(mine, routes, team, rules.thread_severities).get(to, [])
        # A gap that ended knows no owner or system: it goes where its thread stands.
        held += [gap for gap in gaps if not gap.is_open and gap not in held]
        heard[to] = inhibited(held, unreadable, rules.inhibition)
    return heard


def _since_told(now: list[Signal], told: Iterable[Mapping[str, Any]]) -> list[Signal]:
    """The gaps as they changed since these threads were written; one that ended is fixed."""
    known = {id_: body for body in told for id_ in body["members"]}
    current = {signal.id for signal in now}
    stand = [replace(s, change="stands") if s.id in known else s for s in now]
    ended = [
        replace(_GAP, id=id_, source=str(body["source"]), change="fixed", is_open=False)
        for id_, body in known.items()
        if id_ not in current
    ]
    return [*stand, *ended]


_GAP = Signal("gap", "", Severity.CRITICAL, "fixed", "", "")


def _enqueue(
    place: Workplace,
    connection: Connection,
    run: runs.Run,
    posts: Posts,
    *,
    threads: Mapping[tuple[str, str], Message],
) -> None:
    to = every_destination(place)[posts.destination]
    mask, demo = mask_of(place, to), place.scope.demo
    for group in posts.opened:
        key = f"{THREAD}{group.mark}-{run.id}:{to.recipient}"
        held = _silenced(group, posts)
        message = compose_group(key, group, mask, demo, _not_told(held))
        enter(place, connection, to, message, run=run.id, extra=_thread_body(group, to, held))
    for group in posts.reworded:
        parent = threads[group.mark, to.id]
        held = _silenced(group, posts)
        message = compose_group(parent.key, group, mask, demo, _not_told(held))
        reword(place, connection, parent, message.body | _thread_body(group, to, held), to)
    for group in posts.answered:
        parent = threads[group.mark, to.id]
        key = f"reply-{group.mark}-{run.id}:{to.recipient}"
        reply = compose_reply(key, group, mask, run.id)
        enter(place, connection, to, reply, run=run.id, under=parent.key)
    if posts.is_storm:
        _enqueue_storm(place, connection, run, posts, to)


def _enqueue_storm(
    place: Workplace, connection: Connection, run: runs.Run, posts: Posts, to: Destination
) -> None:
    key, has_sheet = f"storm-{run.id}:{to.recipient}", to.kind == "slack"
    mask = mask_of(place, to)
    message = compose_storm(
        key, run.id, posts.signals, mask, with_sheet=has_sheet, demo=place.scope.demo
    )
    enter(place, connection, to, message, run=run.id)
    if has_sheet:
        ids = sorted(s.id for s in posts.signals if s.about == "finding")
        sheet = compose_sheet(f"sheet-{run.id}:{to.recipient}", len(ids), urgent=message.urgent)
        extra = {"findings": ids}
        enter(place, connection, to, sheet, run=run.id, op=FILE, under=key, extra=extra)


def refresh_threads(place: Workplace) -> int:
    """Let the first message of each thread say how its findings stand by now; how many changed.

    People act between two runs. A thread in which nothing stands is left to the run that closed it.
    """
    with place.database.read() as connection:
        threads = {
            key: parent
            for key, parent in open_threads(connection).items()
            if parent.body["about"] == "finding"
        }
    signals = open_signals(place, {mark for mark, _ in threads})
    rules, known = load_alert_rules(), every_destination(place)
    team = team_of(place).id
    by = routed(signals, place.scope.alerts.routes, team, rules.thread_severities)
    groups = {(group.mark, to): group for to, held in by.items() for group in grouped(held)}
    changed = 0
    for key, parent in threads.items():
        if key not in groups or key[1] not in known:
            continue
        group, to = groups[key], known[key[1]]
        message = compose_group(parent.key, group, mask_of(place, to), place.scope.demo)
        body = message.body | _thread_body(group, to)
        if body == parent.body:
            continue
        changed += 1
        with place.database.write() as connection:
            reword(place, connection, messages.get(connection, parent.key), body, to)
    return changed


_SHOWN = ("zh", "en", "parts", "stands")
"""What of a thread's body people see: its words, and whether it has buttons."""


def reword(
    place: Workplace,
    connection: Connection,
    parent: Message,
    body: Mapping[str, Any],
    to: Destination,
) -> None:
    """Let a thread's first message say something else; an edit, if it was sent already."""
    if parent.body == body:
        return
    messages.reword(connection, parent.key, dict(body))
    if body["parts"]["urgent"] and parent.state == NEW and not parent.is_urgent:
        messages.hasten(connection, parent.key)
    shows = [{name: held.get(name) for name in _SHOWN} for held in (parent.body, body)]
    if shows[0] == shows[1] or parent.state == NEW or to.kind != "slack":
        return
    edit = Said(f"edit:{parent.key}", Text("", ""), ())
    enter(place, connection, to, edit, op=EDIT, under=parent.key, at_any_hour=True)
    messages.ask_again(connection, edit.key, place.clock())


def _thread_body(group: Group, to: Destination, silenced: Iterable[Signal] = ()) -> dict[str, Any]:
    """What the thread is about, for the next run and for whoever presses a button.

    What it stands for and nobody was told of is kept, to be told once its source is back.
    """
    first = group.every[0]
    return {
        **addressed(to),
        "mark": group.mark,
        "about": first.about,
        "source": first.source,
        "stands": len(group.standing),
        "members": sorted(s.id for s in group.standing),
        "silenced": {s.id: s.change for s in silenced if s.about == "finding"},
    }


def _silenced(group: Group, posts: Posts) -> list[Signal]:
    """What is not told one by one because of this group."""
    source = group.every[0].source if group.is_of_gaps else None
    return [s for s in posts.silenced if s.source == source]


def _not_told(silenced: Sequence[Signal]) -> list[Text]:
    """How much that is: said, never dropped."""
    if not silenced:
        return []
    return [
        Text(
            f"同一来源另有 {len(silenced)} 项未逐条告警（来源整体无法读取），恢复后补发",
            f"{len(silenced)} more of this source are not told one by one: none of it can be read; "
            "what then still stands is told once it is back",
        )
    ]
