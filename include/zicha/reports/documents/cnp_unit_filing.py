"""The filing sheet of a communication-network unit under Order 11."""

from __future__ import annotations

from zicha.model.document import NOTHING, Document
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.miit_parts import (
    UNINSPECTED,
    attested,
    both,
    dates_of,
    names,
    say,
    unit_sentences,
    units_of,
)
from zicha.reports.documents.sections import Part, assemble, entity_of, joined, systems_of
from zicha.reports.documents.tables import report_table, reports_of, systems_table, words

FORM = "cnp-unit-filing"


def build(facts: DocumentFacts) -> Document:
    """What scope and inspection know of the unit; the rest is asked of its people."""
    return assemble(
        FORM,
        facts,
        {
            "unit_name": _names(facts),
            "unit_grade": _grades(facts),
            "network_type": _types(facts),
            "responsible_unit": _responsible(facts),
            "topology_and_boundary": attested(facts, "network-design", "boundary-design"),
            "hardware_and_software": _inventory(facts),
            "filing_state": _filing(facts),
        },
    )


def _names(facts: DocumentFacts) -> Part:
    if not units_of(facts):
        return Part(lacks=say("units.none"))
    return Part(unit_sentences(facts), (systems_table(systems_of(facts)),))


def _grades(facts: DocumentFacts) -> Part:
    graded = tuple(
        say("units.grade", unit=unit.name, grade=unit.grade) for _, unit in units_of(facts)
    )
    return both(Part(graded), attested(facts, "grading-documents")) if graded else Part()


def _types(facts: DocumentFacts) -> Part:
    return Part(
        tuple(
            say("units.type", unit=unit.name, kinds=joined([words("kinds", k) for k in s.kinds]))
            for s, unit in units_of(facts)
        )
    )


def _responsible(facts: DocumentFacts) -> Part:
    entity = entity_of(facts)
    if entity is None:
        return Part()
    owners = [s.owner for s in systems_of(facts) if s.owner]
    unknown = say("licences.no_code")
    said = say("responsible.said", name=entity.name, owners=joined(owners) if owners else unknown)
    return Part((said,))


def _inventory(facts: DocumentFacts) -> Part:
    reports = reports_of(facts)
    if not reports:
        return UNINSPECTED
    count = sum(len(report.objects) for report in reports)
    said = say("inventory.objects", count=count)
    return Part((said,), (report_table("objects", reports),))


def _filing(facts: DocumentFacts) -> Part:
    units = units_of(facts)
    said = tuple(
        say("units.filed", unit=unit.name, number=unit.filing_number)
        if unit.filing_number
        else say("units.unfiled", unit=unit.name)
        for _, unit in units
    )
    open_ = [(system, unit) for system, unit in units if not unit.filing_number]
    lacks = say("units.unfiled_lacks", names=names(open_)) if open_ else NOTHING
    if not said:
        return Part(lacks=say("units.none"))
    dates = dates_of(facts, "cnp-filing", "cnp-grading")
    return Part((*said, *dates.sentences), dates.tables, lacks=lacks)
