"""What those who run this hear: a trouble of the pipeline itself, and that it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zicha.alerts.message import DEMO, Message
from zicha.model.text import Text

_NONE = Text("", "")
_MOST = 15


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something of the pipeline that is not as it should be; counts and dates, no name.

    Args:
        id: of a closed list, one per kind of trouble.
        count: how much of it: it is told again when it grows.
        grave: whether it is told in quiet hours too.
    """

    id: str
    says: Text
    remedy: Text
    count: int = 1
    grave: bool = False


def compose_trouble(key: str, trouble: Trouble, demo: bool = False) -> Message:
    """Say that it stands, and what to do."""
    mark = DEMO if demo else _NONE
    return Message(
        key=key,
        headline=Text(
            f"{mark.zh}〔自查系统异常〕{trouble.says.zh}",
            f"{mark.en}[pipeline trouble] {trouble.says.en}",
        ),
        lines=(Text(f"处理：{trouble.remedy.zh}", f"Do: {trouble.remedy.en}"),),
        urgent=trouble.grave,
    )


def compose_cleared(key: str, says: Text, since: str, demo: bool = False) -> Message:
    """Say that it is over."""
    mark = DEMO if demo else _NONE
    return Message(
        key=key,
        headline=Text(
            f"{mark.zh}〔自查系统恢复〕{says.zh}", f"{mark.en}[pipeline cleared] {says.en}"
        ),
        lines=(Text(f"该异常始于 {since}，现已消除", f"It stood since {since}, and is over"),),
    )


def compose_shut(key: str, line: str, kind: str, *, kept: bool, demo: bool = False) -> Message:
    """Say that our own books cannot be opened; told without them.

    Args:
        key: the same for the same day.
        line: the failure that showed it.
        kind: the kind of error, and nothing of what it said.
        kept: whether what fails from now on is kept, and told later.
        demo: whether the data is invented.
    """
    mark = DEMO if demo else _NONE
    return Message(
        key=key,
        headline=Text(
            f"{mark.zh}〔自查系统异常〕本系统的数据库或工作目录无法打开（{kind}）",
            f"{mark.en}[pipeline trouble] our own database or workplace cannot be opened ({kind})",
        ),
        lines=(
            Text(line, line),
            Text(
                "处理：查看任务日志与 zicha doctor；恢复前不采集，也不发送其他告警",
                "Do: see the task's log and zicha doctor; until then nothing is collected, and no "
                "other alert is sent",
            ),
            *([_KEPT] if kept else []),
        ),
        urgent=True,
    )


def compose_opened(
    key: str, since: str, lines: Sequence[str], told: str, demo: bool = False
) -> Message:
    """Say that they can be opened again, and what failed meanwhile.

    Args:
        key: the same for the same failures.
        since: when the first of them was.
        lines: all of them.
        told: whether a message said so at the time: `sent`, `maybe-sent`, or empty.
        demo: whether the data is invented.
    """
    mark = DEMO if demo else _NONE
    shown, more = lines[:_MOST], len(lines) - _MOST
    return Message(
        key=key,
        headline=Text(
            f"{mark.zh}〔自查系统恢复〕本系统的数据库已可打开，其间失败的任务 {len(lines)} 个",
            f"{mark.en}[pipeline cleared] our own database opens again; {len(lines)} tasks failed",
        ),
        lines=(
            Text(f"始于 {since}，{_TOLD[told].zh}", f"Since {since}, {_TOLD[told].en}"),
            *(Text(line, line) for line in shown),
            *([Text(f"另有 {more} 个", f"and {more} more")] if more > 0 else []),
        ),
        urgent=told != "sent",
    )


_KEPT = Text(
    "其后失败的任务恢复后一并补报，当日不再逐条告警",
    "Tasks that fail from now on are told together once it opens, none by itself today",
)
_TOLD = {
    "sent": Text("当时已告警", "told at the time"),
    "maybe-sent": Text("当时的告警可能未送达", "told at the time, maybe in vain"),
    "": Text("当时的告警未能送出", "which could not be told at the time"),
}
