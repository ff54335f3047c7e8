"""Major hazards before and after rectification, counted as the letter of 2025 counts them."""

from __future__ import annotations

from zicha.model.document import NOTHING, Document, Grid, GridColumn
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import filled, report_of, system_of
from zicha.reports.documents.grids import NEVER_JUDGED, level_text, plan_grid
from zicha.reports.documents.hazards import (
    OPEN,
    Standing,
    hazards_grid,
    lines_met,
    standings,
)
from zicha.reports.documents.sections import Part
from zicha.reports.facts import ReportFacts
from zicha.reports.safe_text import clean

FORM = "mlps-hazards"


def build(facts: DocumentFacts) -> Document:
    """The comparison of one system; a person judges whether a trigger is a major hazard."""
    system = system_of(facts)
    report = report_of(facts, system.id)
    cover = (
        (Text("定级对象", "Graded object"), system.name),
        (Text("安全保护等级", "Protection level"), level_text(system.level)),
    )
    if report is None:
        asked = ("count", "triggers_met", "undetermined", "plan")
        return filled(FORM, facts, {f: Part(lacks=NEVER_JUDGED) for f in asked}, cover=cover)
    met = lines_met(report)
    known = {
        "count": _count(facts, report),
        "triggers_met": Part(tables=(hazards_grid(met),)),
        "undetermined": _undetermined(standings(report)),
        "plan": _plan(report),
    }
    if rectified := [line for line in met if line.rectified]:
        known["rectified"] = Part(tables=(hazards_grid(rectified),), done=True)
    return filled(FORM, facts, known, cover=cover)


def counted_as(before: int, rectified: int) -> Text:
    """The number before rectification with those set right in brackets: `10 (5 rectified)`."""
    return Text(f"{before}（其中已整改{rectified}）", f"{before} ({rectified} rectified)")


def _count(facts: DocumentFacts, report: ReportFacts) -> Part:
    met = lines_met(report)
    answer = facts.answers.get("rectified")
    stated = {row.get("trigger", "").strip().upper() for row in (answer.rows if answer else ())}
    still = {line.id for line in met if not line.rectified}
    every = standings(report)
    told = stated & {each.trigger.id for each in every if each.state == "not-met"}
    rectified = {line.id for line in met if line.rectified} | told
    said = counted_as(len(still | rectified), len(rectified))
    open_ = sum(each.state == "undetermined" for each in every)
    sentences = [
        Text(
            f"触发项（整改前）：{said.zh}。是否构成重大风险隐患，由人按相关性、严重性、可能性研判。",
            f"Triggers before rectification: {said.en}. Whether each is a major hazard, people "
            "judge by relevance, severity and likelihood.",
        ),
    ]
    doubts = []
    if contradicted := sorted(stated & still):
        names = "、".join(map(clean, contradicted))
        doubts.append(
            Text(
                f"{names} 填报为已整改，但最近一次自查仍触发，未计入已整改",
                f"{', '.join(map(clean, contradicted))} stated as set right, "
                "yet the last run still met it: not counted",
            )
        )
    if unproved := sorted(stated - told - still - rectified):
        doubts.append(
            Text(
                f"{'、'.join(map(clean, unproved))} 填报为已整改，但没有测量证实，未计入",
                f"{', '.join(map(clean, unproved))} stated as set right, which no measurement "
                "bears out: not counted",
            )
        )
    if open_:
        doubts.append(
            Text(
                f"另有{open_}项触发项未判定，数量可能增加",
                f"{open_} more triggers are undetermined, so the number may grow",
            )
        )
    lacks = Text("；".join(d.zh for d in doubts), "; ".join(d.en for d in doubts))
    return Part(tuple(sentences), lacks=lacks if doubts else NOTHING)


def _undetermined(found: list[Standing]) -> Part:
    columns = (
        GridColumn("id", Text("触发项", "Trigger"), 0.8),
        GridColumn("title", Text("内容", "What"), 2.4),
        GridColumn("why", Text("未判定的原因", "Why undetermined"), 2),
    )
    rows: tuple[dict[str, str | Text], ...] = tuple(
        {"id": each.trigger.id, "title": each.trigger.says, "why": each.why}
        for each in found
        if each.state == "undetermined"
    )
    title = Text("未判定的触发项", "Undetermined triggers")
    none = Text("没有未判定的触发项。", "No trigger is undetermined.")
    table = Grid("undetermined", title, columns, rows, none)
    by_run = sum(each.why == OPEN for each in found)
    said = Text(
        f"共{len(rows)}项未判定，其中{by_run}项因条款未判定；未判定不等于未触发。",
        f"{len(rows)} are undetermined, {by_run} of them for lack of evidence; "
        "undetermined does not mean unmet.",
    )
    return Part((said,), (table,))


def _plan(report: ReportFacts) -> Part:
    findings = {f for line in lines_met(report) if not line.rectified for f in line.findings}
    return Part(tables=(plan_grid([report], findings),))
