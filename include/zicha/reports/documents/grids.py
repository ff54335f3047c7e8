"""Tables that several documents show: units, systems, objects, items, findings, plans, papers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache

from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.object_types import load_object_types
from zicha.catalog.scope import Scope
from zicha.catalog.scope_answers import Attestation
from zicha.catalog.scope_entities import Entity, System
from zicha.catalog.scope_objects import Object
from zicha.model.coverage import Conformity
from zicha.model.document import Grid, GridColumn
from zicha.model.text import Text
from zicha.model.verdict import Reason
from zicha.reports.facts import GapLine, ItemLine, ReportFacts
from zicha.reports.rows import gravest_first, short_id
from zicha.reports.safe_text import clean, one_line
from zicha.reports.wording import wording

NONE = Text("无", "none")
NOT_SAID = Text("未说明", "not said")
NEVER_JUDGED = Text(
    "尚无自查结果：先运行 zicha run", "nothing was judged yet: run `zicha run` first"
)
DATA_CLAUSES = re.compile(r"[78]\.1\.4\.([7-9]|1[01])\b")
"""Integrity, secrecy and backup of data, residual and personal information, in GB/T 22239."""

Row = dict[str, str | Text]


def worded(group: str, key: str) -> Text:
    """A word of the reports' wording in both languages."""
    return Text(wording("zh").word(group, key), wording("en").word(group, key))


def listed(texts: Iterable[Text]) -> Text:
    """A short list in one cell."""
    held = list(texts)
    return Text("、".join(t.zh for t in held), ", ".join(t.en for t in held)) if held else NONE


def same(said: str) -> Text:
    """Foreign words, the same in both languages."""
    return Text(clean(said, 20_000), clean(said, 20_000))


def pairs(id_: str, title: Text, rows: Sequence[tuple[Text, str | Text]]) -> Grid:
    """A table of what and how much, one line each."""
    columns = (
        GridColumn("what", Text("项目", "What"), 1.0),
        GridColumn("said", Text("内容", "Stated"), 2.4),
    )
    return Grid(id_, title, columns, tuple({"what": w, "said": s} for w, s in rows), NONE)


def entity_grid(entity: Entity) -> Grid:
    """Who the unit is, and its licences."""
    licences = [
        Text(
            f"{one_line(each.number)}（至{each.valid_until or '长期'}）",
            f"{one_line(each.number)} (until {each.valid_until or 'further notice'})",
        )
        for each in entity.licences
    ]
    return pairs(
        "unit",
        Text("单位基本情况", "The unit"),
        [
            (Text("单位名称", "Name"), entity.name),
            (Text("统一社会信用代码", "Credit code"), one_line(entity.credit_code) or NOT_SAID),
            (Text("所在地", "Place"), _place(entity)),
            (Text("许可证", "Licences"), listed(licences)),
            (
                Text("关键信息基础设施运营者", "Operator of critical infrastructure"),
                _stated(entity, "critical_infrastructure", entity.critical_infrastructure),
            ),
        ],
    )


def system_grid(system: System) -> Grid:
    """One graded system, as the scope declares it."""
    return pairs(
        "system",
        Text("定级对象", "The graded object"),
        [
            (Text("名称", "Name"), system.name),
            (Text("业务类型", "Business"), listed(worded("kinds", k) for k in system.kinds)),
            (Text("安全保护等级", "Protection level"), level_text(system.level)),
            (Text("备案号", "Filing number"), one_line(system.filing_number) or NOT_SAID),
            (Text("备案日期", "Filed on"), str(system.filed_on or "") or NOT_SAID),
            (Text("部署在云上", "Runs on a cloud"), _stated(system, "cloud", system.cloud)),
            (
                Text("关键信息基础设施", "Critical infrastructure"),
                _stated(system, "critical_infrastructure", system.critical_infrastructure),
            ),
            (
                Text("处理重要数据", "Holds important data"),
                _stated(system, "important_data", system.important_data),
            ),
            (Text("涉及个人信息人数", "Persons whose data it holds"), persons_of(system)),
            (Text("责任部门", "Owner"), system.owner or NOT_SAID),
        ],
    )


def systems_grid(systems: Sequence[System]) -> Grid:
    """Several systems, a line each."""
    columns = (
        GridColumn("name", Text("系统", "System"), 2),
        GridColumn("level", Text("等级", "Level"), 0.8),
        GridColumn("kinds", Text("业务类型", "Business"), 2),
        GridColumn("important", Text("重要数据", "Important data"), 1),
        GridColumn("persons", Text("个人信息人数", "Persons"), 1),
        GridColumn("owner", Text("责任部门", "Owner"), 1.4),
    )
    rows: list[Row] = [
        {
            "name": each.name,
            "level": level_text(each.level),
            "kinds": listed(worded("kinds", kind) for kind in each.kinds),
            "important": _stated(each, "important_data", each.important_data),
            "persons": persons_of(each),
            "owner": each.owner or NOT_SAID,
        }
        for each in systems
    ]
    return Grid("systems", Text("系统清单", "Systems"), columns, tuple(rows), NONE)


def objects_grid(
    id_: str, title: Text, objects: Iterable[Object], report: ReportFacts | None
) -> Grid:
    """Declared objects, and how many resources the last run found of each."""
    columns = (
        GridColumn("object", Text("对象", "Object"), 2.2),
        GridColumn("type", Text("类型", "Type"), 1.1),
        GridColumn("resources", Text("采集到的资源数", "Resources found"), 1.5),
    )
    rows: list[Row] = [
        {
            "object": each.name,
            "type": type_title(each.type),
            "resources": _found(each, report),
        }
        for each in objects
    ]
    return Grid(id_, title, columns, tuple(rows), Text("未登记此类对象。", "None is declared."))


def items_grid(id_: str, title: Text, items: Sequence[ItemLine]) -> Grid:
    """Items of a framework with what is known of each; an estimate, so the form must say so."""
    columns = (
        GridColumn("ref", Text("条款", "Clause"), 1),
        GridColumn("title", Text("要求（转述）", "What it asks, in our words"), 3),
        GridColumn("status", Text("自查预估", "Self-estimate"), 1),
    )
    rows: list[Row] = [
        {"ref": clean(i.ref), "title": i.title, "status": i.status.text} for i in items
    ]
    none = Text("没有相应条款的自查结果。", "No result for such clauses.")
    return Grid(id_, title, columns, tuple(rows), none)


def counted(items: Sequence[ItemLine]) -> Text:
    """How many items stand how, in one sentence."""
    said = [(status.text, sum(i.status is status for i in items)) for status in Conformity]
    return Text(
        f"自查预估：共{len(items)}项，" + "，".join(f"{t.zh}{n}项" for t, n in said) + "。",
        f"Self-estimate of {len(items)} items: " + ", ".join(f"{t.en} {n}" for t, n in said) + ".",
    )


def chapters_grid(report: ReportFacts) -> Grid:
    """The chapters of the framework and their items by status."""
    columns = (
        GridColumn("chapter", Text("层面", "Chapter"), 2),
        *(GridColumn(s.value, s.text, 0.9) for s in Conformity),
    )
    rows: list[Row] = [
        {"chapter": each.title} | {s.value: str(n) for s, n in each.counts().items()}
        for each in report.chapters
    ]
    title = Text("各层面自查预估（项数）", "Self-estimate by chapter, in items")
    return Grid("chapters", title, columns, tuple(rows), NEVER_JUDGED)


def findings_grid(reports: Sequence[ReportFacts], id_: str = "findings") -> Grid:
    """Open findings, the gravest first; no address and no resource id leaves the house here."""
    columns = (
        GridColumn("id", Text("编号", "Id"), 1),
        GridColumn("severity", Text("等级", "Severity"), 0.7),
        GridColumn("title", Text("未满足的要求", "Requirement not met"), 2.4),
        GridColumn("object", Text("对象", "Object"), 1.6),
        GridColumn("opened", Text("发现日期", "Opened"), 1),
        GridColumn("state", Text("状态", "State"), 0.9),
    )
    found = {f.id: f for report in reports for f in gravest_first(report)}
    rows: list[Row] = [
        {
            "id": short_id(f.id),
            "severity": worded("severities", f.severity.value),
            "title": f.title if f.title.zh else f.because,
            "object": f.object if f.object.zh else same(f.subject_type),
            "opened": f.opened,
            "state": worded("states", f.state),
        }
        for f in found.values()
    ]
    none = Text("没有未整改的问题。", "No finding is open.")
    title = Text("发现的问题", "Findings")
    return Grid(id_, title, columns, tuple(rows), none)


def plan_grid(reports: Sequence[ReportFacts], only: Iterable[str] | None = None) -> Grid:
    """What sets each finding right, by whom, until when."""
    columns = (
        GridColumn("finding", Text("问题编号", "Finding"), 1.5),
        GridColumn("measure", Text("整改措施", "Measure"), 4.5),
        GridColumn("owner", Text("责任人", "Owner"), 1.2),
        GridColumn("due", Text("期限", "Due"), 1),
        GridColumn("state", Text("状态", "State"), 0.9),
    )
    wanted = None if only is None else set(only)
    lines = {line.finding: line for report in reports for line in report.plan()}
    kept = [line for id_, line in lines.items() if wanted is None or id_ in wanted]
    rows: list[Row] = [
        {
            "finding": short_id(line.finding),
            "measure": line.measure if line.measure.zh else NOT_SAID,
            "owner": line.owner if line.owner.zh else Text("未指定", "nobody yet"),
            "due": line.due or NOT_SAID,
            "state": worded("states", line.state),
        }
        for line in kept
    ]
    none = Text("没有待整改事项。", "Nothing is to be set right.")
    return Grid("plan", Text("整改计划", "Rectification"), columns, tuple(rows), none)


def unread(reports: Sequence[ReportFacts]) -> list[GapLine]:
    """What could not be read; a source that was never asked has left no gap, and is one."""
    gaps = dict.fromkeys(gap for report in reports for gap in report.gaps)
    named = {gap.source for gap in gaps}
    lines = {line.id: line for report in reports for line in report.sources}
    silent = [id_ for id_, line in lines.items() if line.state == "unread" and id_ not in named]
    return [*gaps, *(GapLine(id_, Reason.NOT_COLLECTED) for id_ in silent)]


def gaps_grid(reports: Sequence[ReportFacts]) -> Grid:
    """What could not be read, with the reason."""
    columns = (
        GridColumn("source", Text("来源", "Source"), 1.2),
        GridColumn("reason", Text("原因", "Reason"), 1),
        GridColumn("since", Text("自", "Since"), 1),
        GridColumn("affects", Text("影响判断数", "Judgements affected"), 0.8),
        GridColumn("owner", Text("责任人", "Owner"), 1),
    )
    rows: list[Row] = [
        {
            "source": clean(gap.source),
            "reason": worded("reasons", gap.reason.value),
            "since": gap.since or "—",
            "affects": str(gap.affects) if gap.since else NOT_SAID,
            "owner": gap.owner if gap.owner.zh else Text("未指定", "nobody yet"),
        }
        for gap in unread(reports)
    ]
    none = Text("没有未能读取的来源。", "Every source could be read.")
    return Grid("gaps", Text("未能读取", "What could not be read"), columns, tuple(rows), none)


def papers_grid(scope: Scope, system: str, kinds: Sequence[str], today: date) -> Grid:
    """The newest paper of each kind, and whether it is in force; its file is not read here."""
    columns = (
        GridColumn("paper", Text("材料", "Paper"), 2.4),
        GridColumn("state", Text("状态", "State"), 1),
        GridColumn("dated", Text("日期", "Dated"), 1),
        GridColumn("until", Text("有效至", "Valid until"), 1),
    )
    named = load_attestation_kinds()
    rows: list[Row] = []
    for kind in kinds:
        held = [each for each in attestations(scope, system) if each.kind == kind]
        last = max(held, key=lambda each: each.valid_until, default=None)
        state = Text("缺", "missing")
        if last is not None:
            unsigned = named[kind].second_signer and not last.is_countersigned
            state = _standing(last.valid_until < today, unsigned, last.answer)
        rows.append(
            {
                "paper": named[kind].title,
                "state": state,
                "dated": str(last.dated) if last else "—",
                "until": str(last.valid_until) if last else "—",
            }
        )
    note = Text(
        "状态据台账所载日期和签署；文件内容由责任人核对。",
        "By the dates and signatures of the register; people check the papers themselves.",
    )
    return Grid("papers", Text("证明材料", "Papers"), columns, tuple(rows), NONE, note)


def attestations(scope: Scope, system: str) -> list[Attestation]:
    """Every attestation of a system, from the scope's own file and its registers."""
    every = [*scope.attestations, *(a for held in scope.registered.values() for a in held)]
    return [each for each in every if each.system == system]


def is_in_force(grid: Grid) -> bool:
    """Whether every paper of a table of papers is in force."""
    return all(row["state"] == IN_FORCE for row in grid.rows)


@cache
def type_title(type_: str) -> Text:
    """What people call a type of object."""
    return load_object_types()[type_].title


def level_text(level: int) -> Text:
    """A protection level as people write it."""
    return Text(f"第{'零一二三四五'[level]}级", f"level {level}")


def persons_of(system: System) -> str | Text:
    """How many persons' data a system holds, as far as its owner says."""
    if "persons" in system.model_fields_set:
        return str(system.persons)
    return "0" if "holds" in system.model_fields_set and not system.holds else NOT_SAID


IN_FORCE = Text("有效", "in force")


def _found(object_: Object, report: ReportFacts | None) -> str | Text:
    if not object_.selects:
        return Text("无采集器，以证明材料为准", "no collector: people attest")
    line = next((o for o in report.objects if o.id == object_.id), None) if report else None
    if report is None or line is None:
        return Text("尚无自查结果", "not judged yet")
    whole = {source.id for source in report.sources if source.state == "complete"}
    if not line.resources and not whole.issuperset(line.sources):
        # None found in a listing that nobody read whole is no count.
        return Text("未采集或未读全", "not collected, or not read whole")
    return str(line.resources)


def _standing(expired: bool, unsigned: bool, answer: str) -> Text:
    if expired:
        return Text("已过期", "expired")
    if answer != "holds":
        return (
            Text("声明不符合", "says it does not hold")
            if answer == "does-not-hold"
            else Text("声明不适用", "says not applicable")
        )
    return Text("缺复核签署", "not countersigned") if unsigned else IN_FORCE


def _place(entity: Entity) -> Text:
    if entity.province == entity.city:
        return entity.province
    return Text(entity.province.zh + entity.city.zh, f"{entity.city.en}, {entity.province.en}")


def _stated(model: Entity | System, name: str, value: bool) -> Text:
    # A default is no statement: only what the user wrote is.
    if name not in model.model_fields_set:
        return NOT_SAID
    return Text("是", "yes") if value else Text("否", "no")
