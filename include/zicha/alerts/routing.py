"""Who hears what, and when: routes by severity, system and owner; quiet hours; storms."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from zicha.alerts.inhibition import Heard
from zicha.alerts.signals import Group, Signal, grouped
from zicha.catalog.scope_alerts import Quiet, Route
from zicha.model.verdict import Severity


def takes(route: Route, signal: Signal) -> bool:
    """Whether the route fits; what it leaves out fits everything."""
    return (
        (not route.severities or signal.severity in route.severities)
        and (not route.systems or bool(set(route.systems) & set(signal.systems)))
        and (not route.owners or bool(set(route.owners) & _names(signal)))
    )


def _names(signal: Signal) -> set[str]:
    return {name for owner in signal.owners for name in (owner.zh, owner.en)}


def routed(
    signals: Iterable[Signal],
    routes: Sequence[Route],
    team: str,
    thread_severities: Collection[Severity],
) -> dict[str, list[Signal]]:
    """By destination, what is told there in a thread; what no route takes goes to the team.

    What a route sends to the digest is told by the summary alone.
    """
    found: dict[str, list[Signal]] = {}
    for signal in signals:
        fitting = [route for route in routes if takes(route, signal)]
        to = {d for route in fitting if route.how == "thread" for d in route.to}
        if not fitting and signal.severity in thread_severities:
            to = {team}
        for destination in sorted(to):
            found.setdefault(destination, []).append(signal)
    return found


@dataclass(frozen=True, slots=True)
class Posts:
    """What goes to one destination: threads to open, threads to answer in, threads to reword.

    A storm opens and answers none: one digest and one workbook stand for all of `signals`, of what
    is silenced too.
    """

    destination: str
    signals: tuple[Signal, ...]
    opened: tuple[Group, ...] = ()
    answered: tuple[Group, ...] = ()
    reworded: tuple[Group, ...] = ()
    silenced: tuple[Signal, ...] = ()
    is_storm: bool = False

    @property
    def count(self) -> int:
        """How many messages people see."""
        return 2 if self.is_storm else len(self.opened) + len(self.answered)


def planned(
    by_destination: Mapping[str, Heard],
    threads: Collection[tuple[str, str]],
    room: int,
    team: str,
) -> list[Posts]:
    """Threads and replies, or when these are more than `room`, a digest and a workbook for each.

    Args:
        by_destination: what is told and what is silenced where.
        threads: the open threads, as mark and destination.
        room: how many messages the run may still send.
        team: hears of everything in one digest when even the digests are too many.
    """
    posts = [_posts(to, heard, threads) for to, heard in sorted(by_destination.items())]
    posts = [each for each in posts if each.count or each.reworded]
    if sum(each.count for each in posts) <= room:
        return posts
    storms = [_storm(each) for each in posts if each.count]
    quiet = [each for each in posts if not each.count]
    if sum(each.count for each in storms) <= room:
        return storms + quiet
    every = {s.id: s for each in storms for s in each.signals}
    reworded = [_reworded(each) for each in storms if each.reworded]
    return [Posts(team, tuple(every.values()), is_storm=True), *reworded, *quiet]


def _posts(to: str, heard: Heard, threads: Collection[tuple[str, str]]) -> Posts:
    every = grouped(heard.told)
    groups = [group for group in every if group.changed]
    known = [group for group in groups if (group.mark, to) in threads]
    fresh = [group for group in groups if (group.mark, to) not in threads and group.opens]
    changed = tuple(s for group in (*known, *fresh) for s in group.changed)
    # A gap that stands says how much is silenced by now.
    standing = [g for g in every if not g.changed and g.is_of_gaps and (g.mark, to) in threads]
    return Posts(
        to, changed, tuple(fresh), tuple(known), (*known, *standing), silenced=heard.silenced
    )


def _storm(posts: Posts) -> Posts:
    signals = (*posts.signals, *posts.silenced)
    return Posts(posts.destination, signals, reworded=posts.reworded, is_storm=True)


def _reworded(posts: Posts) -> Posts:
    return Posts(posts.destination, (), reworded=posts.reworded)


def held_until(now: datetime, quiet: Quiet | None, critical: bool) -> datetime | None:
    """When quiet hours end that hold this message back; None: tell it now.

    `now` is in the organisation's zone; the hours may pass midnight.
    """
    if quiet is None or critical:
        return None
    begins, ends = quiet.span
    at = now.time().replace(tzinfo=None)
    inside = begins <= at < ends if begins < ends else at >= begins or at < ends
    if not inside:
        return None
    day = now.date() if at < ends else now.date() + timedelta(days=1)
    return datetime.combine(day, time(ends.hour, ends.minute), now.tzinfo)


def next_room(
    sent: Sequence[datetime], now: datetime, windows: Iterable[tuple[timedelta, int]]
) -> datetime | None:
    """When the channel takes another message; None: now.

    Args:
        sent: when messages went, over the longest of the windows, in order.
        now: the moment of asking.
        windows: how many fit into which span; each of them has to have room.
    """
    free = []
    for span, most in windows:
        lately = [at for at in sent if at > now - span]
        if len(lately) >= most:
            free.append(lately[-most] + span)
    return max(free, default=None)
