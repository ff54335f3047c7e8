"""What the team hears when nobody has decided in time whether to report: ids and dates only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from zicha.alerts.message import DEMO, Message, plain_id
from zicha.catalog.duties import NOT_ADVICE
from zicha.model.text import Text

KEY = "undecided-"
"""How the keys of these messages begin; the day follows."""

_MOST = 12
_TARGET = Text(
    "该时限为内部目标，并非法定期限；法定时限可能更早届满。未作决定前每日提示一次",
    "The limit is our own target, not the law's, which may end earlier; told again each day "
    "until somebody decides",
)
_REMEDY = Text(
    "请决定是否报告并写明理由：zicha incident undecided、zicha incident decide",
    "Decide whether to report, and say why: zicha incident undecided, zicha incident decide",
)


@dataclass(frozen=True, slots=True)
class Undecided:
    """A finding beyond a reportable line, about which nobody decided by our own target."""

    finding: str
    duty: str
    decide_by: datetime

    @property
    def about(self) -> str:
        """What the outbox remembers: the matter and its moment, so that a reopening counts."""
        return f"{self.finding}/{self.duty}@{self.decide_by.isoformat()}"


def compose_undecided(day: str, late: Iterable[Undecided], demo: bool = False) -> Message:
    """Say which decisions are overdue; the same ones on the same day are the same message."""
    ordered = sorted(late, key=lambda each: (each.decide_by, each.finding, each.duty))
    mark = DEMO if demo else Text("", "")
    on, said = plain_id(day), "\n".join(each.about for each in ordered)
    return Message(
        key=f"{KEY}{on}-{hashlib.sha256(said.encode()).hexdigest()[:16]}",
        headline=Text(
            f"{mark.zh}逾期未决定是否报告 {on}：{len(ordered)} 项",
            f"{mark.en}Overdue decisions to report or not {on}: {len(ordered)}",
        ),
        lines=(_listed(ordered), _TARGET, _REMEDY, NOT_ADVICE),
        urgent=True,
    )


def _listed(ordered: list[Undecided]) -> Text:
    shown = [
        (f"{plain_id(each.finding)} {plain_id(each.duty)}", f"{each.decide_by:%Y-%m-%d %H:%M}")
        for each in ordered[:_MOST]
    ]
    more = len(ordered) - len(shown)
    zh = "、".join(f"{what}（应于 {by} 前决定）" for what, by in shown)
    en = ", ".join(f"{what} (to be decided by {by})" for what, by in shown)
    return Text(
        f"待决定：{zh}" + (f"，另有 {more} 项" if more else ""),
        f"To decide: {en}" + (f", and {more} more" if more else ""),
    )
