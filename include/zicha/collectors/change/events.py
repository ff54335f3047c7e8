"""Events that are evidence by themselves, from change notices: what was done, not who by name.

No source of a scope is of this kind: the day's run asks for none, the dispatcher hands them in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from zicha.collectors.moments import moment_if_any
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, cell
from zicha.model.text import Text

LIST = "read_notices"


def fetch(told: Sequence[Mapping[str, Any]]) -> Iterator[Reply]:
    """One listing per account and region, of the events that were told."""
    places = sorted({(one["account"], one["region"]) for one in told})
    for place in places:
        mine = [dict(one) for one in told if (one["account"], one["region"]) == place]
        yield Answer(place, LIST, "", {"events": mine})


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per event."""
    for listing in replies.to(LIST):
        account, region = listing.place
        for event in listing.each("events"):
            yield {
                "account": account,
                "region": region,
                "event_id": event["event_id"],
                "occurred_at": moment_if_any(cell(event, "occurred_at")),
                "event_name": cell(event, "event_name"),
                "event_source": cell(event, "event_source"),
                "identity_type": cell(event, "identity_type"),
                "act": cell(event, "act"),
                "resource": cell(event, "resource"),
                "succeeded": cell(event, "succeeded"),
            }


COLLECTOR = Collector(
    id="change/events",
    title=Text(zh="变更通知中的安全事件", en="Security-relevant events of change notices"),
    max_age=timedelta(hours=26),
    permissions=("read: the queue of change notices",),
    lists=LIST,
    places=("account", "region"),
    subject=("account", "region", "event_id"),
    subject_type="change/event",
    columns={
        "account": str,
        "region": str,
        "event_id": str,
        "occurred_at": datetime,
        "event_name": str,
        "event_source": str,
        "identity_type": str,
        "act": str,
        "resource": str,
        "succeeded": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
