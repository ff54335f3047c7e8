"""Triggers of major hazards: met, set right, unmet or undetermined; people judge what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from zicha.catalog.frameworks import load_frameworks
from zicha.catalog.risk_lists import HazardTrigger, load_hazard_triggers
from zicha.model.coverage import Conformity
from zicha.model.document import NOTHING, Grid, GridColumn
from zicha.model.text import Text
from zicha.reports.documents.grids import listed
from zicha.reports.facts import ReportFacts, RiskLine
from zicha.reports.rows import short_id
from zicha.reports.safe_text import clean

State = Literal["met", "rectified", "not-met", "undetermined", "not-applicable"]
WHY_SCOPE = {
    "ics": Text(
        "未声明是否有工业控制系统，由人判断",
        "not declared whether there is industrial control: a person judges",
    ),
    "iot": Text(
        "未声明是否有物联网感知节点，由人判断",
        "not declared whether there are sensor nodes: a person judges",
    ),
    "composite": Text("没有单一条款对应，由人判断", "no single clause says it: a person judges"),
    "item": Text("没有相应条款的自查结果", "no result for its clauses"),
}
UNMET = frozenset((Conformity.CONFORMING, Conformity.NOT_APPLICABLE))
OPEN = Text("相应条款未判定", "its clauses are undetermined")


@dataclass(frozen=True, slots=True)
class Standing:
    """How one trigger stands, and why nobody knows where nobody does."""

    trigger: HazardTrigger
    state: State
    why: Text = NOTHING


def lines_met(report: ReportFacts) -> list[RiskLine]:
    """The triggers that are met now, or were met before and no longer are."""
    return [line for line in report.hazards if not line.is_open]


def standings(report: ReportFacts) -> list[Standing]:
    """Every trigger of the list, in its order; silence of the run never makes one unmet."""
    met = {line.id: line for line in lines_met(report)}
    open_ = {line.id for line in report.hazards if line.is_open}
    status = {item.ref: item.status for item in report.items}
    found = []
    for id_, trigger in load_hazard_triggers().items():
        if id_ in met:
            found.append(Standing(trigger, "rectified" if met[id_].rectified else "met"))
            continue
        known = [status[ref] for ref in _refs(id_) if ref in status]
        if id_ in open_ or Conformity.UNDETERMINED in known:
            found.append(Standing(trigger, "undetermined", OPEN))
        elif known and all(each is Conformity.NOT_APPLICABLE for each in known):
            found.append(Standing(trigger, "not-applicable"))
        elif known and all(each in UNMET for each in known):
            found.append(Standing(trigger, "not-met"))
        else:
            found.append(Standing(trigger, "undetermined", WHY_SCOPE[trigger.scope]))
    return found


def _some(ids: Sequence[str], shown: int = 4) -> Text:
    """The first few; the plan beside the table holds every one."""
    first, left = clean("、".join(map(short_id, ids[:shown]))) or "—", len(ids) - shown
    if left <= 0:
        return Text(first, first.replace("、", ", "))
    return Text(f"{first} 等 {len(ids)} 项", f"{first.replace('、', ', ')} and {left} more")


def hazards_grid(lines: Sequence[RiskLine]) -> Grid:
    """Triggers with their clauses, objects and findings."""
    columns = (
        GridColumn("id", Text("触发项", "Trigger"), 0.8),
        GridColumn("title", Text("内容", "What"), 2.4),
        GridColumn("items", Text("条款", "Clauses"), 1.4),
        GridColumn("objects", Text("对象", "Objects"), 1.8),
        GridColumn("findings", Text("问题编号", "Findings"), 2.6),
        GridColumn("state", Text("状态", "State"), 1),
    )
    rows: list[dict[str, str | Text]] = [
        {
            "id": line.id,
            "title": line.title,
            "items": clean("、".join(line.items)),
            "objects": listed(line.objects),
            "findings": _some(line.findings),
            "state": Text("已整改", "set right") if line.rectified else Text("未整改", "still met"),
        }
        for line in lines
    ]
    title = Text("触发重大风险隐患的事项", "What triggers a major hazard")
    none = Text(
        "自查未发现触发项（未判定的另列）。",
        "The self-inspection met none (undetermined ones stand apart).",
    )
    return Grid("hazards", title, columns, tuple(rows), none)


@cache
def _pointing() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for framework in load_frameworks().values():
        for item in framework.items:
            if item.hazard_trigger:
                found[item.hazard_trigger] = (*found.get(item.hazard_trigger, ()), item.ref)
    return found


def _refs(trigger: str) -> tuple[str, ...]:
    return _pointing().get(trigger, ())
