"""Whose a document is, which self-inspection it draws on, and which fields do not apply to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zicha.catalog.scope_entities import Entity, System
from zicha.model.document import Document
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.sections import Part, assemble, form_of
from zicha.reports.facts import ReportFacts

MISSING = Text("缺", "missing")
NOT_LARGE = Text("已声明不是大型网络平台。", "declared to be no large platform.")


def owner_of(facts: DocumentFacts) -> Entity:
    """The legal person that the document is about, or whose system it is about."""
    found = next((each for each in facts.scope.entities if each.id == facts.of), None)
    return found or facts.scope.entity(system_of(facts).entity)


def system_of(facts: DocumentFacts) -> System:
    """The system that the document is about; any other id is refused with those that there are."""
    return facts.scope.system(facts.of)


def systems_of(facts: DocumentFacts) -> tuple[System, ...]:
    """The system that the document is about, or every system of its legal person."""
    owner = owner_of(facts)
    mine = tuple(each for each in facts.scope.systems if each.entity == owner.id)
    return mine if facts.of == owner.id else (system_of(facts),)


def report_of(facts: DocumentFacts, system: str) -> ReportFacts | None:
    """The newest self-inspection of a system under classified protection, else any other."""
    mine = {key[1]: found for key, found in facts.reports.items() if key[0] == system}
    under = sorted(mine, key=lambda framework: (not framework.startswith("mlps-"), framework))
    return mine[under[0]] if under else None


def filled(
    form: str,
    facts: DocumentFacts,
    parts: Mapping[str, Part],
    *,
    cover: Sequence[tuple[Text, str | Text]] = (),
    notes: Sequence[Text] = (),
) -> Document:
    """The document of a form; what is for large platforms only is left out where none is."""
    said = facts.scope.duties.fact(owner_of(facts).id, "large_platform")
    is_none = said is not None and said.value is False
    without = {
        field.id: NOT_LARGE for field in form_of(form).fields if field.only == "large_platform"
    }
    notes = (*notes, *_lacking(form, facts))
    return assemble(
        form, facts, parts, cover=cover, notes=notes, inapplicable=without if is_none else None
    )


def _lacking(form: str, facts: DocumentFacts) -> tuple[Text, ...]:
    """For the forms of classified protection, what the catalogue does not hold for a system."""
    if not form.startswith("mlps-"):
        return ()
    found = [report_of(facts, system.id) for system in systems_of(facts)]
    return tuple(report.lacks for report in found if report and report.lacks.zh)
