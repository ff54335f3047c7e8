"""The queue of change notices as Airflow watches it, and what a run was told through it.

The watcher never deletes: with the provider's default it deletes first and delivers later, and a
killed triggerer loses what it held. Messages stay hidden until the task has written them down.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetWatcher

if TYPE_CHECKING:
    from zicha.sources.aws_queue import Delivered

QUEUE = "ZICHA_EVENT_QUEUE"
HIDDEN_S = 120
"""Seconds that a received message stays hidden; after that it is delivered again."""
PAUSE_S = 1
"""Seconds between two looks at an empty queue."""


def is_on() -> bool:
    """Whether a queue is named."""
    return bool(os.environ.get(QUEUE))


def _watchers() -> list[AssetWatcher]:
    if not is_on():
        return []
    from airflow.providers.amazon.aws.triggers.sqs import SqsSensorTrigger

    from zicha.sources.aws_queue import region_of

    url = os.environ[QUEUE]
    trigger = SqsSensorTrigger(
        sqs_queue=url,
        aws_conn_id=os.environ.get("ZICHA_EVENT_CREDENTIAL") or None,
        max_messages=10,
        wait_time_seconds=5,
        visibility_timeout=HIDDEN_S,
        delete_message_on_reception=False,
        waiter_delay=PAUSE_S,
        region_name=region_of(url) or os.environ.get("AWS_DEFAULT_REGION"),
    )
    return [AssetWatcher(name="change-queue", trigger=trigger)]


CHANGE_NOTICES = Asset("change-notices", uri="x-zicha://changes/notices", watchers=_watchers())


def follow_changes(events: Mapping[Any, Iterable[Any]] | None) -> list[dict[str, Any]]:
    """Write down what the run was told and what else is on the queue; then follow the inbox."""
    from zicha.pipeline.events.dispatching import follow
    from zicha.pipeline.events.receiving import drain, enter, queue_of, receive
    from zicha_airflow.workplace import here

    with here() as place:
        told = list(_extras(events))
        enter(place, [one for extra in told for one in pushed(extra)])
        receive(place, [one for extra in told for one in delivered(extra)], queue_of(place))
        drain(place)
        return follow(place, time.sleep)


def _extras(events: Mapping[Any, Iterable[Any]] | None) -> Iterator[Mapping[str, Any]]:
    for listed in (events or {}).values():
        for event in listed:
            extra = getattr(event, "extra", None)
            if isinstance(extra, Mapping):
                yield extra


def delivered(extra: Mapping[str, Any]) -> Iterator[Delivered]:
    """The deliveries that the watcher brought."""
    from zicha.sources.aws_queue import Delivered

    payload = extra.get("payload")
    batch = payload.get("message_batch") if isinstance(payload, Mapping) else None
    for one in batch if isinstance(batch, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get("MessageId"), str):
            body, handle = one.get("Body"), one.get("ReceiptHandle")
            yield Delivered(
                one["MessageId"],
                body if isinstance(body, str) else "",
                handle if isinstance(handle, str) else "",
            )


def pushed(extra: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The notices that an internal system pushed through the interface for asset events."""
    from zicha.events.notice import digest_of

    listed = extra.get("notices")
    for notice in listed if isinstance(listed, list) else ():
        body = json.dumps(notice, sort_keys=True)
        own = notice.get("id") if isinstance(notice, Mapping) else None
        yield (f"pushed:{own}" if isinstance(own, str) and own else digest_of(body), body)
