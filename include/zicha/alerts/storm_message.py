"""One digest in the place of many messages: counts, the gravest, and where all of them are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from zicha.alerts.masking import Mask
from zicha.alerts.message import DEMO, SEVERITIES, Message, plain_id
from zicha.alerts.signals import ORDER, Signal, What
from zicha.model.text import Text
from zicha.model.verdict import Severity

_MOST = 10
_CHANGES: tuple[tuple[What, str, str], ...] = (
    ("new", "新增", "New"),
    ("worse", "加重", "Worse"),
    ("fixed", "消除", "Fixed"),
)


def compose_storm(
    key: str,
    run: str,
    signals: Sequence[Signal],
    mask: Mask,
    *,
    with_sheet: bool,
    demo: bool = False,
) -> Message:
    """Say how much changed, by severity and check; every finding of it is in the workbook."""
    mark = DEMO if demo else Text("", "")
    counted = Counter(s.change for s in signals)
    severities = Counter(s.severity for s in signals if s.is_open)
    gravest = sorted(signals, key=lambda s: (ORDER[s.severity], s.id))[:_MOST]
    lines = (
        Text(
            "，".join(f"{zh} {counted[name]}" for name, zh, _ in _CHANGES),
            ", ".join(f"{en} {counted[name]}" for name, _, en in _CHANGES),
        ),
        _severities(severities),
        _checks(signals, mask),
        Text(
            "最严重：" + "、".join(plain_id(s.id) for s in gravest),
            "Gravest: " + ", ".join(plain_id(s.id) for s in gravest),
        ),
        _unreadable(sum(s.about == "gap" for s in signals)),
        _where(run, with_sheet),
    )
    return Message(
        key=key,
        headline=Text(
            f"{mark.zh}本次变化较多，合并告警：{len(signals)} 项",
            f"{mark.en}Many changes at once, told as one: {len(signals)}",
        ),
        lines=tuple(line for line in lines if line.zh),
        urgent=bool(severities[Severity.CRITICAL]),
    )


def compose_sheet(key: str, count: int, *, urgent: bool = False) -> Message:
    """What stands beside the workbook; it goes at the hour of the digest that it belongs to."""
    said = Text(f"全部 {count} 个问题见附件", f"All {count} findings are in the workbook")
    return Message(key=key, headline=said, lines=(), urgent=urgent)


def _unreadable(count: int) -> Text:
    """The workbook holds findings alone."""
    if not count:
        return Text("", "")
    return Text(
        f"其中无法读取 {count} 项，不在表格中：zicha gaps",
        f"Of these {count} are unreadable sources, not in the workbook: zicha gaps",
    )


def _severities(counted: Counter[Severity]) -> Text:
    if not counted:
        return Text("", "")
    zh = "，".join(f"{SEVERITIES[s].zh} {counted[s]}" for s in Severity if counted[s])
    en = ", ".join(f"{counted[s]} {SEVERITIES[s].en}" for s in Severity if counted[s])
    return Text(f"严重程度：{zh}", f"Severity: {en}")


def _checks(signals: Sequence[Signal], mask: Mask) -> Text:
    """The checks with the gravest first, then those with the most."""
    counted = Counter(s.check for s in signals if s.check)
    if not counted:
        return Text("", "")
    gravest: dict[str, int] = {}
    for s in signals:
        gravest[s.check] = min(ORDER[s.severity], gravest.get(s.check, ORDER[s.severity]))
    ordered = sorted(counted, key=lambda name: (gravest[name], -counted[name], name))
    top = [(mask.value("check", name), counted[name]) for name in ordered[:_MOST]]
    more = len(counted) - len(top)
    zh = "、".join(f"{name.zh}（{count}）" for name, count in top)
    en = ", ".join(f"{name.en} ({count})" for name, count in top)
    return Text(
        f"检查项：{zh}" + (f"，另有 {more} 项检查" if more else ""),
        f"Checks: {en}" + (f", and {more} more checks" if more else ""),
    )


def _where(run: str, with_sheet: bool) -> Text:
    listed = "zicha findings list --format csv"
    zh = "全部清单见本消息下的表格" if with_sheet else "全部清单"
    en = "All of them: the workbook under this message" if with_sheet else "All of them"
    return Text(f"{zh}；{listed}；运行批次 {plain_id(run)}", f"{en}; {listed}; run {plain_id(run)}")
