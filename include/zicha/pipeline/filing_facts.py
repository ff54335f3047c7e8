"""The facts of a filing: sealed ones of the newest judged run, the scope, and people's answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from zicha.catalog.duties import Duty, load_duties
from zicha.catalog.forms import Form, load_forms
from zicha.catalog.regulators import load_regulators
from zicha.catalog.scope import Scope
from zicha.catalog.scope_entities import System
from zicha.duties.time import ZONE
from zicha.model.document import Basis
from zicha.model.errors import ConfigError, MissingEvidenceError
from zicha.model.filing import Filing
from zicha.model.obligation import Obligation
from zicha.model.text import Text
from zicha.pipeline.covering import frameworks_of
from zicha.pipeline.facts import RunView, facts_of, view_of
from zicha.pipeline.obligations import calendar_rows
from zicha.pipeline.workplace import Workplace
from zicha.reports.documents.facts import DocumentFacts, FieldAnswer

NO_SANCTION = Text(
    "目录中没有载明该义务的处罚；不等于没有后果",
    "the catalogue holds no sanction for this duty, which does not mean that nothing follows",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a filing is about, with its duty, form and obligation."""

    filing: Filing
    duty: Duty
    form: Form
    obligation: Obligation


def duty_of(id_: str) -> Duty:
    """The duty, which may have left the catalogue since."""
    found = load_duties().get(id_)
    if found is None:
        raise ConfigError(f"no duty {id_} is in the catalogue any more: withdraw what answers it")
    return found


def form_of(duty: Duty) -> Form:
    """The form of a duty's document."""
    if duty.form is None:
        raise ConfigError(f"{duty.id} names no form for a document: keep the record it asks for")
    return load_forms()[duty.form]


def systems_of(scope: Scope, of: str) -> list[System]:
    """The system itself, or those of the entity."""
    return [system for system in scope.systems if of in {system.id, system.entity}]


def newest_view(place: Workplace) -> RunView | None:
    """The newest judged run; None before the first."""
    try:
        return view_of(place)
    except MissingEvidenceError:
        return None


def gather(
    place: Workplace, subject: Subject, view: RunView | None, answered: Mapping[str, Any]
) -> DocumentFacts:
    """Everything that the document may say.

    Its moment is that of the run, so that it can be built again with the same bytes.
    """
    filing = subject.filing
    moment = view.run.started_at if view else filing.opened_at
    still = replace(place, clock=lambda: moment)
    reports = {
        (system.id, framework): facts_of(still, view, framework, system.id)
        for system in systems_of(place.scope, filing.of)
        for framework in frameworks_of(system)
        if view is not None
    }
    return DocumentFacts(
        scope=place.scope,
        of=filing.of,
        now=moment.astimezone(place.zone),
        duty=subject.duty,
        basis=(basis_of(subject.duty, subject.obligation.due),),
        reports=reports,
        answers={field: _answer(row, place) for field, row in answered.items()},
        obligations=tuple(_others(place, subject)),
        tool_version=place.version,
        catalogue_version=next((r.catalogue_version for r in reports.values()), ""),
        ledger_root=next((r.ledger_root for r in reports.values()), ""),
    )


def basis_of(duty: Duty, due: datetime | None = None) -> Basis:
    """The duty as a document states it: who asks, by which instrument, how far confirmed."""
    regulators = load_regulators()
    return Basis(
        duty=duty.id,
        title=duty.title,
        authorities=tuple(regulators[a].name for a in duty.authorities if a in regulators),
        instruments=tuple(_instrument(i.name, i.number, i.articles) for i in duty.instruments),
        sources=tuple(source.id for source in duty.sources),
        grade=duty.grade,
        due=due and due.astimezone(ZONE),
        disputes=disputes_of(duty),
    )


def consequence_of(duty: Duty) -> Text:
    """What follows when it is late, as far as the catalogue knows."""
    return duty.sanction.says if duty.sanction else NO_SANCTION


def disputes_of(duty: Duty) -> tuple[Text, ...]:
    """Which reading is followed, for each dispute."""
    return tuple(dispute.followed for dispute in duty.disputes)


def _instrument(name: Text, number: str | None, articles: str | None) -> Text:
    more = " ".join(part for part in (number, articles) if part)
    return Text(
        f"{name.zh}{f'（{more}）' if more else ''}", f"{name.en}{f' ({more})' * bool(more)}"
    )


def _others(place: Workplace, subject: Subject) -> Iterator[dict[str, Any]]:
    """What is owed beside this; its own state moves with the filing and would change the bytes."""
    for row in calendar_rows(place):
        if row["of"] == subject.filing.of and row["obligation"] != subject.obligation.id:
            yield row


def _answer(row: Mapping[str, Any], place: Workplace) -> FieldAnswer:
    said = row["answer"]
    text = said.get("text")
    return FieldAnswer(
        text=Text(text["zh"], text["en"]) if text else None,
        rows=tuple(said.get("rows", ())),
        author=row["actor"],
        answered_at=row["at"].astimezone(place.zone),
    )
