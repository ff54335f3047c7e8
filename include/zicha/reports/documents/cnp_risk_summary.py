"""The summary of a risk assessment of network units under Order 11."""

from __future__ import annotations

from zicha.model.document import Document
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.miit_parts import (
    UNINSPECTED,
    attested,
    both,
    dates_of,
    evidence_part,
    findings_part,
    rectification_part,
    say,
    undetermined_part,
    unit_part,
)
from zicha.reports.documents.sections import Part, assemble
from zicha.reports.documents.tables import chapters_chart, report_table, reports_of

FORM = "cnp-risk-summary"


def build(facts: DocumentFacts) -> Document:
    """Assets, vulnerabilities and safeguards are ours; threats and residual risk a person's."""
    reports = reports_of(facts)
    return assemble(
        FORM,
        facts,
        {
            "unit": unit_part(facts),
            "cycle_and_due": dates_of(facts, "cnp-risk-l2", "cnp-risk-l3"),
            "assets": Part(tables=(report_table("objects", reports),)) if reports else UNINSPECTED,
            "vulnerabilities": findings_part(facts),
            "safeguards": both(_safeguards(facts), attested(facts, "conformity-and-risk-reports")),
            "risk_list": _risks(facts),
            "treatment": rectification_part(facts),
            "undetermined": undetermined_part(facts),
            "evidence_index": evidence_part(facts),
        },
    )


def _safeguards(facts: DocumentFacts) -> Part:
    reports = reports_of(facts)
    if not reports:
        return UNINSPECTED
    charts = (chapters_chart(reports[0]),) if len(reports) == 1 and reports[0].chapters else ()
    return Part(tables=(report_table("chapters", reports),), charts=charts)


def _risks(facts: DocumentFacts) -> Part:
    reports = reports_of(facts)
    if not reports:
        return UNINSPECTED
    tables = tuple(report_table(key, reports) for key in ("high_risks", "hazards"))
    return Part((say("risks.said"),), tables)
