"""What the team hears each day of its duties: counts, ids of duties and dates; nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from zicha.alerts.message import DEMO, Message, plain_id
from zicha.catalog.duties import NOT_ADVICE
from zicha.model.text import Text

KEY = "duties-"
"""How the keys of these messages begin; the day follows."""

_MOST = 8  # of each list: the last line, that this is no advice, must fit into the channel
_WHERE = Text(
    "依据、核实程度与责任人见 zicha calendar、zicha duties",
    "Sources, grades and owners: zicha calendar, zicha duties",
)


@dataclass(frozen=True, slots=True)
class DutyDue:
    """One obligation, by its duty and its date; None where the law gives no number."""

    duty: str
    due: date | None
    provisional: bool = False
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class DutySummary:
    """How the duties stand.

    Args:
        day: the day that is told.
        opened: on what work began since the message before.
        near: what a step of the escalation table was reached for, and is not late.
        late: what was due before.
        undated: what is open and has no number in the law, nor a target of our own.
        unstarted: how many bind while nobody has said since when.
        pressing: whether a step that the table calls critical was reached.
        lacking_year: the year whose table of working days should be loaded and is not.
    """

    day: str
    demo: bool = False
    opened: tuple[DutyDue, ...] = ()
    near: tuple[DutyDue, ...] = ()
    late: tuple[DutyDue, ...] = ()
    undated: tuple[DutyDue, ...] = ()
    unstarted: int = 0
    pressing: bool = False
    lacking_year: int | None = None


def compose_duties(summary: DutySummary) -> Message:
    """Say what is late, what is near, what opened, and that it is no legal advice."""
    mark = DEMO if summary.demo else Text("", "")
    day = plain_id(summary.day)
    opened, near, late = len(summary.opened), len(summary.near), len(summary.late)
    lines = (
        _listed(Text("逾期", "Late"), summary.late),
        _listed(Text("临近", "Due soon"), summary.near),
        _listed(Text("新开启", "Opened"), summary.opened),
        _listed(Text("已开启、法律未定时限", "Open, no time set by law"), summary.undated),
        _unstarted(summary.unstarted),
        _lacking(summary.lacking_year),
        _WHERE,
        NOT_ADVICE,
    )
    return Message(
        key=f"{KEY}{day}",
        headline=Text(
            f"{mark.zh}合规义务 {day}：逾期 {late}，临近 {near}，新开启 {opened}",
            f"{mark.en}Duties {day}: {late} late, {near} due soon, {opened} opened",
        ),
        lines=tuple(line for line in lines if line.zh),
        urgent=bool(late) or summary.pressing,
    )


def _listed(what: Text, found: Iterable[DutyDue]) -> Text:
    # Several systems may owe the same on the same day: which ones is not for this message.
    counted = Counter(found)
    if not counted:
        return Text("", "")
    ordered = sorted(counted, key=lambda each: (each.due or date.max, each.duty))
    shown = [_one(each, counted[each]) for each in ordered[:_MOST]]
    total = sum(counted.values())
    more = total - sum(counted[each] for each in ordered[:_MOST])
    zh = "、".join(one.zh for one in shown) + (f"，另有 {more} 项" if more else "")
    en = ", ".join(one.en for one in shown) + (f", and {more} more" if more else "")
    return Text(f"{what.zh} {total}：{zh}", f"{what.en} {total}: {en}")


def _one(each: DutyDue, times: int) -> Text:
    said = plain_id(each.duty) + (f" {each.due.isoformat()}" if each.due else "")
    said += f" ×{times}" if times > 1 else ""
    marks = [
        *([Text("暂定", "provisional")] if each.provisional else []),
        *([Text("有争议", "disputed")] if each.disputed else []),
    ]
    if not marks:
        return Text(said, said)
    zh, en = "、".join(m.zh for m in marks), ", ".join(m.en for m in marks)
    return Text(f"{said}（{zh}）", f"{said} ({en})")


def _unstarted(count: int) -> Text:
    if not count:
        return Text("", "")
    return Text(
        f"适用但未申报起算日的义务 {count} 项：请在 duties.yaml 中申报",
        f"Binding without a starting day: {count}; declare it in duties.yaml",
    )


def _lacking(year: int | None) -> Text:
    if year is None:
        return Text("", "")
    return Text(
        f"{year} 年工作日表尚未载入：跨入该年的工作日期限均为暂定，请按国务院通知补充",
        f"The table of working days of {year} is not loaded: limits in working days that reach "
        "into it are provisional; add it from the State Council's notice",
    )
