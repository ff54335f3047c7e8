"""The data survey form (数据摸底调查表): one sheet per class of data, not per field."""

from __future__ import annotations

from zicha.catalog.scope_entities import System
from zicha.model.document import NOTHING, Document
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import (
    Known,
    entity_of,
    filled,
    report_of,
    system_of,
)
from zicha.reports.documents.grids import (
    DATA_CLAUSES,
    NEVER_JUDGED,
    counted,
    entity_grid,
    items_grid,
    level_text,
    objects_grid,
    system_grid,
)

FORM = "mlps-data-survey"


def build(facts: DocumentFacts) -> Document:
    """The form of one system; the classes, people list."""
    system = system_of(facts)
    return filled(
        FORM,
        facts,
        {
            "unit_and_object": Known(tables=(entity_grid(entity_of(facts)), system_grid(system))),
            "data_overview": _overview(facts, system),
            "data_protection": protection(facts, system.id),
        },
        cover=(
            (Text("定级对象", "Graded object"), system.name),
            (Text("安全保护等级", "Protection level"), level_text(system.level)),
        ),
    )


def protection(facts: DocumentFacts, system: str) -> Known:
    """The items on data and personal information, as the newest self-inspection left them."""
    report = report_of(facts, system)
    if report is None:
        return Known(lacks=NEVER_JUDGED)
    items = [item for item in report.items if DATA_CLAUSES.search(item.ref)]
    table = items_grid("data_items", Text("数据相关条款", "Clauses on data"), items)
    lacks = NOTHING if items else Text("没有相应条款的自查结果", "no result for such clauses")
    return Known((counted(items),) if items else (), (table,) if items else (), lacks=lacks)


def _overview(facts: DocumentFacts, system: System) -> Known:
    stored = [
        each for each in facts.scope.objects_in(system.id) if each.type in {"data", "database"}
    ]
    report = report_of(facts, system.id)
    table = objects_grid(
        "data_objects", Text("数据资源和数据库", "Data and databases"), stored, report
    )
    unsaid = [
        Text(name, name)
        for name in ("holds", "persons", "important_data")
        if name not in system.model_fields_set
    ]
    names = ", ".join(text.en for text in unsaid)
    lacks = Text(f"systems.yaml 未声明：{names}", f"systems.yaml does not declare: {names}")
    return Known(tables=(table,), lacks=lacks if unsaid else NOTHING)
