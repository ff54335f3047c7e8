"""The network data risk assessment (Regulation Art. 33, Order 24 of 2026)."""

from __future__ import annotations

from zicha.model.document import NOTHING, Document
from zicha.model.text import Text
from zicha.reports.documents import units
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import filled, owner_of, systems_of
from zicha.reports.documents.grids import entity_grid
from zicha.reports.documents.sections import Part

FORM = "network-data-risk-assessment"
RULES = ("policy-documents", "organisation-appointments", "training-records")
INCIDENTS = ("incident-records", "incident-procedure", "drill-records")
KEPT = Text("本报告至少保存三年。", "This report is kept for three years at least.")
EXPORTS = ("pi_export", "data_export_assessed")


def build(facts: DocumentFacts) -> Document:
    """The report of one legal person over its systems."""
    return filled(
        FORM,
        facts,
        {
            "processor_identity": Part(tables=(entity_grid(owner_of(facts)),)),
            "important_data_and_purpose": units.important_data(facts),
            "management_system": units.papers(facts, RULES),
            "technical_measures": units.protection(facts),
            "risks_found": units.risks(facts),
            "incidents_and_handling": units.papers(facts, INCIDENTS),
            "cross_border": cross_border(facts),
        },
        notes=(KEPT,),
    )


def cross_border(facts: DocumentFacts) -> Part:
    """What the scope declares of transfer abroad."""
    ids = (owner_of(facts).id, *(system.id for system in systems_of(facts)))
    said = {
        name: next((f for of in ids if (f := facts.scope.duties.fact(of, name))), None)
        for name in EXPORTS
    }
    names = {
        "pi_export": Text("个人信息出境", "transfer of personal information abroad"),
        "data_export_assessed": Text("通过出境安全评估", "transfer assessed by the authority"),
    }
    words = {True: Text("有", "yes"), False: Text("无", "no")}
    sentences = tuple(
        Text(
            f"已声明：{names[name].zh}：{words[bool(fact.value)].zh}。",
            f"Declared: {names[name].en}: {words[bool(fact.value)].en}.",
        )
        for name, fact in said.items()
        if fact is not None
    )
    silent = [name for name, fact in said.items() if fact is None]
    lacks = Text(
        f"duties.yaml 未声明：{'、'.join(silent)}",
        f"duties.yaml does not declare: {', '.join(silent)}",
    )
    return Part(sentences, lacks=lacks if silent else NOTHING)
