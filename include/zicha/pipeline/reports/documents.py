"""Documents of a form from the store: the newest judged run, scope, obligations, ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from zicha.catalog.conditions import load_facts
from zicha.catalog.duties import Duty, load_duties
from zicha.catalog.scope import Scope
from zicha.catalog.scope_duties import Notice
from zicha.duties.binding import explain
from zicha.duties.time import end_of
from zicha.model.document import Document
from zicha.model.errors import ConfigError, MissingEvidenceError
from zicha.model.text import Lang
from zicha.pipeline.custody.sealing import root_of
from zicha.pipeline.duties.obligations import calendar_rows
from zicha.pipeline.reports.facts import facts_of, view_of
from zicha.pipeline.runs.covering import frameworks_of, loaded_attestations
from zicha.pipeline.workplace import Workplace
from zicha.reports.documents.basis import basis_of
from zicha.reports.documents.facts import DocumentFacts, FieldAnswer
from zicha.reports.documents.registry import build, builders
from zicha.reports.documents.render import SHAPES, render
from zicha.reports.facts import ReportFacts
from zicha.reports.fonts import HOW_TO_GET_ONE, cjk_font

_ENDED = {"done", "withdrawn"}
Sealing = Callable[[Path, str, bytes], str]
"""Keeps the bytes of a file of this shape, and returns their digest."""


def document_facts(
    place: Workplace,
    duty_or_form: str,
    of: str,
    answers: Mapping[str, FieldAnswer] | None = None,
    *,
    run: str = "",
) -> DocumentFacts:
    """What a document about `of` may be built from.

    Args:
        place: where the facts are kept.
        duty_or_form: the id of a duty with a form, or of the form itself.
        of: the id of a system, or of an entity for what it owes as a whole.
        answers: what people answered, by field.
        run: another judged run than the newest.

    Raises:
        ConfigError: no such duty, form, system or entity; or the duty has no form.
        MissingEvidenceError: `run` was named and never judged.
    """
    duties = load_duties()
    duty, form = _meant(duties, duty_or_form)
    systems = systems_about(place.scope, of)
    owed = tuple(row for row in calendar_rows(place) if row["of"] in {of, *_owners(place, of)})
    held_by = [duty] if duty else _bound(duties, place.scope, form, systems)
    entity = place.scope.entity(_owners(place, of)[0])
    notices = [n for n in place.scope.duties.notices if n.of in {of, *_owners(place, of)}]
    basis = tuple(
        basis_of(each, entity.province, entity.city, _due_of(each, owed, notices))
        for each in held_by
    )
    reports = _reports(place, systems, run)
    root = root_of(place)
    return DocumentFacts(
        scope=_with_loaded(place),
        of=of,
        now=place.clock().astimezone(place.zone),
        duty=held_by[0] if held_by else None,
        basis=basis,
        reports=reports,
        answers=dict(answers or {}),
        obligations=owed,
        tool_version=place.version,
        catalogue_version=_versions(reports),
        ledger_root=str(root["short"]) if root else "",
    )


def document_of(
    place: Workplace,
    duty_or_form: str,
    of: str,
    answers: Mapping[str, FieldAnswer] | None = None,
    *,
    run: str = "",
) -> Document:
    """The document that answers a duty, or of a form, built from the newest facts."""
    _, form = _meant(load_duties(), duty_or_form)
    return build(form, document_facts(place, duty_or_form, of, answers, run=run))


def write_document(
    place: Workplace, document: Document, folder: Path, lang: Lang, keep: Sealing
) -> list[dict[str, Any]]:
    """Every shape of a document; without a Chinese font no PDF, and the progress says so."""
    made = []
    folder.mkdir(parents=True, exist_ok=True)
    for shape in shapes(place):
        path = folder / f"{document.form}.{document.of}.{lang}.{shape}"
        render(document, lang, shape, path)
        digest = keep(path, shape, path.read_bytes())
        place.progress.step("report-written", path=path.name)
        made.append({"path": str(path), "format": shape, "digest": digest})
    return made


def shapes(place: Workplace) -> Sequence[str]:
    """The shapes that can be written here."""
    if cjk_font() is not None:
        return SHAPES
    place.progress.step("pdf-left-out", why=HOW_TO_GET_ONE)
    return [shape for shape in SHAPES if shape != "pdf"]


def systems_about(scope: Scope, of: str) -> list[str]:
    """The system itself, or the systems of an entity; an unknown id is refused."""
    if any(system.id == of for system in scope.systems):
        return [of]
    if any(entity.id == of for entity in scope.entities):
        return [system.id for system in scope.systems if system.entity == of]
    known = [*(s.id for s in scope.systems), *(e.id for e in scope.entities)]
    raise ConfigError(f"no system or entity {of}: give one of {', '.join(known)}")


def owed_per(form: str) -> Literal["system", "entity", ""]:
    """Whom a form is about, by the duties that ask for it; empty where they differ or none does."""
    found = {duty.owed_per for duty in load_duties().values() if form in duty.forms}
    return found.pop() if len(found) == 1 else ""


def _meant(duties: Mapping[str, Duty], duty_or_form: str) -> tuple[Duty | None, str]:
    if duty_or_form in builders():
        return None, duty_or_form
    duty = duties.get(duty_or_form)
    if duty is None:
        known = ", ".join(sorted(builders()))
        raise ConfigError(f"no duty or document {duty_or_form}: documents are {known}")
    if duty.form is None:
        raise ConfigError(f"duty {duty.id} has no form: write its document outside of zicha")
    return duty, duty.form


def _bound(
    duties: Mapping[str, Duty], scope: Scope, form: str, systems: Sequence[str]
) -> list[Duty]:
    """The duties in force that ask for the form, without those that surely bind none of these."""
    facts = load_facts()
    return [
        duty
        for duty in duties.values()
        if form in duty.forms
        and duty.status == "in_force"
        and any(explain(duty, scope, system, facts).binds != "no" for system in systems)
    ]


def _owners(place: Workplace, of: str) -> list[str]:
    """The entity that answers, and its systems where the entity itself is meant."""
    if any(system.id == of for system in place.scope.systems):
        return [place.scope.system(of).entity]
    return [of, *systems_about(place.scope, of)]


def _due_of(
    duty: Duty, owed: Sequence[Mapping[str, Any]], notices: Sequence[Notice]
) -> datetime | None:
    """The next due moment on the calendar; before it was ever watched, that of a notice."""
    dues = [
        str(row["due"])
        for row in owed
        if row["duty"] == duty.id and row["due"] and row["state"] not in _ENDED
    ]
    if dues:
        return datetime.fromisoformat(min(dues))
    told = [end_of(notice.due) for notice in notices if notice.duty == duty.id]
    return max(told, default=None)


def _reports(
    place: Workplace, systems: Sequence[str], run: str
) -> dict[tuple[str, str], ReportFacts]:
    """The facts by system and framework, its protection level's first; none before a first run."""
    try:
        view = view_of(place, run)
    except MissingEvidenceError:
        if run:
            raise
        return {}
    return {
        (system, framework): facts_of(place, view, framework, system)
        for system in systems
        for framework in frameworks_of(place.scope.system(system))
    }


def _with_loaded(place: Workplace) -> Scope:
    """The scope with the attestations that people loaded from sheets beside those of its files."""
    loaded = tuple(loaded_attestations(place))
    own = place.scope.attestations
    return (
        place.scope.model_copy(update={"attestations": (*own, *loaded)}) if loaded else place.scope
    )


def _versions(reports: Mapping[tuple[str, str], ReportFacts]) -> str:
    held = {framework: facts.catalogue_version for (_, framework), facts in reports.items()}
    return " · ".join(f"{framework} {version}" for framework, version in sorted(held.items()))
