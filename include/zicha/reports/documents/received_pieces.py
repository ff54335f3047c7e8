"""Small pieces that the papers of inspections and orders share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from zicha.model.document import NOTHING, Grid, GridColumn
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.sections import same

Row = dict[str, str | Text]
UNKNOWN = Text("未登记", "not entered")
KINDS = {
    "random-check": Text("抽查", "random check"),
    "interview": Text("约谈", "interview"),
    "on-site": Text("现场检查", "on-site inspection"),
    "remote-test": Text("远程检测", "remote test"),
}


def text_of(said: Mapping[str, str] | None, otherwise: Text = UNKNOWN) -> Text:
    """A text as JSON holds it."""
    return Text(said["zh"], said["en"]) if said else otherwise


def or_unknown(words: str | None) -> Text:
    """A name or number, or that nobody entered one."""
    return same(words) if words else UNKNOWN


def when(moment: str | None) -> Text:
    """A moment as people read it, to the minute, in the zone that it was written with."""
    if not moment:
        return UNKNOWN
    return same(f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}")


def digests(sha256: str, sm3: str) -> Text:
    """Both digests, one under the other; SM3 is missing where the machine cannot compute it."""
    other = Text("本机无法计算", "not computed on this machine")
    return Text(
        f"SHA-256 {sha256}\nSM3 {sm3 or other.zh}", f"SHA-256 {sha256}\nSM3 {sm3 or other.en}"
    )


def grid(
    id_: str,
    columns: Iterable[tuple[str, Text, float]],
    rows: Iterable[Row],
    empty: Text,
) -> Grid:
    """A table from tuples; the heading of its section is its title."""
    return Grid(id_, NOTHING, tuple(GridColumn(*each) for each in columns), tuple(rows), empty)


def fields(id_: str, rows: Iterable[tuple[Text, str | Text]]) -> Grid:
    """A table of named values."""
    columns = (("name", Text("项目", "What"), 1.0), ("value", Text("内容", "Value"), 3.0))
    listed: list[Row] = [{"name": name, "value": value} for name, value in rows]
    return grid(id_, columns, listed, UNKNOWN)


def joined(each: Iterable[Any]) -> Text:
    """Ids in a row."""
    listed = [str(one) for one in each]
    return Text("、".join(listed), ", ".join(listed))


def named(facts: DocumentFacts, systems: Iterable[str]) -> Text:
    """Systems by name; the id of one that the scope no longer declares."""
    known = {system.id: system.name for system in facts.scope.systems}
    names = [known.get(id_, Text(id_, id_)) for id_ in systems]
    return Text("、".join(n.zh for n in names), ", ".join(n.en for n in names))
