"""A document for a reader outside the pipeline, as plain values: renderers lay it out.

It follows a form (`include/catalog/report_forms/`): one section per field, also
where nothing is known: a field that is left out looks like one that was answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from zicha.model.text import Text

Filled = Literal["filled", "part", "missing"]
"""The field is answered; only a part of it is, and `lacks` says what is not; nothing is known."""

ChartKind = Literal["bars", "stacked", "line"]
Tone = Literal["plain", "good", "warning", "bad", "unknown"]

NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class GridColumn:
    """One column: its id in the rows, its title, its width relative to the others."""

    id: str
    title: Text
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; without rows the sentence `empty` stands there. A cell is text or a `Text`."""

    id: str
    title: Text
    columns: tuple[GridColumn, ...]
    rows: tuple[dict[str, str | Text], ...]
    empty: Text
    note: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one kind of bar; `None` is a period that was not measured, never a nought."""

    title: Text
    values: tuple[float | None, ...]
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of numbers: the labels along the axis, the series over them, the unit."""

    id: str
    title: Text
    kind: ChartKind
    labels: tuple[Text, ...]
    series: tuple[Series, ...]
    unit: Text = NOTHING


@dataclass(frozen=True, slots=True)
class DocumentSection:
    """The answer to one field of the form."""

    field: str
    title: Text
    state: Filled
    sentences: tuple[Text, ...] = ()
    tables: tuple[Grid, ...] = ()
    charts: tuple[Chart, ...] = ()
    lacks: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Basis:
    """The duty a document answers: who asks, by which instrument, how far that is confirmed."""

    duty: str
    title: Text
    authorities: tuple[Text, ...]
    instruments: tuple[Text, ...]
    sources: tuple[str, ...]
    grade: str
    due: datetime | None = None
    disputes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document, in both languages; `of` is the system or entity that it is about.

    `estimate` prints 自查预估，非等级测评结论 on every page; `demo` prints 演示数据; `brief`
    leaves out the pages of the cover and of the contents, for a paper of a page or two.
    """

    form: str
    title: Text
    of: str
    unit: Text
    as_of: datetime
    sections: tuple[DocumentSection, ...]
    cover: tuple[tuple[Text, str | Text], ...] = ()
    basis: tuple[Basis, ...] = ()
    statement: tuple[Text, ...] = ()
    signatures: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    day: str = ""
    run: str = ""
    zone: str = "Asia/Shanghai"
    demo: bool = False
    estimate: bool = False
    brief: bool = False
    tool_version: str = ""
    catalogue_version: str = ""
    ledger_root: str = ""

    def missing(self) -> tuple[str, ...]:
        """The fields of the form that nothing answers."""
        return tuple(section.field for section in self.sections if section.state == "missing")
