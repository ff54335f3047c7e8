"""A built incident report as files that a person can hand in; nothing is sent to anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from zicha.catalog.duties import Duty, load_duties
from zicha.catalog.scope import Scope
from zicha.catalog.scope_entities import Entity
from zicha.model.document import Basis, Document
from zicha.model.errors import ConfigError
from zicha.model.text import Lang
from zicha.pipeline.custody.sealing import root_of
from zicha.pipeline.incidents.use_cases import entered, standing
from zicha.pipeline.workplace import Workplace
from zicha.reports.documents.basis import basis_of
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.registry import build
from zicha.reports.documents.render import render
from zicha.reports.fonts import cjk_font
from zicha.storage import incidents as stored

SHAPES = ("docx", "pdf", "xlsx")
LANGUAGES: tuple[Lang, ...] = ("zh", "en")


def report_documents(place: Workplace, report: Mapping[str, Any]) -> list[Document]:
    """One document for each form that the report's duties ask for.

    Raises:
        ConfigError: no form is known for any of them, or nobody says whose incident it is.
    """
    every = load_duties()
    duties = [every[each["id"]] for each in report["duties"]]
    forms = list(dict.fromkeys(duty.form for duty in duties if duty.form))
    if not forms:
        named = ", ".join(duty.id for duty in duties)
        raise ConfigError(
            f"no form is known for {named}: write the report from the fields as they are listed"
        )
    of, entity = _whose(place, report["incident"])
    found = root_of(place)
    dues = {each["id"]: each["plan_by"] or each["due"] for each in report["duties"]}
    return [
        build(
            form,
            DocumentFacts(
                scope=place.scope,
                of=of,
                now=place.clock(),
                duty=next(duty for duty in duties if duty.form == form),
                basis=tuple(_bases(duties, form, dues, entity)),
                incident={"report": dict(report)},
                tool_version=place.version,
                ledger_root=str(found["short"]) if found else "",
            ),
        )
        for form in forms
    ]


def write_report(
    place: Workplace, report: Mapping[str, Any], lang: str, folder: Path, actor: str
) -> list[dict[str, str]]:
    """The files of a built report in one language, each sealed and entered in the ledger.

    Without a Chinese font there is no PDF. Written again, what has other bytes is another entry.
    """
    if lang not in LANGUAGES:
        raise ConfigError(f"--lang {lang} is not a language of the reports: give zh or en")
    documents = report_documents(place, report)
    if cjk_font() is None:
        place.progress.step("no pdf", because="no font with Chinese characters: see `zicha doctor`")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot write into {folder} ({error.strerror})") from error
    shapes = [shape for shape in SHAPES if shape != "pdf" or cjk_font() is not None]
    written = []
    for document in documents:
        stem = f"{report['incident']}.{document.form}.{report['kind']}.{lang}"
        for shape in shapes:
            path = render(
                document, "en" if lang == "en" else "zh", shape, folder / f"{stem}.{shape}"
            )
            sealed = place.store.put(path.read_bytes())
            written.append({"path": str(path), "format": shape, "digest": sealed.digest})
            _record(
                place,
                incident=report["incident"],
                report=report["digest"],
                form=document.form,
                lang=lang,
                format=shape,
                digest=sealed.digest,
                size=sealed.size,
                actor=actor,
            )
    return written


def _record(place: Workplace, *, actor: str, **said: Any) -> None:
    now = place.clock()
    with place.database.write() as connection:
        known = stored.of_incident(connection, "document", said["incident"])
        if not any(said.items() <= row.items() for row in known):
            row = stored.add_document(connection, **said, at=now, actor=actor)
            entered(connection, "document", row, actor, now)


def _whose(place: Workplace, incident: str) -> tuple[str, Entity]:
    """The system or the legal person that the incident is of."""
    system = standing(place, incident).file.system
    if system is not None:
        return system, place.scope.entity(place.scope.system(system).entity)
    return _only_entity(place.scope, incident)


def _only_entity(scope: Scope, incident: str) -> tuple[str, Entity]:
    if len(scope.entities) != 1:
        raise ConfigError(f"incident {incident} names no system: say system in an update")
    return scope.entities[0].id, scope.entities[0]


def _bases(
    duties: Iterable[Duty], form: str, dues: Mapping[str, str | None], entity: Entity
) -> Iterable[Basis]:
    for duty in duties:
        if duty.form in {form, None}:
            due = dues[duty.id]
            moment = datetime.fromisoformat(due) if due else None
            yield basis_of(duty, entity.province, entity.city, moment)
