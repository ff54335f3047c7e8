"""What the team hears within seconds of a change: ids and severities; no name and no detail."""

from __future__ import annotations

from collections.abc import Sequence

from zicha.alerts.message import DEMO, LISTED, Message, plain_id
from zicha.model.finding import Finding
from zicha.model.text import Text
from zicha.model.verdict import Severity

MOST_IDS = 15

REPEAT = Text("【可能重复】", "[MAY BE A REPEAT] ")
_NOTHING = Text("", "")
_SEVERITIES = {
    Severity.CRITICAL: Text("严重", "critical"),
    Severity.WARNING: Text("一般", "warning"),
    Severity.INFO: Text("提示", "info"),
}


def compose_change(
    *,
    run: str,
    demo: bool,
    notices: int,
    new: Sequence[Finding],
    worse: Sequence[Finding],
    fixed: Sequence[Finding],
    unread: int,
    waiting: Sequence[Text] = (),
    may_repeat: bool = False,
) -> Message:
    """Say what a change opened, made worse or fixed, what could not be looked at, and what waits.

    `waiting` are the titles of what only the daily run judges of the same resources.
    """
    mark = DEMO if demo else _NOTHING
    again = REPEAT if may_repeat else _NOTHING
    headline = Text(
        f"{again.zh}{mark.zh}变更触发的复查：新增 {len(new)}，加重 {len(worse)}，消除 {len(fixed)}",
        f"{again.en}{mark.en}Looked again after a change: {len(new)} new, {len(worse)} worse, "
        f"{len(fixed)} fixed",
    )
    lines = (
        _listed(Text("新增", "New"), new),
        _listed(Text("加重", "Worse"), worse),
        _listed(Text("消除", "Fixed"), fixed),
        Text(f"未能判定 {unread} 项", f"{unread} results are unknown") if unread else _NOTHING,
        _waiting(waiting),
        Text(
            f"运行批次 {plain_id(run)}，变更通知 {notices} 条",
            f"Run {plain_id(run)}, {notices} change notices",
        ),
        LISTED if max(len(new), len(worse)) > MOST_IDS else _NOTHING,
    )
    grave = any(one.severity is Severity.CRITICAL for one in (*new, *worse))
    return Message(
        key=f"run-{run}",
        headline=headline,
        lines=tuple(line for line in lines if line.zh),
        urgent=grave,
    )


def _waiting(titles: Sequence[Text]) -> Text:
    if not titles:
        return _NOTHING
    zh = "；".join(one.zh for one in titles)
    en = "; ".join(one.en for one in titles)
    return Text(
        f"全部或部分待每日巡检判定：{zh}", f"Left to the daily run, in whole or in part: {en}"
    )


def _listed(what: Text, found: Sequence[Finding]) -> Text:
    if not found:
        return _NOTHING
    order = {severity: place for place, severity in enumerate(Severity)}
    shown = sorted(found, key=lambda one: (order[one.severity], one.id))[:MOST_IDS]
    more = len(found) - len(shown)
    zh = "、".join(f"{plain_id(one.id)}（{_SEVERITIES[one.severity].zh}）" for one in shown)
    en = ", ".join(f"{plain_id(one.id)} ({_SEVERITIES[one.severity].en})" for one in shown)
    return Text(
        f"{what.zh} {len(found)}：{zh}" + (f"，另有 {more} 个" if more else ""),
        f"{what.en} {len(found)}: {en}" + (f", and {more} more" if more else ""),
    )
