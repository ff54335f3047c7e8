"""Cover and heads of a personal information compliance audit (CAC Order 18); auditors conclude."""

from __future__ import annotations

from zicha.model.document import Document
from zicha.model.text import Text
from zicha.reports.documents import units
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import filled, owner_of, systems_of
from zicha.reports.documents.grids import entity_grid
from zicha.reports.documents.network_data_risk_assessment import cross_border
from zicha.reports.documents.sections import Part

FORM = "pi-compliance-audit-cover"
OVER = 10_000_000
RULES = (
    "personal-information-assessment",
    "personal-information-access-records",
    "training-records",
)
INCIDENTS = ("incident-procedure", "incident-records", "drill-records")


def build(facts: DocumentFacts) -> Document:
    """The cover of one legal person's audit, with what the self-inspection can lend it."""
    return filled(
        FORM,
        facts,
        {
            "processor": Part(tables=(entity_grid(owner_of(facts)),)),
            "kind_of_audit": _cycle(facts),
            "period_and_range": units.systems(facts),
            "cross_border": cross_border(facts),
            "rules_and_officer": units.papers(facts, RULES),
            "technical_measures": units.protection(facts),
            "incidents": units.papers(facts, INCIDENTS),
        },
    )


def _cycle(facts: DocumentFacts) -> Part:
    """Whether the number of persons makes an audit due every two years."""
    counts = [s.persons if "persons" in s.model_fields_set else None for s in systems_of(facts)]
    known = [count for count in counts if count is not None]
    if not known:
        return Part(
            lacks=Text(
                "未声明个人信息人数，无法判断审计周期",
                "persons are not declared: the cycle is unknown",
            )
        )
    least, most = max(known), sum(known)
    if least > OVER:
        said = Text(
            "处理超过1000万人个人信息：至少每两年审计一次。",
            "More than 10 million persons: an audit at least every two years.",
        )
    elif most <= OVER and len(known) == len(counts):
        said = Text(
            "声明的人数合计不超过1000万：定期审计，办法未定年数。",
            "At most 10 million persons as declared: audits are regular, no cycle is set.",
        )
    else:
        unsure = Text(
            "各系统人数合计可能超过1000万，请去重核实后确定周期",
            "taken together the systems may exceed 10 million persons: count them without doubles",
        )
        return Part((_between(least, most),), lacks=unsure)
    return Part((_between(least, most), said))


def _between(least: int, most: int) -> Text:
    if least == most:
        return Text(f"声明的个人信息人数：{least}。", f"Persons as declared: {least}.")
    return Text(
        f"声明的个人信息人数：去重后在{least}至{most}之间。",
        f"Persons as declared: between {least} and {most} without doubles.",
    )
