"""What goes up when a gap stays: how many, since when, of which sources; masked by destination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from zicha.alerts.masking import Mask
from zicha.alerts.message import DEMO, REASONS, Message
from zicha.model.text import Text
from zicha.model.verdict import Reason

_MOST = 10


@dataclass(frozen=True, slots=True)
class OldGap:
    """A gap that stayed for a step of the table."""

    id: str
    source: str
    owner: Text
    reason: Reason
    since: date


def compose_step(
    key: str, gaps: Sequence[OldGap], days: int, says: Text, *, mask: Mask, demo: bool = False
) -> Message:
    """Say which gaps reached the step."""
    mark = DEMO if demo else Text("", "")
    ordered = sorted(gaps, key=lambda gap: (gap.since, gap.source, gap.id))
    shown = [_line(gap, mask) for gap in ordered[:_MOST]]
    more = len(ordered) - len(shown)
    rest = [Text(f"另有 {more} 个", f"and {more} more")] if more else []
    return Message(
        key=key,
        headline=Text(
            f"{mark.zh}〔缺口升级〕{len(gaps)} 个缺口满 {days} 个工作日仍无法读取：{says.zh}",
            f"{mark.en}[gap escalation] {len(gaps)} unreadable for {days} working days: {says.en}",
        ),
        lines=(
            *shown,
            *rest,
            Text("原因与处理办法：zicha gaps", "Reasons and remedies: zicha gaps"),
        ),
        urgent=True,
    )


def _line(gap: OldGap, mask: Mask) -> Text:
    source, owner = mask.value("source", gap.source), mask.value("owner", gap.owner)
    reason = REASONS[gap.reason]
    return Text(
        f"{gap.id}：自 {gap.since} 起，{reason.zh}；来源 {source.zh}，责任人 {owner.zh}",
        f"{gap.id}: since {gap.since}, {reason.en}; source {source.en}, owner {owner.en}",
    )
