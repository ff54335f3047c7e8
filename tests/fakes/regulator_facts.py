"""What documents for a regulator are built from: the example scope, a judged run, people's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fakes.report_facts import report_facts
from zicha.catalog.forms import load_forms
from zicha.catalog.scope import Scope, load_scope
from zicha.catalog.scope_entities import System
from zicha.model.document import Document, DocumentSection
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts, FieldAnswer

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


@cache
def example_scope() -> Scope:
    """The scope that comes with the product."""
    return load_scope(Path(__file__).parents[2] / "include" / "scope" / "example")


def with_system(scope: Scope, id_: str, **changed: object) -> Scope:
    """The scope with some fields of one system changed, or taken back by None."""
    systems = []
    for each in scope.systems:
        held = each.model_dump(exclude_unset=True)
        held |= {name: value for name, value in changed.items() if value is not None}
        for name in [name for name, value in changed.items() if value is None]:
            held.pop(name, None)
        systems.append(System.model_validate(held, strict=False) if each.id == id_ else each)
    return scope.model_copy(update={"systems": tuple(systems)})


def answer(*rows: Mapping[str, str], text: Text | None = None) -> FieldAnswer:
    """A person's answer."""
    return FieldAnswer(text, rows, "林某", NOW)


def judged() -> dict[tuple[str, str], Any]:
    """A self-inspection of both systems of the example."""
    return {
        ("billing", "mlps-l3"): report_facts(6),
        ("portal", "mlps-l2"): replace(report_facts(2), system_id="portal"),
    }


def facts_for(form: str, **given: Any) -> DocumentFacts:
    """The facts of one document about the billing system, or about its legal person."""
    of = "billing" if form.startswith("mlps-") else "yunqiao"
    held: dict[str, Any] = {"scope": example_scope(), "of": of, "now": NOW} | given
    return DocumentFacts(**held)


def all_answered(form: str, said: str = "已核实") -> dict[str, FieldAnswer]:
    """An answer to every field of a form that a person has a part in."""
    return {
        field.id: answer({column.id: said for column in field.columns})
        if field.columns
        else answer(text=Text(said, said))
        for field in load_forms()[form].fields
        if field.filled_by != "facts"
    }


def section(document: Document, field: str) -> DocumentSection:
    """One section."""
    return next(each for each in document.sections if each.field == field)


def texts(found: Any) -> Iterator[Text]:
    """Every text of a document, wherever it stands; an empty pair stands for nothing."""
    if isinstance(found, Text):
        if found != Text("", ""):
            yield found
    elif isinstance(found, Mapping):
        for value in found.values():
            yield from texts(value)
    elif isinstance(found, tuple | list):
        for value in found:
            yield from texts(value)
    elif is_dataclass(found):
        for each in fields(found):
            yield from texts(getattr(found, each.name))


def words(found: Any) -> str:
    """Everything that a document or a part of it says, in both languages."""
    plain: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, str):
            plain.append(value)
        elif isinstance(value, Mapping):
            for each in value.values():
                walk(each)
        elif isinstance(value, tuple | list):
            for each in value:
                walk(each)
        elif is_dataclass(value):
            for each in fields(value):
                walk(getattr(value, each.name))

    walk(found)
    return "\n".join(plain)
