"""Change notices: from the queue into the inbox, and only then off the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from zicha.catalog.event_routes import Routes, load_routes
from zicha.catalog.scope_sources import AwsSource, Source
from zicha.collectors import collectors
from zicha.events.notice import Notice, Unreadable, digest_of, read_notice
from zicha.events.routing import Routed, Target, route
from zicha.model.errors import ConfigError
from zicha.pipeline.workplace import Workplace
from zicha.sources.aws_queue import Delivered, Queue
from zicha.storage import notices

MOST_CALLS = 50
"""Receiving calls of one drain; what is left waits for the next."""

OFF = (
    "no queue of change notices is set: put its address into ZICHA_EVENT_QUEUE "
    "(docs/how-to/change-notices.md)"
)


def queue_of(place: Workplace, url: str = "") -> Queue:
    """The queue that the environment names, or one beside it.

    Raises:
        ConfigError: none is named.
    """
    if not (url or place.settings.event_queue):
        raise ConfigError(OFF)
    session = place.credentials.aws_session(place.settings.event_credential)
    return Queue(session, url or place.settings.event_queue)


def receive(place: Workplace, delivered: Sequence[Delivered], queue: Queue | None) -> int:
    """Write deliveries down, then delete them from the queue; how many messages were new.

    Whoever dies between the two finds them delivered again, and counts them again.
    """
    if not delivered:
        return 0
    new = enter(place, [(one.message, one.body) for one in delivered])
    place.progress.step("notices-entered", new=new, delivered=len(delivered))
    if queue is not None:
        _move_dead(place, delivered)
        queue.delete([one.handle for one in delivered if one.handle])
        place.progress.step("notices-deleted", count=len(delivered))
    return new


def drain(place: Workplace, wait_s: int = 0) -> int:
    """Receive until the queue is empty; how many messages were new."""
    queue, new = queue_of(place), 0
    for _ in range(MOST_CALLS):
        delivered = queue.receive(wait_s)
        if not delivered:
            break
        new += receive(place, delivered, queue)
    return new


def enter(place: Workplace, messages: Iterable[tuple[str, str]]) -> int:
    """Write messages (id and body) into the inbox in one transaction; how many were new."""
    routes, at = load_routes(), place.clock()
    rows = [_row(place, message, body, routes, at) for message, body in messages]
    with place.database.write() as connection:
        return notices.enter(connection, rows)


def _row(
    place: Workplace, message: str, body: str, routes: Routes, at: datetime
) -> notices.Received:
    found = read_notice(body)

    def row(state: str, **more: Any) -> notices.Received:
        size = len(body.encode("utf-8", "surrogatepass"))
        return notices.Received(message[:200], digest_of(body), size, state, at, at, **more)

    if isinstance(found, Unreadable):
        return row(notices.DEAD, detail=found.because)
    said = {
        "event": _plain(found.event),
        "kind": found.kind,
        "source": _plain(found.source),
        "name": _plain(found.name),
        "account": _plain(found.account),
        "region": _plain(found.region),
        "occurred_at": found.occurred_at,
    }
    return _routed(place, found, route(found, routes), lambda state, **m: row(state, **said, **m))


def _routed(
    place: Workplace, notice: Notice, led: Routed, row: Callable[..., notices.Received]
) -> notices.Received:
    if not led.is_known:
        return row(notices.UNKNOWN, detail="no-route")
    if not led.targets and not led.act:
        return row(notices.DONE, detail="asks-for-nothing")
    kept: list[dict[str, Any]] = []
    left: list[Target] = []
    for target in led.targets:
        source = source_of(place, target)
        if source is None:
            left.append(target)
        else:
            kept.append(_as_row(target, source))
    mine = _account_of(place, notice) if led.act else None
    if not kept and mine is None:
        return row(notices.OUTSIDE, detail="not-in-scope")
    detail = f"{len(left)} subjects left out" if left else ""
    return row(
        notices.RECEIVED,
        detail=detail,
        targets=kept,
        row={} if mine is None else evidence_row(notice, led) | {"source": mine.id},
    )


def source_of(place: Workplace, target: Target) -> Source | None:
    """The source of the scope in which a target lies; None when there is none."""
    for source in place.scope.sources:
        if not target.collector:
            if source.id == target.account:
                return source
        elif isinstance(source, AwsSource) and _holds(source, target):
            return source
    return None


def _holds(source: AwsSource, target: Target) -> bool:
    # Amazon S3's own shape names no account: then the account that is asked must know the bucket.
    mine = target.account in {source.account, ""}
    return mine and (not _has_regions(target) or target.region in source.regions)


def _has_regions(target: Target) -> bool:
    return bool(target.collector) and "region" in collectors()[target.collector].places


def _account_of(place: Workplace, notice: Notice) -> Source | None:
    for source in place.scope.sources:
        if isinstance(source, AwsSource) and source.account == notice.account:
            return source
    return None


def _as_row(target: Target, source: Source) -> dict[str, Any]:
    return {
        "source": source.id,
        "account": source.account if isinstance(source, AwsSource) else "",
        "region": target.region if _has_regions(target) else "",
        "collector": target.collector,
        "names": dict(target.names),
    }


def evidence_row(notice: Notice, led: Routed) -> dict[str, Any]:
    """What of the event is kept as evidence: no name of a person, no parameter, no address."""
    who = notice.detail.get("userIdentity")
    kind = who.get("type") if isinstance(who, dict) else None
    return {
        "account": notice.account,
        "region": _plain(notice.region) or "global",
        "event_id": _plain(notice.event),
        "occurred_at": notice.occurred_at.isoformat() if notice.occurred_at else None,
        "event_name": _plain(notice.name),
        "event_source": _plain(notice.source),
        "identity_type": _plain(kind) if isinstance(kind, str) else None,
        "act": led.act,
        "resource": _plain(led.resource),
        "succeeded": not notice.detail.get("errorCode"),
    }


def _plain(said: str) -> str:
    """Text without what a terminal, a page or a half of a surrogate pair would make of it."""
    return "".join(c if c.isprintable() else "�" for c in said[:200])


def _move_dead(place: Workplace, delivered: Sequence[Delivered]) -> None:
    """What cannot be read goes to the queue for people, if there is one; else only its digest."""
    if not place.settings.event_dead_queue:
        return
    dead = [one for one in delivered if isinstance(read_notice(one.body), Unreadable)]
    if dead:
        beside = queue_of(place, place.settings.event_dead_queue)
        for one in dead:
            beside.send(one.body)
