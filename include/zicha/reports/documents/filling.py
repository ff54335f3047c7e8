"""A document from its form: what the facts say and what people answered, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

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
from zicha.reports.documents.grids import pairs
from zicha.reports.facts import ReportFacts
from zicha.reports.safe_text import clean

WIDEST = 6
LONGEST = 20_000
MISSING = Text("缺", "missing")
NOT_LARGE = Text(
    "不适用：已声明不是大型网络平台。", "Not applicable: declared to be no large platform."
)
MAYBE_LARGE = Text(
    "未说明是否大型网络平台：请在 duties.yaml 中声明 large_platform",
    "not said whether this is a large platform: declare large_platform in duties.yaml",
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the facts say to one field; `lacks` is what they cannot say.

    `by_people` says that a person's own words stand in it already, recorded elsewhere.
    """

    sentences: tuple[Text, ...] = ()
    tables: tuple[Grid, ...] = ()
    charts: tuple[Chart, ...] = ()
    lacks: Text = NOTHING
    by_people: bool = False

    def __bool__(self) -> bool:
        return bool(self.sentences or self.tables or self.charts)


@cache
def form_of(id_: str) -> Form:
    """One form of the catalogue."""
    return load_forms()[id_]


def entity_of(facts: DocumentFacts) -> Entity:
    """The legal person that the document is about, or whose system it is about."""
    found = next((each for each in facts.scope.entities if each.id == facts.of), None)
    return found or facts.scope.entity(system_of(facts).entity)


def system_of(facts: DocumentFacts) -> System:
    """The system that the document is about."""
    return facts.scope.system(facts.of)


def systems_of(facts: DocumentFacts) -> tuple[System, ...]:
    """The system that the document is about, or every system of its entity."""
    entity = entity_of(facts)
    mine = tuple(each for each in facts.scope.systems if each.entity == entity.id)
    return mine if facts.of == entity.id else (system_of(facts),)


def report_of(facts: DocumentFacts, system: str) -> ReportFacts | None:
    """The newest self-inspection of a system under classified protection, else any other."""
    mine = {key[1]: found for key, found in facts.reports.items() if key[0] == system}
    under = sorted(mine, key=lambda framework: (not framework.startswith("mlps-"), framework))
    return mine[under[0]] if under else None


def filled(
    form_id: str,
    facts: DocumentFacts,
    known: Mapping[str, Known],
    *,
    cover: Sequence[tuple[Text, str | Text]] = (),
    notes: Sequence[Text] = (),
) -> Document:
    """The document of a form: one section per field, what is missing named."""
    form, entity = form_of(form_id), entity_of(facts)
    if odd := known.keys() - {each.id for each in form.fields}:
        raise ConfigError(f"{form_id} has no field {min(odd)}: correct its builder")
    told = [found for each in systems_of(facts) if (found := report_of(facts, each.id))]
    newest = max(told, key=lambda found: found.as_of, default=None)
    return Document(
        form=form_id,
        title=form.title,
        of=facts.of,
        unit=entity.name,
        as_of=facts.now,
        sections=tuple(_section(each, facts, known.get(each.id, Known())) for each in form.fields),
        cover=tuple(cover),
        basis=facts.basis,
        statement=form.statement,
        signatures=form.signatures,
        notes=(*((form.note,) if form.note else ()), *notes),
        day=newest.day if newest else "",
        run=newest.run if newest else "",
        zone=facts.scope.organisation.zone,
        demo=facts.scope.demo,
        estimate=form.estimate,
        tool_version=facts.tool_version,
        catalogue_version=facts.catalogue_version,
        ledger_root=facts.ledger_root,
    )


def _section(field: FormField, facts: DocumentFacts, known: Known) -> DocumentSection:
    if field.only == "large_platform":
        said = facts.scope.duties.fact(entity_of(facts).id, "large_platform")
        if said is not None and said.value is False:
            return DocumentSection(field.id, field.title, "filled", (NOT_LARGE,))
        if said is None and field.id not in facts.answers:
            return DocumentSection(field.id, field.title, "missing", lacks=MAYBE_LARGE)
    asks = field.filled_by != "facts" and not known.by_people
    answer = facts.answers.get(field.id) if asks else None
    sentences, tables, wrong = _answered(field, answer, facts) if answer else ((), (), NOTHING)
    has_answer = bool(sentences or tables)
    lacks = [known.lacks, wrong]
    if asks and not has_answer and (field.required or not known):
        lacks.append(_asked(field))
    told = [each for each in lacks if each != NOTHING]
    some = has_answer or bool(known and (field.filled_by != "person" or known.by_people))
    state: Filled = "part" if told and some else "filled" if some else "missing"
    return DocumentSection(
        field.id,
        field.title,
        state,
        (*known.sentences, *sentences),
        (*known.tables, *tables),
        known.charts,
        _joined(told) if told else NOTHING if some else _asked(field),
    )


def _asked(field: FormField) -> Text:
    optional = "" if field.required else "（可不填）", "" if field.required else " (optional)"
    if field.filled_by == "facts":
        return Text("未取得依据，无法填写", "there is no fact to fill it from")
    if field.asks is None:
        return Text(
            f"待填写{optional[0]}，由责任人填写", f"to be filled in by a person{optional[1]}"
        )
    return Text(
        f"待填写{optional[0]}，由责任人：{field.asks.zh}",
        f"to be filled in{optional[1]}, by a person: {field.asks.en}",
    )


def _answered(
    field: FormField, answer: FieldAnswer, facts: DocumentFacts
) -> tuple[tuple[Text, ...], tuple[Grid, ...], Text]:
    """A person's answer as sentences and a table, and what it leaves out."""
    said = answer.text
    words = (
        Text(clean(said.zh, LONGEST).strip(), clean(said.en, LONGEST).strip()) if said else NOTHING
    )
    sentences = (words,) if words.zh else ()
    if not answer.rows or not field.columns:
        return (*sentences, *_author(answer, facts, bool(sentences))), (), NOTHING
    author = _author(answer, facts, True)
    return (*sentences, *author), _tables(field, answer), _gaps(field, answer)


def _tables(field: FormField, answer: FieldAnswer) -> tuple[Grid, ...]:
    """The rows as one table; more columns than a page holds make a sheet of each row."""
    rows = [{c.id: _given(c, row.get(c.id, "")) for c in field.columns} for row in answer.rows]
    if len(field.columns) > WIDEST:
        return tuple(
            pairs(
                f"{field.id}_{n}",
                Text(f"{field.title.zh}，第{n}张", f"{field.title.en}, sheet {n}"),
                [(column.title, row[column.id]) for column in field.columns],
            )
            for n, row in enumerate(rows, 1)
        )
    columns = tuple(GridColumn(column.id, column.title) for column in field.columns)
    title = Text("填报内容", "As stated")
    return (Grid(f"{field.id}_answer", title, columns, tuple(rows), MISSING),)


def _given(column: FormColumn, said: str) -> str | Text:
    said = clean(said, LONGEST).strip()
    return said or (MISSING if column.required else Text("—", "—"))


def _gaps(field: FormField, answer: FieldAnswer) -> Text:
    wanted = [column for column in field.columns if column.required]
    empty = {
        (n, column.id): column.title
        for n, row in enumerate(answer.rows, 1)
        for column in wanted
        if not row.get(column.id, "").strip()
    }
    if not empty:
        return NOTHING
    return Text(
        "第" + "、".join(f"{n}行“{title.zh}”" for (n, _), title in empty.items()) + "未填",
        "not filled in: " + ", ".join(f"row {n} {t.en}" for (n, _), t in empty.items()),
    )


def _author(answer: FieldAnswer, facts: DocumentFacts, given: bool) -> tuple[Text, ...]:
    if not given or not answer.author:
        return ()
    at = answer.answered_at
    day = f"{at.astimezone(ZoneInfo(facts.scope.organisation.zone)):%Y-%m-%d}" if at else ""
    author = clean(answer.author)
    return (
        Text(
            f"填报人：{author}" + (f"，{day}" if day else ""),
            f"stated by {author}" + (f" on {day}" if day else ""),
        ),
    )


def _joined(texts: Sequence[Text]) -> Text:
    return Text("；".join(t.zh for t in texts), "; ".join(t.en for t in texts))
