"""What documents about a legal person say of all its systems together."""

from __future__ import annotations

from collections.abc import Sequence

from zicha.model.document import NOTHING, Grid
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import report_of, systems_of
from zicha.reports.documents.grids import (
    DATA_CLAUSES,
    NEVER_JUDGED,
    counted,
    findings_grid,
    gaps_grid,
    is_in_force,
    items_grid,
    pairs,
    papers_grid,
    plan_grid,
    systems_grid,
    unread,
)
from zicha.reports.documents.sections import Part
from zicha.reports.facts import ItemLine, ReportFacts


def reports_of(facts: DocumentFacts) -> list[ReportFacts]:
    """The newest self-inspection of each system that the document is about."""
    found = (report_of(facts, each.id) for each in systems_of(facts))
    return [each for each in found if each is not None]


def unjudged(facts: DocumentFacts) -> Text:
    """Which systems nobody judged yet; empty when each was."""
    names = [s.name for s in systems_of(facts) if report_of(facts, s.id) is None]
    if not names:
        return NOTHING
    if len(names) == len(systems_of(facts)):
        return NEVER_JUDGED
    return Text(
        f"尚无自查结果的系统：{'、'.join(n.zh for n in names)}",
        f"systems that nobody judged yet: {', '.join(n.en for n in names)}",
    )


def systems(facts: DocumentFacts) -> Part:
    """Every system that the document is about."""
    found = systems_of(facts)
    if not found:
        return Part(
            lacks=Text(
                "未登记系统：请填写 systems.yaml", "no system is declared: fill systems.yaml"
            )
        )
    return Part(tables=(systems_grid(found),))


def important_data(facts: DocumentFacts) -> Part:
    """Which systems are declared to hold important data, and where nobody said."""
    said = {s.id: "important_data" in s.model_fields_set for s in systems_of(facts)}
    holding = [s for s in systems_of(facts) if said[s.id] and s.important_data]
    silent = [s.name for s in systems_of(facts) if not said[s.id]]
    sentence = Text(
        "声明处理重要数据的系统：" + ("、".join(s.name.zh for s in holding) or "无") + "。",
        "Systems declared to hold important data: "
        + (", ".join(s.name.en for s in holding) or "none")
        + ".",
    )
    lacks = Text(
        f"未声明是否处理重要数据：{'、'.join(n.zh for n in silent)}",
        f"not declared whether they hold important data: {', '.join(n.en for n in silent)}",
    )
    return Part((sentence,), lacks=lacks if silent else NOTHING)


def papers(facts: DocumentFacts, kinds: Sequence[str]) -> Part:
    """The papers of these kinds, a table per system."""
    tables = [
        _of(system.name, papers_grid(facts.scope, system.id, kinds, facts.now.date()), system.id)
        for system in systems_of(facts)
    ]
    lacks = Text(
        "有材料缺失、过期或签署不全，见表",
        "papers are missing, expired or not countersigned: see the tables",
    )
    return Part(tables=tuple(tables), lacks=NOTHING if all(map(is_in_force, tables)) else lacks)


def protection(facts: DocumentFacts) -> Part:
    """The items on data and personal information of every system."""
    sentences, tables, undetermined = [], [], False
    for system in systems_of(facts):
        report = report_of(facts, system.id)
        items = [i for i in report.items if DATA_CLAUSES.search(i.ref)] if report else []
        if not items:
            continue
        undetermined = undetermined or _is_open(items)
        said = counted(items)
        sentences.append(Text(f"{system.name.zh}：{said.zh}", f"{system.name.en}: {said.en}"))
        grid = items_grid("data_items", Text("数据相关条款", "Clauses on data"), items)
        tables.append(_of(system.name, grid, system.id))
    lacks = [unjudged(facts)] if unjudged(facts) != NOTHING else []
    if undetermined:
        lacks.append(
            Text("有未判定的条款，不能视为符合", "some clauses are undetermined, which is no pass")
        )
    if not tables and not lacks:
        lacks.append(Text("没有相应条款的自查结果", "no result for such clauses"))
    return Part(tuple(sentences), tuple(tables), lacks=joined(lacks))


def risks(facts: DocumentFacts) -> Part:
    """The open findings, and what could not be read."""
    found = reports_of(facts)
    if not found:
        return Part(lacks=NEVER_JUDGED)
    count = len({f.id for report in found for f in report.findings})
    said = Text(
        f"自查发现未整改问题{count}项（每次测量的事实，不含人工研判）。",
        f"{count} open findings of the self-inspection, as measured, not judged.",
    )
    lacks = [unjudged(facts)] if unjudged(facts) != NOTHING else []
    if unread(found):
        lacks.append(Text("有来源未能读取，见表", "some sources could not be read: see the table"))
    tables = (findings_grid(found), gaps_grid(found))
    return Part((said,), tables, lacks=joined(lacks))


def plan(facts: DocumentFacts) -> Part:
    """What sets the open findings right."""
    found = reports_of(facts)
    if not found:
        return Part(lacks=NEVER_JUDGED)
    return Part(tables=(plan_grid(found),), lacks=unjudged(facts))


def environment(facts: DocumentFacts) -> Part:
    """What the assessment drew on: sources, tools, moment of the run."""
    found = reports_of(facts)
    if not found:
        return Part(lacks=NEVER_JUDGED)
    newest = max(found, key=lambda report: report.as_of)
    lines = {line.id: line for report in found for line in report.sources}
    silent = [line.name for line in lines.values() if line.state == "unread"]
    rows: list[tuple[Text, str | Text]] = [
        (Text("运行编号", "Run"), newest.run),
        (Text("证据日", "Evidence day"), newest.day),
        (Text("工具版本", "Version of the tool"), newest.tool_version),
        (Text("目录版本", "Version of the catalogue"), newest.catalogue_version),
        (
            Text("来源", "Sources"),
            Text(
                "、".join(line.name.zh for line in lines.values()) or "无",
                ", ".join(line.name.en for line in lines.values()) or "none",
            ),
        ),
    ]
    lacks = Text(
        f"未能读取的来源：{'、'.join(n.zh for n in silent)}",
        f"sources that could not be read: {', '.join(n.en for n in silent)}",
    )
    table = pairs("environment", Text("评估所依据的运行", "The run it rests on"), rows)
    return Part(tables=(table,), lacks=lacks if silent else NOTHING)


def joined(texts: Sequence[Text]) -> Text:
    """Several things that are lacking, in one sentence."""
    return Text("；".join(t.zh for t in texts), "; ".join(t.en for t in texts))


def _is_open(items: Sequence[ItemLine]) -> bool:
    return any(item.status.value == "undetermined" for item in items)


def _of(name: Text, grid: Grid, system: str) -> Grid:
    title = Text(f"{name.zh}：{grid.title.zh}", f"{name.en}: {grid.title.en}")
    return Grid(f"{grid.id}_{system}", title, grid.columns, grid.rows, grid.empty, grid.note)
