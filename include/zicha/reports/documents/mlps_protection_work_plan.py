"""The protection work plan (防护工作计划): assets in five groups, safeguards, causes, plan."""

from __future__ import annotations

from zicha.catalog.scope_entities import System
from zicha.model.coverage import Conformity
from zicha.model.document import NOTHING, Document, Grid
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import filled, report_of, system_of
from zicha.reports.documents.grids import (
    NEVER_JUDGED,
    chapters_grid,
    findings_grid,
    gaps_grid,
    level_text,
    objects_grid,
    plan_grid,
    system_grid,
)
from zicha.reports.documents.hazards import hazards_grid, lines_met
from zicha.reports.documents.sections import Part
from zicha.reports.facts import Rate, ReportFacts

FORM = "mlps-protection-work-plan"
GROUPS = {
    "internet_resources": ("boundary", "cloud_account"),
    "base_environment": ("machine_room", "cloud_account", "network"),
    "network_devices": ("network_device",),
    "system_software": (
        "server",
        "terminal",
        "database",
        "application",
        "management_platform",
    ),
    "security_products": ("security_device", "management_centre"),
}
"""Which types of declared objects speak for each of the five groups; our own reading."""
OPTIONAL = frozenset(("base_environment", "network_devices"))
"""Groups that declared objects may fill alone; what people add is welcome."""


def build(facts: DocumentFacts) -> Document:
    """The plan of one system, from what is declared and the newest self-inspection."""
    system = system_of(facts)
    report = report_of(facts, system.id)
    assets = {field: _assets(facts, system, field) for field in GROUPS}
    return filled(
        FORM,
        facts,
        {
            "system": Part(tables=(system_grid(system),)),
            **assets,
            "safeguards": _safeguards(report),
            "problems": _problems(report),
            "rectification_idea": _idea(report),
            "plan": Part(tables=(plan_grid([report]),)) if report else Part(lacks=NEVER_JUDGED),
            "not_measured": _not_measured(report),
        },
        cover=(
            (Text("定级对象", "Graded object"), system.name),
            (Text("安全保护等级", "Protection level"), level_text(system.level)),
        ),
    )


def _assets(facts: DocumentFacts, system: System, field: str) -> Part:
    types = GROUPS[field]
    objects = [each for each in facts.scope.objects_in(system.id) if each.type in types]
    title = Text("已登记的对象", "Objects declared")
    if objects:
        return Part(
            tables=(objects_grid(field, title, objects, report_of(facts, system.id)),),
            done=field in OPTIONAL,
        )
    absent = [a for a in system.not_present if a.type in types]
    if absent:
        return Part(
            tuple(
                Text(f"声明没有：{a.because.zh}", f"Declared not to be there: {a.because.en}")
                for a in absent
            )
        )
    return Part(lacks=Text("范围文件未登记此组资产", "the scope declares no asset of this group"))


def _safeguards(report: ReportFacts | None) -> Part:
    if report is None:
        return Part(lacks=NEVER_JUDGED)
    total = report.total()
    said = [_rate_of(report.rate)] if report.rate else []
    said.append(
        Text(
            f"自查预估：已证明符合{total.get(Conformity.CONFORMING, 0)}项，"
            f"未判定{total.get(Conformity.UNDETERMINED, 0)}项。",
            f"Self-estimate: {total.get(Conformity.CONFORMING, 0)} items proved conforming, "
            f"{total.get(Conformity.UNDETERMINED, 0)} undetermined.",
        )
    )
    open_ = total.get(Conformity.UNDETERMINED, 0)
    lacks = Text(
        f"{open_}项未判定，不能视为符合", f"{open_} items are undetermined, which is no pass"
    )
    if report.lacks.zh:
        # Another framework's share is no share of the level's items.
        return Part((report.lacks,), lacks=report.lacks)
    return Part(tuple(said), (chapters_grid(report),), lacks=lacks if open_ else NOTHING)


def _rate_of(rate: Rate) -> Text:
    return Text(
        f"自查预估符合率{rate.value:.1f}%（可能区间{rate.lowest:.1f}%至{rate.highest:.1f}%），"
        f"预估结论：{rate.conclusion.zh}。自查预估，非等级测评结论。",
        f"Self-estimated rate {rate.value:.1f}% (it can still be {rate.lowest:.1f}% to "
        f"{rate.highest:.1f}%), estimated conclusion: {rate.conclusion.en}. "
        "A self-estimate, not an assessment conclusion.",
    )


def _problems(report: ReportFacts | None) -> Part:
    if report is None:
        return Part(lacks=NEVER_JUDGED)
    tables: list[Grid] = [hazards_grid(lines_met(report)), findings_grid([report])]
    return Part(tables=tuple(tables))


def _idea(report: ReportFacts | None) -> Part:
    if report is None:
        return Part()
    return Part(
        (
            Text(
                "按自查结果：先整改触发重大风险隐患的问题，再按严重程度和期限整改其余问题；"
                "未判定事项先补齐证据。",
                "By the self-inspection: first what triggers a major hazard, then the rest by "
                "severity and date; for what is undetermined, first the evidence.",
            ),
        )
    )


def _not_measured(report: ReportFacts | None) -> Part:
    if report is None:
        return Part(lacks=NEVER_JUDGED)
    said = Text(
        f"未判定条款{len(report.undetermined)}项，未认领资源{len(report.unclaimed)}个，"
        "均列于自查报告。",
        f"{len(report.undetermined)} undetermined clauses and {len(report.unclaimed)} unclaimed "
        "resources stand in the self-inspection report.",
    )
    table = gaps_grid([report])
    lacks = Text("有来源未能读取，见表", "some sources could not be read: see the table")
    return Part((said,), (table,), lacks=lacks if table.rows else NOTHING)
