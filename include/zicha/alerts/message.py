"""What the team hears of a run: counts, ids and severities; no name, address or detail.

Until messages are routed to those who may know, a channel is read by anybody in it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from zicha.model.text import Lang, Text
from zicha.model.verdict import Reason, Severity, Status

_MOST_IDS = 15
DOUBLE = Text("（可能重复）", "(possible duplicate) ")
"""What is told again because nobody knows whether it arrived begins so."""

DEMO = Text("【演示数据】", "[DEMONSTRATION DATA] ")
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LISTED = Text(
    "全部未关闭问题：zicha findings list --format csv",
    "All open findings: zicha findings list --format csv",
)
_ORDER = {severity: place for place, severity in enumerate(Severity)}

_STATUSES = {
    Status.PASS: Text("通过", "passed"),
    Status.FAIL: Text("不通过", "failed"),
    Status.UNKNOWN: Text("未知", "unknown"),
    Status.NOT_APPLICABLE: Text("不适用", "not applicable"),
}
SEVERITIES = {
    Severity.CRITICAL: Text("严重", "critical"),
    Severity.WARNING: Text("一般", "warning"),
    Severity.INFO: Text("提示", "info"),
}
REASONS = {
    Reason.REFUSED: Text("权限被拒绝", "refused"),
    Reason.THROTTLED: Text("被限流", "throttled"),
    Reason.UNREACHABLE: Text("无法连接", "unreachable"),
    Reason.MALFORMED: Text("应答不合格式", "malformed"),
    Reason.STALE: Text("证据过期", "stale"),
    Reason.PARTIAL: Text("清单不完整", "partial"),
    Reason.TRUNCATED: Text("计数不符", "truncated"),
    Reason.ERRORED: Text("工具自身出错", "errored"),
    Reason.NOT_COLLECTED: Text("未采集", "not collected"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One finding that changed in this run."""

    finding: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run found, in numbers.

    `unreadable` counts the open gaps by reason; `root` is the ledger's in short: whoever keeps the
    message can show later that the ledger was rewritten.
    """

    run: str
    day: str
    demo: bool = False
    trigger: str = ""
    outcomes: Mapping[Status, int] = field(default_factory=dict)
    new: tuple[Change, ...] = ()
    worse: tuple[Change, ...] = ()
    fixed: tuple[Change, ...] = ()
    unreadable: Mapping[Reason, int] = field(default_factory=dict)
    escalated: int = 0
    open: Mapping[Severity, int] = field(default_factory=dict)
    reports: int = 0
    root: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message per run, or per day; `key` is the same whenever the same is told again."""

    key: str
    headline: Text
    lines: tuple[Text, ...]
    urgent: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """How the outbox keeps it: what was said in each language, and its parts."""
        return {
            "zh": self.plain("zh"),
            "en": self.plain("en"),
            "parts": {
                "headline": asdict(self.headline),
                "lines": [asdict(line) for line in self.lines],
                "urgent": self.urgent,
            },
        }

    @classmethod
    def of(cls, key: str, body: Mapping[str, Any]) -> Message:
        """The message as the outbox kept it; one from before parts were kept has lines alone."""
        parts = body.get("parts")
        if parts is None:
            zh, en = body["zh"].partition("\n"), body["en"].partition("\n")
            return cls(key, Text(zh[0], en[0]), (Text(zh[2], en[2]),) if zh[2] else ())
        lines = tuple(Text(**line) for line in parts["lines"])
        return cls(key, Text(**parts["headline"]), lines, bool(parts["urgent"]))

    def doubled(self) -> Message:
        """The same, marked: it may have been told before."""
        marked = Text(DOUBLE.zh + self.headline.zh, DOUBLE.en + self.headline.en)
        return replace(self, headline=marked)

    def plain(self, lang: Lang) -> str:
        """The message as plain lines."""
        return "\n".join([self.headline.in_(lang), *(line.in_(lang) for line in self.lines)])


@dataclass(frozen=True, slots=True)
class Delivered:
    """The channel took the message, and gave it this name.

    Args:
        note: what the outbox keeps beside it.
    """

    channel: str
    reference: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class MaybeSent:
    """The message left, and no answer came back: it may or may not have arrived."""

    channel: str
    why: str


class Channel(Protocol):
    """Where a message goes; raises `DeliveryError` when it surely did not arrive."""

    def send(self, message: Message) -> Delivered | MaybeSent:
        """Send once."""


def compose(summary: RunSummary) -> Message:
    """Say what is new, worse, fixed and unreadable."""
    mark = DEMO if summary.demo else Text("", "")
    day, run = plain_id(summary.day), plain_id(summary.run)
    gaps = sum(summary.unreadable.values())
    headline = Text(
        f"{mark.zh}自查 {day}：新增 {len(summary.new)}，加重 {len(summary.worse)}，"
        f"消除 {len(summary.fixed)}，无法读取 {gaps}",
        f"{mark.en}Self-inspection {day}: {len(summary.new)} new, {len(summary.worse)} worse, "
        f"{len(summary.fixed)} fixed, {gaps} unreadable",
    )
    lines = (
        _counted(Text("单项结果", "Results"), summary.outcomes, _STATUSES),
        _changes(Text("新增", "New"), summary.new),
        _changes(Text("加重", "Worse"), summary.worse),
        _changes(Text("消除", "Fixed"), summary.fixed),
        _counted(Text("无法读取", "Unreadable"), summary.unreadable, REASONS),
        _escalated(summary.escalated),
        _counted(Text("未关闭问题", "Open findings"), summary.open, SEVERITIES),
        Text(f"运行批次 {run}，报告 {summary.reports} 份", f"Run {run}, {summary.reports} reports"),
        LISTED if any(summary.open.values()) else Text("", ""),
        _rooted(summary.root),
    )
    grave = any(c.severity is Severity.CRITICAL for c in (*summary.new, *summary.worse))
    return Message(
        key=f"run-{run}",
        headline=headline,
        lines=tuple(line for line in lines if line.zh),
        urgent=grave or bool(summary.escalated),
    )


def _changes(what: Text, changes: Iterable[Change]) -> Text:
    ordered = sorted(changes, key=lambda change: (_ORDER[change.severity], change.finding))
    if not ordered:
        return Text("", "")
    shown = ordered[:_MOST_IDS]
    ids = [(plain_id(change.finding), SEVERITIES[change.severity]) for change in shown]
    more = len(ordered) - len(ids)
    zh = "、".join(f"{id_}（{severity.zh}）" for id_, severity in ids)
    en = ", ".join(f"{id_} ({severity.en})" for id_, severity in ids)
    counted = Counter(change.severity for change in ordered) if more else {}
    of_zh = "，".join(f"{SEVERITIES[s].zh} {n}" for s, n in counted.items())
    of_en = ", ".join(f"{n} {SEVERITIES[s].en}" for s, n in counted.items())
    return Text(
        f"{what.zh} {len(ordered)}{f'（{of_zh}）' if more else ''}：{zh}"
        + (f"，另有 {more} 个" if more else ""),
        f"{what.en} {len(ordered)}{f' ({of_en})' if more else ''}: {en}"
        + (f", and {more} more" if more else ""),
    )


def _rooted(root: str) -> Text:
    return Text(f"账本根 {root}", f"Ledger root {root}") if root else Text("", "")


def _escalated(count: int) -> Text:
    if not count:
        return Text("", "")
    return Text(
        f"超期未读取的缺口 {count} 个，按严重问题处理",
        f"{count} gaps are overdue and count as critical findings",
    )


def _counted(
    what: Text,
    counts: Mapping[Status, int] | Mapping[Severity, int] | Mapping[Reason, int],
    words: Mapping[Status, Text] | Mapping[Severity, Text] | Mapping[Reason, Text],
) -> Text:
    named = {str(key): text for key, text in words.items()}
    found = [(named[str(key)], count) for key, count in counts.items() if count]
    if not found:
        return Text("", "")
    zh = "，".join(f"{name.zh} {count}" for name, count in found)
    en = ", ".join(f"{count} {name.en}" for name, count in found)
    return Text(f"{what.zh}：{zh}", f"{what.en}: {en}")


def plain_id(id_: str) -> str:
    """The id; one that carries more than an id (a name, an address) leaves as its fingerprint."""
    if _PLAIN_ID.fullmatch(id_):
        return id_
    return "id-" + hashlib.sha256(id_.encode("utf-8", "replace")).hexdigest()[:12]
