"""What the team hears once a day: how it all stands, and the root of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zicha.alerts.message import DEMO, SEVERITIES, Message, plain_id
from zicha.model.text import Text
from zicha.model.verdict import Severity


@dataclass(frozen=True, slots=True)
class Digest:
    """How the day stands, in numbers.

    Args:
        new: how many of the open findings were opened within a day.
        overdue: how many of them are beyond their due date.
        dead: alerts that never left; `maybe`: alerts that may have arrived.
        anew: first messages of threads that were deleted in Slack, and posted anew within a day.
        refused: presses of buttons by accounts without a role; `spoofed`: unsigned requests.
    """

    day: str
    demo: bool = False
    open: Mapping[Severity, int] = field(default_factory=dict)
    new: int = 0
    overdue: int = 0
    gaps: int = 0
    escalated: int = 0
    dead: int = 0
    maybe: int = 0
    anew: int = 0
    refused: int = 0
    spoofed: int = 0
    root: str = ""


def compose_digest(digest: Digest) -> Message:
    """Say how the day stands; the same day is the same message."""
    mark = DEMO if digest.demo else Text("", "")
    day, total = plain_id(digest.day), sum(digest.open.values())
    known = [(SEVERITIES[s], n) for s, n in digest.open.items() if n]
    lines = (
        Text(
            "，".join(f"{s.zh} {n}" for s, n in known),
            ", ".join(f"{n} {s.en}" for s, n in known),
        ),
        Text(
            f"近一日新增 {digest.new}，超期未整改 {digest.overdue}",
            f"New within a day {digest.new}, overdue {digest.overdue}",
        ),
        Text(
            f"无法读取 {digest.gaps}，其中超期 {digest.escalated}",
            f"Unreadable {digest.gaps}, of which overdue {digest.escalated}",
        ),
        _undelivered(digest),
        _posted_anew(digest.anew),
        _refusals(digest),
        Text(f"账本根 {digest.root}", f"Ledger root {digest.root}")
        if digest.root
        else Text("", ""),
    )
    return Message(
        key=f"digest-{day}",
        headline=Text(
            f"{mark.zh}每日摘要 {day}：未关闭 {total}", f"{mark.en}Daily digest {day}: {total} open"
        ),
        lines=tuple(line for line in lines if line.zh),
    )


def _undelivered(digest: Digest) -> Text:
    if not digest.dead and not digest.maybe:
        return Text("", "")
    return Text(
        f"未送达告警 {digest.dead}，可能送达 {digest.maybe}：zicha alerts list",
        f"Alerts not delivered {digest.dead}, maybe delivered {digest.maybe}: zicha alerts list",
    )


def _posted_anew(count: int) -> Text:
    if not count:
        return Text("", "")
    return Text(
        f"近一日在 Slack 中被删除、已重新发布的告警 {count}",
        f"Alerts deleted in Slack and posted anew within a day {count}",
    )


def _refusals(digest: Digest) -> Text:
    if not digest.refused and not digest.spoofed:
        return Text("", "")
    return Text(
        f"累计被拒绝的按钮操作 {digest.refused}，伪造请求 {digest.spoofed}：zicha alerts presses",
        f"Presses refused {digest.refused}, requests spoofed {digest.spoofed} so far: "
        "zicha alerts presses",
    )
