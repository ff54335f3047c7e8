"""The data survey form (数据摸底调查表): one sheet per class of data, not per field."""

from __future__ import annotations

from zicha.catalog.scope_entities import System
from zicha.model.document import NOTHING, Document, Grid
from zicha.model.text import Text
from zicha.reports.documents import units
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import MISSING, filled, owner_of, report_of, system_of
from zicha.reports.documents.grids import (
    entity_grid,
    level_text,
    objects_grid,
    pairs,
    same,
    system_grid,
)
from zicha.reports.documents.sections import Part, form_of

FORM = "mlps-data-survey"
MOST_SHEETS = 60


def build(facts: DocumentFacts) -> Document:
    """The form of one system; the classes, people list."""
    system = system_of(facts)
    return filled(
        FORM,
        facts,
        {
            "unit_and_object": Part(tables=(entity_grid(owner_of(facts)), system_grid(system))),
            "data_overview": _overview(facts, system),
            "data_classes": Part(tables=_sheets(facts)),
            "data_protection": units.protection(facts),
        },
        cover=(
            (Text("定级对象", "Graded object"), system.name),
            (Text("安全保护等级", "Protection level"), level_text(system.level)),
        ),
    )


def _overview(facts: DocumentFacts, system: System) -> Part:
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
    return Part(tables=(table,), lacks=lacks if unsaid else NOTHING)


def _sheets(facts: DocumentFacts) -> tuple[Grid, ...]:
    answer = facts.answers.get("data_classes")
    columns = next(field for field in form_of(FORM).fields if field.id == "data_classes").columns
    return tuple(
        pairs(
            f"data_class_{n}",
            Text(f"第{n}张", f"Sheet {n}"),
            [(c.title, same(row.get(c.id, "")) if row.get(c.id) else MISSING) for c in columns],
        )
        for n, row in enumerate(answer.rows[:MOST_SHEETS] if answer else (), 1)
    )
