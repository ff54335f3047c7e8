"""The pipeline's own health, told to its own channel: each trouble once, and once more at its end.

Everything goes through the outbox: a channel that is down loses nothing.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from zicha.alerts.health_message import Trouble, compose_cleared, compose_trouble
from zicha.alerts.message import Message
from zicha.alerts.outside_text import outside
from zicha.catalog.alert_rules import Health, load_alert_rules
from zicha.catalog.scope_alerts import Destination
from zicha.duties.working_days import chinese_working_days
from zicha.model.text import Text
from zicha.pipeline.alerts.destinations import every_destination, health_of
from zicha.pipeline.alerts.entering import enter
from zicha.pipeline.alerts.failing import Failing, failing
from zicha.pipeline.alerts.kept_failures import enter_kept
from zicha.pipeline.alerts.outbox import push
from zicha.pipeline.custody.anchoring import standing
from zicha.pipeline.workplace import Workplace
from zicha.storage import messages, notices, runs
from zicha.storage.anchors import FAILED

LONGEST_LINE = 300
FAILING = "alerts-fail"
STATE = "health-state-"
"""How the keys of what stands and what ended begin."""


def tell_health(place: Workplace, line: str) -> None:
    """One line about the pipeline itself, to its own channel; nothing of what it found.

    The same line of the same day is told once.

    Raises:
        DeliveryError: the channel surely did not take it; the outbox keeps it.
    """
    if key := enter_line(place, line):
        push(place, key, messages.PATIENCE)


def enter_line(place: Workplace, line: str) -> str:
    """Put the line into the outbox; its key, empty when there is no channel to hear it."""
    health, line = health_of(place), outside(line, LONGEST_LINE)
    if health is None:
        return ""
    mark = hashlib.sha256(line.encode()).hexdigest()[:16]
    told = Message(
        key=f"health-{place.today()}-{mark}:{health.recipient}",
        headline=Text(line, line),
        lines=(),
        urgent=True,
    )
    with place.database.write() as connection:
        enter(place, connection, health, told)
    return told.key


def watch_health(place: Workplace) -> list[str]:
    """Put into the outbox which troubles began, grew or ended since they were last told.

    Sending is left to whoever sends what is due. The keys of what is new.
    """
    health = health_of(place)
    if health is None:
        return []
    keys = enter_kept(place, health)
    now = troubles(place)
    known = every_destination(place)
    with place.database.write() as connection:
        by_recipient = {each.recipient: each for each in known.values()}
        to_of = _hearers(health, known, failing(place, connection))
        last = {
            (str(m.body["trouble"]), m.recipient): m.body
            for m in messages.of_kind(connection, STATE)
            if m.recipient in by_recipient
        }
        told = {(each.id, to_of(each).recipient): each for each in now}
        for recipient, message, body in _changes(place, told, last):
            enter(place, connection, by_recipient[recipient], message, extra=body)
            keys.append(message.key)
    return keys


def _hearers(
    health: Destination, known: Mapping[str, Destination], fails: Sequence[Failing]
) -> Callable[[Trouble], Destination]:
    """Who hears of a trouble: the health channel, and while that takes nothing, one that does."""
    deaf = {each.recipient for each in fails}
    others = [each for each in known.values() if each.kind != "console"]
    instead = next((to for to in (health, *others) if to.recipient not in deaf), health)
    return lambda trouble: instead if trouble.id == FAILING else health


def _changes(
    place: Workplace,
    now: Mapping[tuple[str, str], Trouble],
    last: Mapping[tuple[str, str], Mapping[str, Any]],
) -> Iterator[tuple[str, Message, dict[str, Any]]]:
    at = place.clock().astimezone(place.zone).isoformat(timespec="seconds")
    demo, standing_now = place.scope.demo, {each.id for each in now.values()}
    for (id_, recipient), trouble in now.items():
        known = last.get((id_, recipient))
        stands = known is not None and known["stands"]
        if known is not None and stands and trouble.count <= known["count"]:
            continue
        since = str(known["since"]) if known is not None and stands else at
        said = {"zh": trouble.says.zh, "en": trouble.says.en}
        about = {"trouble": id_, "stands": True, "count": trouble.count, "since": since}
        message = compose_trouble(f"{STATE}{id_}-{at}:{recipient}", trouble, demo)
        yield recipient, message, about | {"says": said}
    for (id_, recipient), known in last.items():
        if known["stands"] and id_ not in standing_now:
            over = compose_cleared(
                f"{STATE}{id_}-{at}:{recipient}",
                Text(**known["says"]),
                str(known["since"]),
                demo,
            )
            kept = {name: known[name] for name in ("trouble", "says", "since")}
            yield recipient, over, kept | {"stands": False, "count": 0}


def troubles(place: Workplace) -> list[Trouble]:
    """What is not as it should be at this moment."""
    limits, now = load_alert_rules().health, place.clock()
    with place.database.read() as connection:
        newest = runs.latest(connection, runs.JUDGED, runs.REPORTED)
        waits, counted = notices.oldest(connection), notices.counts(connection)
        dead = _dead(place, connection)
        fails = failing(place, connection)
    found = [
        _uncollected(place, limits, newest.day if newest else ""),
        _backlog(now, waits, limits),
        _counted(_UNREADABLE, counted.get(notices.DEAD, 0)),
        _counted(_UNDELIVERED, dead),
        _failing(fails),
        _calendar(date.fromisoformat(place.today())),
        _counted(_UNSTAMPED, standing(place)[FAILED] if place.settings.timestamp_url else 0),
        _room(shutil.disk_usage(place.data).free, limits),
    ]
    return [trouble for trouble in found if trouble is not None]


def _uncollected(place: Workplace, limits: Health, newest: str) -> Trouble | None:
    here = place.clock().astimezone(place.zone).time().replace(tzinfo=None)
    if newest == place.today() or here < time.fromisoformat(limits.collected_by):
        return None
    last = newest or "–"
    return Trouble(
        "no-collection-today",
        Text(
            f"今日 {limits.collected_by} 前未完成采集与判定，最近一次为 {last}",
            f"nothing was collected and judged by {limits.collected_by} today, last on {last}",
        ),
        Text(
            "查看 collect_evidence 的运行，或 zicha run", "look at collect_evidence, or zicha run"
        ),
        grave=True,
    )


def _backlog(now: datetime, waits: datetime | None, limits: Health) -> Trouble | None:
    if waits is None or now - waits <= timedelta(minutes=limits.backlog_minutes):
        return None
    return Trouble(
        "notices-wait",
        Text(
            f"变更通知积压超过 {limits.backlog_minutes} 分钟未处理",
            f"change notices wait for longer than {limits.backlog_minutes} minutes",
        ),
        Text("查看 watch_changes，或 zicha changes", "look at watch_changes, or zicha changes"),
        grave=True,
    )


_UNREADABLE = (
    "notices-unreadable",
    Text("无法读取的变更通知 {n} 条", "{n} change notices could not be read"),
    Text("查看死信队列与发送方", "look at the queue for dead messages, and at what sends them"),
)
_UNDELIVERED = (
    "alerts-dead",
    Text("未送达且已停发的告警 {n} 条", "{n} alerts were given up undelivered"),
    Text("zicha alerts list --state dead", "zicha alerts list --state dead"),
)
_UNSTAMPED = (
    "stamps-failed",
    Text("未取得时间戳的检查点 {n} 个", "{n} checkpoints have no time-stamp"),
    Text("核对 ZICHA_TIMESTAMP_URL，见 zicha doctor", "see ZICHA_TIMESTAMP_URL and zicha doctor"),
)


def _counted(kind: tuple[str, Text, Text], count: int) -> Trouble | None:
    id_, says, remedy = kind
    said = Text(says.zh.replace("{n}", str(count)), says.en.replace("{n}", str(count)))
    return Trouble(id_, said, remedy, count) if count else None


def _failing(fails: Sequence[Failing]) -> Trouble | None:
    if not fails:
        return None
    waits = sum(each.count for each in fails)
    named = [(f"{each.to or '?'} {each.why}".strip(), each.remedy) for each in fails]
    return Trouble(
        FAILING,
        Text(
            f"告警 {waits} 条发不出去：{'、'.join(name for name, _ in named)}",
            f"{waits} alerts cannot leave: {', '.join(name for name, _ in named)}",
        ),
        Text(
            "；".join(f"{name}：{remedy.zh}" for name, remedy in named),
            "; ".join(f"{name}: {remedy.en}" for name, remedy in named),
        ),
        len(fails),
        grave=True,
    )


def _calendar(today: date) -> Trouble | None:
    year = chinese_working_days().lacking(today)
    if year is None:
        return None
    return Trouble(
        "calendar-provisional",
        Text(
            f"缺少 {year} 年放假调休表，其工作日期限均为暂定",
            f"no table of working days for {year}: limits in working days are provisional",
        ),
        Text(
            "国务院办公厅公布后补入 include/catalog/calendars",
            "add it under include/catalog/calendars once it is published",
        ),
    )


def _room(free: int, limits: Health) -> Trouble | None:
    if free >= limits.free_mb * 2**20:
        return None
    return Trouble(
        "no-room",
        Text(f"数据盘剩余不足 {limits.free_mb} MB", f"less than {limits.free_mb} MB are free"),
        Text("清理或扩容数据盘", "free some space, or give more"),
        grave=True,
    )


def _dead(place: Workplace, connection: Connection) -> int:
    """Alerts that were given up; those of this channel would only tell of themselves."""
    health = health_of(place)
    dead = [m for m in messages.waiting(connection, messages.DEAD) if m.op != messages.WHISPER]
    return sum(health is None or m.recipient != health.recipient for m in dead)
