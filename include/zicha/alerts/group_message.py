"""The messages of a thread: how its group stands, and what is new in it; masked by destination."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from zicha.alerts.masking import WITHHELD, Mask
from zicha.alerts.message import DEMO, SEVERITIES, Message, plain_id
from zicha.alerts.outside_text import outside
from zicha.alerts.signals import Group, Signal, What
from zicha.model.text import Text
from zicha.model.verdict import Severity

MOST_IDS = 15
_WHERE = Text("详情：zicha findings show 编号", "Details: zicha findings show ID")
_GAPS_WHERE = Text("原因与处理办法：zicha gaps", "Reasons and remedies: zicha gaps")
_CHANGES: dict[What, Text] = {
    "new": Text("新增", "new"),
    "worse": Text("加重", "worse"),
    "fixed": Text("消除", "fixed"),
}


def compose_group(
    key: str, group: Group, mask: Mask, demo: bool = False, acts: Iterable[Text] = ()
) -> Message:
    """How the group stands; the first message of its thread, edited as this changes."""
    first = group.every[0]
    count = len(group.standing)
    state = Text("已消除", "resolved") if not count else Text(f"未关闭 {count}", f"{count} open")
    what = _what(first, mask)
    mark = DEMO if demo else Text("", "")
    lines = [
        _severities(group.standing),
        _stages(group.standing),
        _ids(group.standing),  # before what comes from outside: a short channel cuts the end
        *_rule(first, mask),
        *_place(group.every, mask),
        *_detail(group, mask),
        *acts,
        _WHERE if first.about == "finding" else _GAPS_WHERE,
        _rest(group.standing, mask),
    ]
    return Message(
        key=key,
        headline=Text(
            f"{mark.zh}〔{state.zh}〕{what.zh}",
            f"{mark.en}[{state.en}] {what.en}",
        ),
        lines=tuple(line for line in lines if line.zh),
        urgent=group.severity is Severity.CRITICAL and bool(count),
    )


def compose_reply(key: str, group: Group, mask: Mask, run: str) -> Message:
    """What is new in the group since the thread was last told."""
    counted = Counter(s.change for s in group.changed)
    said = [(_CHANGES[name], counted[name]) for name in _CHANGES if counted[name]]
    lines = [
        *(
            _ids([s for s in group.changed if s.change == name], _CHANGES[name])
            for name in _CHANGES
        ),
        _what(group.every[0], mask),
        Text(f"运行批次 {plain_id(run)}", f"Run {plain_id(run)}"),
        _rest(group.changed, mask),
    ]
    return Message(
        key=key,
        headline=Text(
            "，".join(f"{text.zh} {n}" for text, n in said),
            ", ".join(f"{n} {text.en}" for text, n in said),
        ),
        lines=tuple(line for line in lines if line.zh),
        urgent=group.severity is Severity.CRITICAL and group.opens,
    )


def _what(first: Signal, mask: Mask) -> Text:
    if first.about == "gap":
        place = mask.value("source", first.source)
        return Text(
            f"来源无法读取（超期未恢复）：{place.zh}",
            f"A source cannot be read, for longer than allowed: {place.en}",
        )
    check = mask.value("check", first.check)
    return Text(f"检查项 {check.zh}", f"Check {check.en}")


_STAGES = {
    "acknowledged": Text("已确认", "acknowledged"),
    "in-rectification": Text("整改中", "in rectification"),
    "fixed-awaiting-proof": Text("已整改待复测", "fixed, awaiting proof"),
    "waived": Text("已豁免（结论不变）", "waived (no verdict changes)"),
    "false-positive": Text("已复核为误报", "reviewed as false positive"),
}


def _stages(standing: Iterable[Signal]) -> Text:
    """What people did about them; those of whom nobody took notice are counted too."""
    counted = Counter(s.stage if s.stage in _STAGES else "" for s in standing)
    if not counted or set(counted) == {""}:
        return Text("", "")
    said = [(text, counted[name]) for name, text in _STAGES.items() if counted[name]]
    said += [(Text("未处理", "untouched"), counted[""])] if counted[""] else []
    return Text(
        "处理进展：" + "，".join(f"{text.zh} {n}" for text, n in said),
        "Progress: " + ", ".join(f"{n} {text.en}" for text, n in said),
    )


def _rule(first: Signal, mask: Mask) -> list[Text]:
    """Why it is a fault and what to do: the public words of the rule, no word of the resource."""
    if not mask.shows("check"):
        return []
    said = (("问题", "Fault", first.because), ("处理", "Do", first.remedy))
    return [Text(f"{zh}：{t.zh}", f"{en}: {t.en}") for zh, en, t in said if t is not None]


def _place(every: Iterable[Signal], mask: Mask) -> list[Text]:
    listed = list(every)
    columns = (
        ("system", "系统", "System", sorted({s for each in listed for s in each.systems})),
        ("account", "账号", "Account", sorted({s.account for s in listed} - {""})),
        ("region", "地域", "Region", sorted({s.region for s in listed} - {""})),
    )
    there = [(name, zh, en, _same(", ".join(held))) for name, zh, en, held in columns if held]
    owners = sorted({o for s in listed for o in s.owners}, key=lambda owner: owner.zh)
    if owners:
        named = Text("、".join(o.zh for o in owners), ", ".join(o.en for o in owners))
        there.append(("owner", "责任人", "Owner", named))
    shown = [(zh, en, mask.value(name, held)) for name, zh, en, held in there if mask.shows(name)]
    kept = [(zh, en) for name, zh, en, _ in there if not mask.shows(name)]
    due = min((s.due for s in listed if s.due is not None and s.is_open), default=None)
    if due is not None:
        shown.append(("最早期限", "Earliest due", mask.value("due", due.isoformat())))
    if kept:
        shown.append((WITHHELD.zh, "Withheld", _joined(kept)))
    if not shown:
        return []
    return [
        Text(
            "；".join(f"{zh} {value.zh}" for zh, _, value in shown),
            "; ".join(f"{en} {value.en}" for _, en, value in shown),
        )
    ]


def _same(value: str) -> Text:
    return Text(value, value)


def _joined(names: Iterable[tuple[str, str]]) -> Text:
    listed = list(names)
    return Text("、".join(zh for zh, _ in listed), ", ".join(en.lower() for _, en in listed))


def _severities(standing: Iterable[Signal]) -> Text:
    counted = Counter(s.severity for s in standing)
    if not counted:
        return Text("", "")
    zh = "，".join(f"{SEVERITIES[s].zh} {counted[s]}" for s in Severity if counted[s])
    en = ", ".join(f"{counted[s]} {SEVERITIES[s].en}" for s in Severity if counted[s])
    return Text(f"严重程度：{zh}", f"Severity: {en}")


def _ids(signals: Iterable[Signal], what: Text | None = None) -> Text:
    listed = list(signals)
    if not listed:
        return Text("", "")
    ids = [f"{plain_id(s.id)}" for s in listed[:MOST_IDS]]
    more = len(listed) - len(ids)
    label = what or Text("未关闭", "Open")
    zh = "、".join(ids) + (f"，另有 {more} 个" if more else "")
    en = ", ".join(ids) + (f", and {more} more" if more else "")
    return Text(f"{label.zh}：{zh}", f"{label.en}: {en}")


def _rest(signals: Sequence[Signal], mask: Mask) -> Text:
    """Where all of them stand, when there are more than the message names; gaps have a list."""
    if len(signals) <= MOST_IDS or signals[0].about == "gap":
        return Text("", "")
    closed = "" if all(s.is_open for s in signals) else " --all"
    check = f" --check {outside(signals[0].check)}" if mask.shows("check") else ""
    listed = f"zicha findings list{closed}{check}"
    return Text(f"全部 {len(signals)} 项：{listed}", f"All {len(signals)}: {listed}")


def _detail(group: Group, mask: Mask) -> list[Text]:
    """Resource and observed value of a single finding, where the destination may see them."""
    if len(group.standing) != 1 or group.standing[0].about == "gap":
        return []
    (only,) = group.standing
    found = []
    for name, zh, en, value in (
        ("subject", "资源", "Resource", only.subject),
        ("observed", "观测值", "Observed", only.observed),
    ):
        if value and mask.shows(name):
            said = mask.value(name, value)
            found.append(Text(f"{zh} {said.zh}", f"{en} {said.en}"))
    return found
