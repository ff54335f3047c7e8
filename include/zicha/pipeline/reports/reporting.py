"""Writing the reports of a run: each system, each language, each format; sealed and recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from zicha.custody.store import Sealed
from zicha.model.errors import ConfigError
from zicha.model.text import Lang
from zicha.pipeline.custody.anchoring import anchor
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.reports.documents import document_of, write_document
from zicha.pipeline.reports.facts import RunView, facts_of, view_of
from zicha.pipeline.runs.covering import frameworks_of
from zicha.pipeline.runs.judging import closed_run
from zicha.pipeline.workplace import Workplace
from zicha.reports.documents.registry import builders
from zicha.reports.facts import ReportFacts
from zicha.reports.fonts import cjk_font
from zicha.storage import ledger, ledgered, reports, runs
from zicha.storage.reports import ReportRecord

NAME = "self-inspection"
Render = Callable[[ReportFacts, Lang, Path], Path]
LANGUAGES: tuple[Lang, ...] = ("zh", "en")


def report(place: Workplace, day: str) -> list[str]:
    """Every report of the day's newest run; made again, each takes its own place.

    Without a font that has Chinese characters there is no PDF, and the progress says how to get
    one; the other formats are written all the same.
    """
    run = closed_run(place, day)
    view = view_of(place, run.id)
    folder = place.data / "reports" / run.id
    made: list[str] = []
    for system in place.scope.systems:
        for lang in LANGUAGES:
            made += [
                str(found["path"])
                for found in write(place, view, folder, name=NAME, system=system.id, lang=lang)
            ]
    with place.database.write() as connection:
        runs.move(connection, run.id, runs.REPORTED, place.clock())
    place.progress.step("reported", run=run.id, reports=len(made))
    seal_ledger(place)
    anchor(place)
    return made


def write(
    place: Workplace, view: RunView, folder: Path, *, name: str, system: str, lang: Lang
) -> list[dict[str, Any]]:
    """One report in every format that can be made here."""
    framework_id = _framework_of(place, name, system)
    facts = facts_of(place, view, framework_id, system)
    renderers = _renderers()
    if cjk_font() is None:
        renderers.pop("pdf")
        place.progress.step("pdf-left-out", why=_why_no_pdf())
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for shape, render in renderers.items():
        path = render(facts, lang, folder / f"{name}.{system}.{lang}.{shape}")
        data = path.read_bytes()
        sealed = place.store.put(data)
        if path.is_relative_to(place.data):
            _record(place, view.run.id, path, ReportKey(name, system, lang, shape), sealed)
        place.progress.step("report-written", path=path.name)
        made.append({"path": str(path), "format": shape, "digest": sealed.digest})
    return made


def write_form(
    place: Workplace, folder: Path, *, form: str, of: str, lang: Lang, run: str = ""
) -> list[dict[str, Any]]:
    """The document of a form in every shape, about a system or an entity; sealed, and recorded.

    What is written outside of the data folder is sealed too, and changes no record.
    """
    document = document_of(place, form, of, run=run)

    def keep(path: Path, shape: str, data: bytes) -> str:
        sealed = place.store.put(data)
        if document.run and path.is_relative_to(place.data):
            _record(place, document.run, path, ReportKey(form, of, lang, shape), sealed)
        return sealed.digest

    return write_document(place, document, folder, lang, keep)


def is_document(name: str) -> bool:
    """Whether a name is that of a form, with a builder of its own."""
    return name in builders()


def names_of(place: Workplace, system: str = "") -> list[str]:
    """What can be written of a system: its self-inspections and every document of a form."""
    own = [NAME, *frameworks_of(place.scope.system(system))[1:]] if system else []
    return [*own, *sorted(builders())]


def _framework_of(place: Workplace, name: str, system: str) -> str:
    held = frameworks_of(place.scope.system(system))
    if name == NAME:
        return held[0]
    if name in held:
        return name
    known = ", ".join(names_of(place, system))
    raise ConfigError(f"no report {name} for {system}: there is {known}")


def _renderers() -> dict[str, Render]:
    from zicha.reports.docx import render_docx
    from zicha.reports.html import render_html
    from zicha.reports.pdf import render_pdf
    from zicha.reports.xlsx import render_xlsx

    return {"docx": render_docx, "xlsx": render_xlsx, "html": render_html, "pdf": render_pdf}


def _why_no_pdf() -> str:
    from zicha.reports.fonts import HOW_TO_GET_ONE

    return HOW_TO_GET_ONE


class ReportKey(NamedTuple):
    """What tells the reports of one run apart."""

    name: str
    system: str
    lang: Lang
    format: str


def _record(place: Workplace, run: str, path: Path, key: ReportKey, sealed: Sealed) -> None:
    """Remember a report of the data folder; a copy written elsewhere changes no record."""
    entry = ReportRecord(
        run,
        *key,
        path.relative_to(place.data).as_posix(),
        sealed.digest,
        sealed.size,
        place.clock(),
    )
    with place.database.write() as connection:
        reports.record(connection, entry)
        draft = ledgered.of_report(entry, sealed.held)
        ledger.append(connection, [draft], place.clock())


def report_rows(place: Workplace, run: str) -> Sequence[dict[str, Any]]:
    """The reports of a run, as the page and the summary list them."""
    with place.database.read() as connection:
        listed = reports.listed(connection, run)
    return [
        {
            "id": entry.digest.removeprefix("sha256:")[:24],
            "name": entry.name,
            "system": entry.system,
            "lang": entry.lang,
            "format": entry.format,
            "path": str(place.data / entry.path),
            "digest": entry.digest,
        }
        for entry in listed
    ]
