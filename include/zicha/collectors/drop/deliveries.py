"""Deliveries: when each drop came, how many rows it has, and which of its lines are broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from zicha.collectors.moments import moment_if_any
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread, cell, derived
from zicha.model.text import Text
from zicha.sources.drop import Drop

_HUNDRED = 100


def fetch(drop: Drop) -> Iterator[Reply]:
    """One question: what came."""
    yield drop.describe()


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per drop."""
    for said in replies.to("describe_drop"):
        rows, declared = cell(said, "rows"), cell(said, "declared")
        least, before = cell(said, "least"), cell(said, "most_before")
        faults = cell(said, "faults")
        yield {
            "drop": said.place[0],
            "register": cell(said, "register"),
            "file": cell(said, "file"),
            "delivered_at": moment_if_any(cell(said, "delivered_at")),
            "fresh_until": moment_if_any(cell(said, "fresh_until")),
            "rows": rows,
            "broken_rows": cell(said, "broken"),
            "faults": faults if isinstance(faults, Unread) else "; ".join(faults) or None,
            "states_its_count": derived(declared) or declared is not None,
            "count_agrees": derived(rows, declared)
            or (None if declared is None else declared == rows),
            "holds_enough": derived(rows, least) or rows >= least,
            "percent_of_before": derived(rows, before)
            or (rows * _HUNDRED // before if before else None),
        }


COLLECTOR = Collector(
    id="drop/deliveries",
    title=Text(zh="台账交付质量", en="Deliveries of registers"),
    max_age=timedelta(hours=26),
    permissions=("read the delivered file",),
    lists="describe_drop",
    places=("drop",),
    subject=("drop",),
    subject_type="drop/delivery",
    columns={
        "drop": str,
        "register": str,
        "file": str,
        "delivered_at": datetime,
        "fresh_until": datetime,
        "rows": int,
        "broken_rows": int,
        "faults": str,
        "states_its_count": bool,
        "count_agrees": bool,
        "holds_enough": bool,
        "percent_of_before": int,
    },
    fetch=fetch,
    tabulate=tabulate,
)
