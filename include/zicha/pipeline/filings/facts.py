"""The facts of a filing: sealed ones of the newest judged run, the scope, and people's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from zicha.catalog.duties import Duty, load_duties
from zicha.catalog.forms import Form, load_forms
from zicha.catalog.scope import Scope
from zicha.catalog.scope_entities import System
from zicha.model.errors import ConfigError, MissingEvidenceError
from zicha.model.filing import Filing
from zicha.model.obligation import Obligation
from zicha.model.text import Text
from zicha.pipeline.reports.documents import document_facts
from zicha.pipeline.reports.facts import RunView, view_of
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
    place: Workplace,
    subject: Subject,
    view: RunView | None,
    answered: Mapping[str, Any],
    root: str | None = None,
) -> DocumentFacts:
    """Everything that the document may say, so that it can be built again with the same bytes.

    Its moment is that of the run; `root` is the ledger's root that an earlier draft printed,
    which other people's entries have moved since.
    """
    filing = subject.filing
    moment = view.run.started_at if view else filing.opened_at
    answers = {field: _answer(row, place) for field, row in answered.items()}
    found = document_facts(
        replace(place, clock=lambda: moment),
        subject.duty.id,
        filing.of,
        answers,
        run=view.run.id if view else "",
    )
    # Its own state moves with the filing, and would change the bytes.
    others = (row for row in found.obligations if row["obligation"] != subject.obligation.id)
    root = found.ledger_root if root is None else root
    return replace(found, obligations=tuple(others), ledger_root=root)


def consequence_of(duty: Duty) -> Text:
    """What follows when it is late, as far as the catalogue knows."""
    return duty.sanction.says if duty.sanction else NO_SANCTION


def disputes_of(duty: Duty) -> tuple[Text, ...]:
    """Which reading is followed, for each dispute."""
    return tuple(dispute.followed for dispute in duty.disputes)


def _answer(row: Mapping[str, Any], place: Workplace) -> FieldAnswer:
    said = row["answer"]
    text = said.get("text")
    return FieldAnswer(
        text=Text(text["zh"], text["en"]) if text else None,
        rows=tuple(said.get("rows", ())),
        author=row["actor"],
        answered_at=row["at"].astimezone(place.zone),
    )
