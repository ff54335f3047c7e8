"""The self-examination report for an inspection of MIIT or a provincial administration."""

from __future__ import annotations

from dataclasses import replace

from zicha.catalog.scope_entities import Licence
from zicha.model.document import NOTHING, Document, Grid, GridColumn
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.miit_parts import (
    HEADS,
    UNINSPECTED,
    attested,
    both,
    dates_of,
    evidence_part,
    findings_part,
    heads_part,
    rates,
    rectification_part,
    say,
    undetermined_items,
    units_of,
)
from zicha.reports.documents.sections import (
    Part,
    assemble,
    entity_of,
    form_of,
    joined,
    same,
    systems_of,
)
from zicha.reports.documents.tables import chapters_chart, reports_of, systems_table, words

FORM = "miit-self-examination"
_APPS = {"app_and_backend", "app_store"}


def build(facts: DocumentFacts) -> Document:
    """The sixteen fields; what no machine sees is asked of a person."""
    parts = {
        "entity_and_licences": _entity(facts),
        "unit_inventory": _units(facts),
        "organisation_and_rules": attested(
            facts, "organisation-appointments", "staff-roster", "policy-documents"
        ),
        "grading_filing_changes": both(
            attested(facts, "grading-documents", "filing-certificate", "network-unit-filing"),
            dates_of(facts, "cnp-filing", "mlps-filing"),
        ),
        "conformity_evaluations": _evaluations(facts, "cnp-conformity"),
        "risk_assessments": _evaluations(facts, "cnp-risk"),
        "technical_protection": _protection(facts),
        "vulnerability_handling": attested(
            facts, "vulnerability-scan-report", "malware-defence-record", "intrusion-defence-record"
        ),
        "user_information": _data(facts),
        "apps_and_backend": _apps(facts),
        "emergency_plan": attested(facts, "contingency-plans", "drill-records"),
        "suppliers": attested(facts, "supplier-records", "outsourced-operation-contracts"),
        "findings": findings_part(facts),
        "rectification": rectification_part(facts),
        "statement_and_seal": Part(form_of(FORM).statement),
        "evidence_index": evidence_part(facts),
    }
    # The statement is a field of its own here; the signatures close the document.
    return replace(assemble(FORM, facts, parts), statement=())


def _entity(facts: DocumentFacts) -> Part:
    entity = entity_of(facts)
    if entity is None:
        return Part()
    said = say(
        "licences.entity",
        name=entity.name,
        code=entity.credit_code or say("licences.no_code"),
        province=entity.province,
        city=Text(entity.city.zh if entity.city != entity.province else "", entity.city.en),
    )
    lapsed = sum(_lapsed(facts, licence) for licence in entity.licences)
    lacks = NOTHING
    if not entity.licences:
        lacks = say("licences.lacks")
    elif lapsed:
        lacks = say("licences.lapsed", count=lapsed)
    columns = tuple(
        GridColumn(id_, say(f"licences.{id_}"), width)
        for id_, width in (("kind", 2.4), ("number", 2.6), ("issued_by", 2.6), ("valid", 2.6))
    )
    table = Grid(
        "licences",
        say("licences.title"),
        columns,
        tuple(_licence_row(facts, licence) for licence in entity.licences),
        say("licences.empty"),
    )
    return Part((said,), (table,), lacks=lacks)


def _licence_row(facts: DocumentFacts, licence: Licence) -> dict[str, str | Text]:
    until = licence.valid_until.isoformat() if licence.valid_until else "—"
    valid = f"{licence.valid_from.isoformat()} – {until}"
    mark = say("licences.expired") if _lapsed(facts, licence) else NOTHING
    return {
        "kind": words("licence_kinds", licence.kind),
        "number": licence.number,
        "issued_by": licence.issued_by or same("—"),
        "valid": Text(valid + mark.zh, valid + mark.en),
    }


def _lapsed(facts: DocumentFacts, licence: Licence) -> bool:
    return licence.valid_until is not None and licence.valid_until < facts.now.date()


def _units(facts: DocumentFacts) -> Part:
    systems, units = systems_of(facts), units_of(facts)
    filed = [unit for _, unit in units if unit.filing_number]
    said = say("units.said", systems=len(systems), units=len(units), filed=len(filed))
    open_ = [s.name for s in systems if s.miit_unit is None or not s.miit_unit.filing_number]
    lacks = say("units.lacks", names=joined(open_)) if open_ else NOTHING
    return Part((said,), (systems_table(systems),), lacks=lacks)


def _evaluations(facts: DocumentFacts, duty: str) -> Part:
    proved = attested(facts, "conformity-and-risk-reports")
    return both(dates_of(facts, f"{duty}-l2", f"{duty}-l3"), proved)


def _protection(facts: DocumentFacts) -> Part:
    reports = reports_of(facts)
    if not reports:
        return UNINSPECTED
    o = reports[0].outcomes
    counted = say(
        "protection.said",
        passed=o.passed,
        failed=o.failed,
        unknown=o.unknown,
        not_applicable=o.not_applicable,
    )
    charts = tuple(
        replace(
            chapters_chart(report),
            id=f"chapters-{report.system_id}",
            title=_of(chapters_chart(report).title, report.system),
        )
        for report in reports
        if report.chapters
    )
    graded = [report for report in reports if report not in reports_of(facts, HEADS)]
    shown = Part((counted, *rates(graded)), charts=charts, lacks=undetermined_items(graded))
    return both(shown, heads_part(facts, "MIIT-5"))


def _of(title: Text, system: Text) -> Text:
    return Text(f"{title.zh} — {system.zh}", f"{title.en} — {system.en}")


def _data(facts: DocumentFacts) -> Part:
    yes, no = say("data.yes"), say("data.no")
    said = tuple(
        say(
            "data.said",
            system=system.name,
            user=yes if "user_information" in system.holds else no,
            persons=f"{system.persons:,}" if system.persons else no,
            important=yes if system.important_data else no,
        )
        for system in systems_of(facts)
    )
    proved = attested(facts, "data-inventory", "data-risk-assessment", "cross-border-record")
    return both(both(Part(said, done=True), heads_part(facts, "MIIT-6")), proved)


def _apps(facts: DocumentFacts) -> Part:
    held = [system.name for system in systems_of(facts) if _APPS & set(system.kinds)]
    if not held:
        return Part((say("apps.none"),), done=True)
    said = Part((say("apps.said", names=joined(held)),))
    return both(said, attested(facts, "app-compliance-record"))
