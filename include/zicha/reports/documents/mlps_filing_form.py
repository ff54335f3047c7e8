"""The MLPS filing form (备案表): unit, object, level by information and service, materials."""

from __future__ import annotations

from collections import Counter

from zicha.catalog.scope_entities import System
from zicha.model.document import NOTHING, Document
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import filled, owner_of, report_of, system_of
from zicha.reports.documents.grades import level_known, side
from zicha.reports.documents.grids import (
    entity_grid,
    is_in_force,
    level_text,
    objects_grid,
    papers_grid,
    system_grid,
    type_title,
)
from zicha.reports.documents.sections import Part

FORM = "mlps-filing-form"
MATERIALS = (
    "grading-documents",
    "network-design",
    "organisation-appointments",
    "policy-documents",
    "security-scheme",
    "product-certificates",
)
YEARLY_FROM, ASSESSED = 3, ("assessment-report",)
"""From this level on, an assessment is due every year."""


def build(facts: DocumentFacts) -> Document:
    """The form of one system, from the scope and the register of papers."""
    system = system_of(facts)
    sides = ("grade_of_information", "grade_of_service")
    return filled(
        FORM,
        facts,
        {
            "unit": Part(tables=(entity_grid(owner_of(facts)),)),
            "object": Part(tables=(system_grid(system),)),
            "composition": _composition(facts, system),
            "application_scenes": _scenes(system),
            "grade_of_information": side(facts, sides[0]),
            "grade_of_service": side(facts, sides[1]),
            "level": level_known(facts, system, sides),
            "grading_review": _review(facts, system),
            "filing_state": filing_state(system),
            "materials": _materials(facts, system),
        },
        cover=(
            (Text("定级对象", "Graded object"), system.name),
            (Text("安全保护等级", "Protection level"), level_text(system.level)),
        ),
    )


def filing_state(system: System) -> Part:
    """Whether it was filed, under which number and since when."""
    if not system.filing_number:
        return Part(
            (Text("未登记备案号。", "No filing number is declared."),),
            lacks=Text(
                "首次备案的由公安机关赋号；已备案的请在 systems.yaml 填写 filing_number、filed_on",
                "a first filing gets its number from the PSB; "
                "if it was filed, declare filing_number and filed_on in systems.yaml",
            ),
        )
    number = system.filing_number
    if system.filed_on is None:
        return Part(
            (Text(f"备案号：{number}。", f"Filing number: {number}."),),
            lacks=Text(
                "未登记备案日期：请在 systems.yaml 中填写 filed_on",
                "the day of filing is not declared: add filed_on to systems.yaml",
            ),
        )
    return Part(
        (
            Text(
                f"已备案，备案号：{number}，备案日期：{system.filed_on}。"
                "已备案的二级以上系统不论有无变化，均按2025版重新填报。",
                f"Filed under {number} on {system.filed_on}. Every filed system of level 2 and "
                "above is written anew on the 2025 form, changed or not.",
            ),
        )
    )


def _composition(facts: DocumentFacts, system: System) -> Part:
    objects = facts.scope.objects_in(system.id)
    counts = Counter(each.type for each in objects)
    said = [(type_title(type_), n) for type_, n in sorted(counts.items())]
    sentence = Text(
        f"共登记对象{len(objects)}个：" + "、".join(f"{t.zh}{n}" for t, n in said) + "。",
        f"{len(objects)} objects are declared: " + ", ".join(f"{t.en} {n}" for t, n in said) + ".",
    )
    table = objects_grid(
        "objects", Text("对象清单", "Objects"), objects, report_of(facts, system.id)
    )
    if not objects:
        return Part(
            lacks=Text(
                "未登记任何对象：请填写 objects.yaml", "no object is declared: fill objects.yaml"
            )
        )
    absent = tuple(
        Text(
            f"声明没有{type_title(a.type).zh}：{a.because.zh}",
            f"No {type_title(a.type).en.lower()}, as declared: {a.because.en}",
        )
        for a in system.not_present
    )
    return Part((sentence, *absent), (table,))


def _scenes(system: System) -> Part:
    if "cloud" not in system.model_fields_set:
        return Part(lacks=Text("未声明是否部署在云上", "not declared whether it runs on a cloud"))
    cloud = (
        Text("采用云计算。", "It runs on a cloud.")
        if system.cloud
        else Text("声明未采用云计算。", "Declared not to run on a cloud.")
    )
    return Part((cloud,))


def _review(facts: DocumentFacts, system: System) -> Part:
    table = papers_grid(facts.scope, system.id, ("grading-documents",), facts.now.date())
    return Part(tables=(table,))


def _materials(facts: DocumentFacts, system: System) -> Part:
    kinds = (*MATERIALS, *(ASSESSED if system.level >= YEARLY_FROM else ()))
    table = papers_grid(facts.scope, system.id, kinds, facts.now.date())
    beside = Text(
        "另附：定级报告、数据摸底调查表（每类数据一张）；需要时附专家评审意见。",
        "Beside it: grading report, data survey form (one sheet per class of data); "
        "the experts' opinion where one is required.",
    )
    lacks = Text(
        "有材料缺失、过期或签署不全，见表",
        "papers are missing, expired or not countersigned: see the table",
    )
    return Part((beside,), (table,), lacks=NOTHING if is_in_force(table) else lacks)
