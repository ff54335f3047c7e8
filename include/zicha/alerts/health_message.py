"""What those who run this hear: a trouble of the pipeline itself, and that it is over."""

from __future__ import annotations

from dataclasses import dataclass

from zicha.alerts.message import DEMO, Message
from zicha.model.text import Text

_NONE = Text("", "")


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
