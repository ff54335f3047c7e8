"""The summary of a conformity evaluation under Order 11: our own results only beside the formal."""

from __future__ import annotations

from zicha.model.document import Document
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.miit_parts import (
    HEADS,
    UNINSPECTED,
    attested,
    both,
    dates_of,
    evidence_part,
    findings_part,
    rates,
    rectification_part,
    say,
    undetermined_items,
    undetermined_part,
    unit_part,
)
from zicha.reports.documents.sections import Part, assemble
from zicha.reports.documents.tables import report_table, reports_of

FORM = "cnp-conformity-summary"


def build(facts: DocumentFacts) -> Document:
    """The evaluation itself is a person's word; findings and rectification are ours."""
    return assemble(
        FORM,
        facts,
        {
            "unit": unit_part(facts),
            "cycle_and_due": dates_of(facts, "cnp-conformity-l2", "cnp-conformity-l3"),
            "result_by_domain": _domains(facts),
            "nonconforming_items": _nonconforming(facts),
            "rectification": rectification_part(facts),
            "undetermined": undetermined_part(facts),
            "conclusion": _conclusion(facts),
            "attachments": both(
                evidence_part(facts), attested(facts, "conformity-and-risk-reports")
            ),
        },
    )


def _domains(facts: DocumentFacts) -> Part:
    reports = reports_of(facts)
    if not reports:
        return UNINSPECTED
    graded = [report for report in reports if report not in reports_of(facts, HEADS)]
    table = report_table("chapters", reports)
    return Part(rates(graded), (table,), lacks=undetermined_items(graded))


def _nonconforming(facts: DocumentFacts) -> Part:
    reports = reports_of(facts)
    if not reports:
        return UNINSPECTED
    return both(Part(tables=(report_table("items_failing", reports),)), findings_part(facts))


def _conclusion(facts: DocumentFacts) -> Part:
    reports = reports_of(facts)
    said = tuple(
        say("conclusion.stands", system=report.system, conclusion=report.rate.conclusion)
        for report in reports
        if report.rate is not None
    )
    return Part(said or ((say("conclusion.none"),) if reports else ()))
