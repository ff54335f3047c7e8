"""From what facts and people say to the sections of a document: one for each field of its form.

A builder gives `Part`s by field; `assemble` adds people's answers, says what is still missing and
who must fill it, and puts everything in the order of the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from zicha.catalog.forms import Form, FormColumn, FormField, load_forms
from zicha.catalog.scope_entities import Entity, System
from zicha.model.document import (
    NOTHING,
    Chart,
    Document,
    DocumentSection,
    Filled,
    Grid,
    GridColumn,
)
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts, FieldAnswer

BY_PERSON = Text("须由责任人填写", "to be filled in by the person responsible")
NO_FACTS = Text(
    "没有可用的自查事实：先完成一次自查，或由责任人填写",
    "no inspected facts answer this: finish an inspection first, or have a person fill it in",
)
OPTIONAL = Text("选填项，未填写", "optional, left empty")


@dataclass(frozen=True, slots=True)
class Part:
    """What the facts say to one field; `lacks` says what they leave to a person or a later run.

    `done` is for a field of `filled_by: both` that the facts answer wholly this time.
    """

    sentences: tuple[Text, ...] = ()
    tables: tuple[Grid, ...] = ()
    charts: tuple[Chart, ...] = ()
    lacks: Text = NOTHING
    done: bool = False

    @property
    def says_something(self) -> bool:
        """It holds a sentence, a chart or a table (an empty table says so in its own sentence)."""
        return bool(self.sentences or self.tables or self.charts)


@cache
def form_of(id_: str) -> Form:
    """One form of the catalogue."""
    forms = load_forms()
    if id_ not in forms:
        raise ConfigError(f"no form {id_}: there is {', '.join(sorted(forms))}")
    return forms[id_]


def assemble(
    form: str,
    facts: DocumentFacts,
    parts: Mapping[str, Part],
    *,
    title: Text | None = None,
    cover: Sequence[tuple[Text, str | Text]] = (),
    notes: Sequence[Text] = (),
    inapplicable: Mapping[str, Text] | None = None,
) -> Document:
    """The document of a form.

    Args:
        form: its id.
        facts: run, scope, people's answers and the rest of what stands around the sections.
        parts: what the facts say, by field; a field left out is answered by a person or missing.
        title: the form's own when left out.
        cover: rows between the organisation and the run.
        notes: sentences at the end; the form's own note and grade come first.
        inapplicable: fields that do not apply here, and why; they count as filled.

    Raises:
        ConfigError: an answer to a field or column that the form does not have.
    """
    held = form_of(form)
    known = {field.id for field in held.fields}
    if odd := sorted((set(facts.answers) | set(parts)) - known):
        raise ConfigError(f"{form} has no field {odd[0]}: there is {', '.join(sorted(known))}")
    without = inapplicable or {}
    newest = max(facts.reports.values(), key=lambda r: r.as_of, default=None)
    return Document(
        form=form,
        title=title or held.title,
        of=facts.of,
        unit=unit_of(facts),
        as_of=facts.now,
        sections=tuple(
            _inapplicable(field, without[field.id])
            if field.id in without
            else _section(field, parts.get(field.id, Part()), facts.answers.get(field.id))
            for field in held.fields
        ),
        cover=tuple(cover),
        basis=facts.basis,
        statement=held.statement,
        signatures=held.signatures,
        notes=(*_about(held), *notes),
        day=newest.day if newest else "",
        run=newest.run if newest else "",
        zone=facts.scope.organisation.zone,
        demo=facts.scope.demo,
        estimate=held.estimate,
        tool_version=facts.tool_version,
        catalogue_version=facts.catalogue_version,
        ledger_root=facts.ledger_root,
    )


def systems_of(facts: DocumentFacts) -> tuple[System, ...]:
    """The system that the document is about, or all of the entity's; all for an unknown `of`."""
    named = tuple(s for s in facts.scope.systems if facts.of in {s.id, s.entity})
    return named or facts.scope.systems


def entity_of(facts: DocumentFacts) -> Entity | None:
    """The legal person that answers; None where several would."""
    owners = sorted({system.entity for system in systems_of(facts)} or {facts.of})
    found = [entity for entity in facts.scope.entities if entity.id in owners]
    return found[0] if len(found) == 1 else None


def unit_of(facts: DocumentFacts) -> Text:
    """The name on the cover: the entity's, else the organisation's."""
    entity = entity_of(facts)
    return entity.name if entity else facts.scope.organisation.name


def joined(texts: Sequence[Text]) -> Text:
    """Several names as one text."""
    return Text("、".join(t.zh for t in texts), ", ".join(t.en for t in texts))


def same(words: str) -> Text:
    """A name, number or id that is the same in both languages."""
    return Text(words, words)


def _section(field: FormField, part: Part, answer: FieldAnswer | None) -> DocumentSection:
    answered = _answered(field, answer)
    lacks = [text for text in (part.lacks, answered.lacks) if text.zh]
    state: Filled = "filled"
    needs_person = field.filled_by == "person" or (field.filled_by == "both" and not part.done)
    if not part.says_something and not answered.says_something:
        state = "missing"
        lacks = [*lacks, _asks(field)] if field.filled_by != "facts" else lacks or [NO_FACTS]
    elif needs_person and not answered.says_something:
        state, lacks = "part", [*lacks, _asks(field)]
    elif lacks:
        state = "part"
    return DocumentSection(
        field=field.id,
        title=field.title,
        state=state,
        sentences=(*part.sentences, *answered.sentences),
        tables=(*part.tables, *answered.tables),
        charts=part.charts,
        lacks=Text("；".join(t.zh for t in lacks), "; ".join(t.en for t in lacks)),
    )


def _inapplicable(field: FormField, why: Text) -> DocumentSection:
    said = Text(f"不适用：{why.zh}", f"Not applicable: {why.en}")
    return DocumentSection(field.id, field.title, "filled", (said,))


def _asks(field: FormField) -> Text:
    if not field.required:
        return OPTIONAL
    wanted = field.asks
    if wanted is None and field.columns:
        wanted = joined([column.title for column in field.columns])
    if wanted is None:
        return BY_PERSON
    return Text(f"{BY_PERSON.zh}：{wanted.zh}", f"{BY_PERSON.en}: {wanted.en}")


def _answered(field: FormField, answer: FieldAnswer | None) -> Part:
    """A person's words and rows, signed with name and day."""
    if answer is None or not (answer.rows or (answer.text and answer.text.zh.strip())):
        return Part()
    said = (_signed(answer),)
    if not answer.rows:
        return Part(sentences=said)
    if not field.columns:
        raise ConfigError(f"{field.id} is no table: answer it with text instead of rows")
    table, lacks = _rows(field, answer)
    return Part(sentences=said, tables=(table,), lacks=lacks)


def _signed(answer: FieldAnswer) -> Text:
    text = answer.text or NOTHING
    who = answer.author or "?"
    day = f"{answer.answered_at:%Y-%m-%d}" if answer.answered_at else "?"
    zh, en = f"（填写：{who}，{day}）", f" (answered by {who}, {day})"
    return Text(f"{text.zh.strip()}{zh}", f"{(text.en or text.zh).strip()}{en}".strip())


def _rows(field: FormField, answer: FieldAnswer) -> tuple[Grid, Text]:
    known = {column.id for column in field.columns}
    for row in answer.rows:
        if odd := sorted(set(row) - known):
            raise ConfigError(
                f"{field.id} has no column {odd[0]}: there is {', '.join(sorted(known))}"
            )
    grid = person_table(field, [dict(row) for row in answer.rows])
    gaps = [
        (number, column)
        for number, row in enumerate(answer.rows, 1)
        for column in field.columns
        if column.required and not row.get(column.id, "").strip()
    ]
    return grid, _first_gap(gaps)


def _first_gap(gaps: Sequence[tuple[int, FormColumn]]) -> Text:
    if not gaps:
        return NOTHING
    number, column = gaps[0]
    more_zh = f"，另有 {len(gaps) - 1} 处" if len(gaps) > 1 else ""
    more_en = f", and {len(gaps) - 1} more" if len(gaps) > 1 else ""
    return Text(
        f"第 {number} 行缺“{column.title.zh}”{more_zh}",
        f"row {number} lacks “{column.title.en}”{more_en}",
    )


def person_table(field: FormField, rows: Sequence[dict[str, str | Text]]) -> Grid:
    """A table with the columns that the form gives to a field."""
    return Grid(
        id=field.id,
        title=field.title,
        columns=tuple(GridColumn(column.id, column.title) for column in field.columns),
        rows=tuple(rows),
        empty=BY_PERSON,
    )


def _about(form: Form) -> tuple[Text, ...]:
    graded = {
        "text": Text("表单字段依据法规原文整理。", "The fields follow the text of the instrument."),
        "excerpt": Text(
            "表单字段依据法规原文摘录整理，版式非官方模板。",
            "The fields follow an excerpt of the instrument; the layout is no official template.",
        ),
        "inferred": Text(
            "未见官方模板：字段据公开的检查要点推断，提交前请按当地要求核对。",
            "No official template was seen: the fields are inferred from published heads of"
            " inspection; check them against the local demand before handing in.",
        ),
        "memory": Text(
            "表单字段凭记忆整理，未经核对，提交前请按官方表单核对。",
            "The fields are from memory and unchecked; compare them with the official form before"
            " handing in.",
        ),
    }[form.grade]
    return (graded, form.note) if form.note else (graded,)
