"""The data risk assessment report of MIIT's rules of 2024 (数据安全风险评估报告)."""

from __future__ import annotations

from zicha.model.document import Document
from zicha.model.text import Text
from zicha.reports.documents import units
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import filled, owner_of
from zicha.reports.documents.grids import entity_grid
from zicha.reports.documents.sections import Part

FORM = "miit-data-risk-assessment"
VALID = Text(
    "本报告自首次出具之日起有效一年；评估完成后10个工作日内报送。",
    "Valid one year from its first issue; handed in within 10 working days after completion.",
)


def build(facts: DocumentFacts) -> Document:
    """The report of one legal person over its systems."""
    return filled(
        FORM,
        facts,
        {
            "processor_profile": Part(tables=(entity_grid(owner_of(facts)),)),
            "important_data_kinds_and_quantity": units.important_data(facts),
            "processing_activities": units.systems(facts),
            "assessment_environment": units.environment(facts),
            "compliance_assessment": units.protection(facts),
            "risk_analysis": units.risks(facts),
            "countermeasures": units.plan(facts),
        },
        notes=(VALID,),
    )
