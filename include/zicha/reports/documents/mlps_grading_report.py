"""The MLPS grading report (定级报告): what the object is, both sides of its level, the level."""

from __future__ import annotations

from zicha.model.document import Document
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import filled, owner_of, report_of, system_of
from zicha.reports.documents.grades import level_known, side
from zicha.reports.documents.grids import (
    entity_grid,
    level_text,
    listed,
    objects_grid,
    papers_grid,
    persons_of,
    system_grid,
    worded,
)
from zicha.reports.documents.sections import Part

FORM = "mlps-grading-report"
HOLDS = {
    "user_information": Text("用户信息", "user information"),
    "network_data": Text("网络数据", "network data"),
}


def build(facts: DocumentFacts) -> Document:
    """The report of one system; what is infringed and how gravely, people say."""
    system = system_of(facts)
    sides = ("information_grade", "service_grade")
    owner = system.owner or Text("—", "—")
    runs_it = Text(f"运行维护责任部门：{owner.zh}", f"Department answering for it: {owner.en}")
    objects = objects_grid(
        "objects",
        Text("构成", "What it consists of"),
        facts.scope.objects_in(system.id),
        report_of(facts, system.id),
    )
    kinds = listed(worded("kinds", kind) for kind in system.kinds)
    holds = listed(HOLDS[kind] for kind in system.holds)
    persons = persons_of(system)
    said = Text(persons, persons) if isinstance(persons, str) else persons
    carried = Text(
        f"承载业务：{kinds.zh}；持有：{holds.zh}；涉及个人信息人数：{said.zh}。",
        f"Business: {kinds.en}; holds: {holds.en}; persons whose data it holds: {said.en}.",
    )
    review = papers_grid(facts.scope, system.id, ("grading-documents",), facts.now.date())
    return filled(
        FORM,
        facts,
        {
            "responsible_body": Part(
                (runs_it,),
                (entity_grid(owner_of(facts)),),
            ),
            "object_description": Part(tables=(system_grid(system), objects)),
            "business_carried": Part((carried,)),
            "information_grade": side(facts, sides[0]),
            "service_grade": side(facts, sides[1]),
            "level": level_known(facts, system, sides),
            "review": Part(tables=(review,)),
        },
        cover=(
            (Text("定级对象", "Graded object"), system.name),
            (Text("拟定等级", "Level"), level_text(system.level)),
        ),
    )
