"""The filing certificate: how long it is valid, and when an extension is asked for."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from zicha.catalog.certificates import asked_from, counts_from, expiry_of
from zicha.catalog.scope_entities import System
from zicha.model.document import NOTHING, Document, Grid, GridColumn
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import filled, system_of
from zicha.reports.documents.grids import NONE, attestations, level_text, pairs, papers_grid
from zicha.reports.documents.mlps_filing_form import filing_state
from zicha.reports.documents.sections import Part

FORM = "mlps-certificate"
ASSESSED = ("assessment-report", "level-2-assessment-report")
NOT_FILED = Text(
    "未登记备案日期，无法计算：请在 systems.yaml 中填写 filed_on",
    "it cannot be computed without the day of filing: add filed_on to systems.yaml",
)


def build(facts: DocumentFacts) -> Document:
    """The certificate of one system, by every reading of the rule; the earliest is planned on."""
    system = system_of(facts)
    return filled(
        FORM,
        facts,
        {
            "certificate": _certificate(facts, system),
            "assessments": _assessments(facts, system),
            "validity": _validity(facts, system),
            "extension": _extension(facts, system),
        },
        cover=(
            (Text("定级对象", "Graded object"), system.name),
            (Text("安全保护等级", "Protection level"), level_text(system.level)),
        ),
    )


def assessed_on(facts: DocumentFacts, system: System) -> list[date]:
    """The days of finished assessments that people stated, else the newest one that is known."""
    answer = facts.answers.get("assessments")
    stated = [_day(row.get("finished_on", "")) for row in (answer.rows if answer else ())]
    if found := sorted({day for day in stated if day is not None}):
        return found
    declared = [
        anchor.day
        for anchor in facts.scope.duties.anchors
        if anchor.of == system.id and anchor.duty == "mlps-assessment"
    ]
    papers = [a.dated for a in attestations(facts.scope, system.id) if a.kind in ASSESSED]
    # Two papers may be of one assessment, so of what nobody stated only the newest counts.
    return sorted(declared or papers)[-1:]


def _certificate(facts: DocumentFacts, system: System) -> Part:
    known = filing_state(system)
    table = papers_grid(facts.scope, system.id, ("filing-certificate",), _today(facts))
    return Part(known.sentences, (table,), lacks=known.lacks)


def _assessments(facts: DocumentFacts, system: System) -> Part:
    found = assessed_on(facts, system)
    if not found:
        return Part()
    days = "、".join(map(str, found))
    return Part(
        (
            Text(
                f"已知测评完成日期：{days}。",
                f"Part assessments finished on: {', '.join(map(str, found))}.",
            ),
        )
    )


def _readings(facts: DocumentFacts, system: System, filed: date) -> list[tuple[Text, date]]:
    after = [day for day in assessed_on(facts, system) if day >= counts_from(filed)]
    found = [(Text("不计延期", "Without an extension"), expiry_of(filed))]
    if after:
        found.append((Text("测评只延一次", "Assessments extend it once"), expiry_of(filed, 1)))
    if len(after) > 1:
        each = Text(
            f"每次测评均延（{len(after)}次）", f"each of {len(after)} assessments extends it"
        )
        found.append((each, expiry_of(filed, len(after))))
    return found


def _validity(facts: DocumentFacts, system: System) -> Part:
    if system.filed_on is None:
        return Part(lacks=NOT_FILED)
    filed = system.filed_on
    readings = _readings(facts, system, filed)
    columns = (
        GridColumn("reading", Text("口径", "Reading"), 2),
        GridColumn("expiry", Text("有效期至", "Valid until"), 1),
    )
    rows: tuple[dict[str, str | Text], ...] = tuple(
        {"reading": reading, "expiry": str(day)} for reading, day in readings
    )
    table = Grid("readings", Text("有效期", "Validity"), columns, rows, NONE)
    said = [
        Text(
            f"备案日期{filed}，自{counts_from(filed)}起算，有效期三年。",
            f"Filed on {filed}; three years are counted from {counts_from(filed)}.",
        ),
        Text(
            "每次测评均延一年还是只延一次，文本未说明；按最早的日期计划。",
            "Whether each assessment adds a year, or only one, is not stated; "
            "the earliest date is planned on.",
        ),
    ]
    return Part(tuple(said), (table,), lacks=_disagreement(facts, system, filed))


def _disagreement(facts: DocumentFacts, system: System, filed: date) -> Text:
    held = [a for a in attestations(facts.scope, system.id) if a.kind == "filing-certificate"]
    known = {day for _, day in _readings(facts, system, filed)}
    odd = sorted({a.valid_until for a in held} - known)
    if not odd:
        return NOTHING
    return Text(
        f"台账所载有效期（{'、'.join(map(str, odd))}）与各口径均不一致，请核对证明原件",
        f"the register says {', '.join(map(str, odd))}, which no reading gives: "
        "check the certificate itself",
    )


def _extension(facts: DocumentFacts, system: System) -> Part:
    if system.filed_on is None:
        return Part(lacks=NOT_FILED)
    expiry = min(day for _, day in _readings(facts, system, system.filed_on))
    opens, today = asked_from(expiry), _today(facts)
    if today > expiry:
        state = Text(
            "按最早口径已到期，请立即核实。",
            "By the earliest reading it has run out: check at once.",
        )
    elif today >= opens:
        state = Text("申请期间已开始。", "The time to ask has begun.")
    else:
        state = Text("申请期间未到。", "The time to ask has not come.")
    table = pairs(
        "window",
        Text("延期申请期间（到期前三个月内）", "Extension, in the last three months"),
        [
            (Text("计划所依日期", "Planned on"), str(expiry)),
            (Text("可申请自", "Ask from"), str(opens)),
            (Text("可申请至", "Ask until"), str(expiry)),
        ],
    )
    return Part((state,), (table,))


def _today(facts: DocumentFacts) -> date:
    return facts.now.astimezone(ZoneInfo(facts.scope.organisation.zone)).date()


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said.strip())
    except ValueError:
        return None
