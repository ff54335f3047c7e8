"""The rows of a database server's answer, or why there are none: shared by its collectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from zicha.catalog.roots import catalog_dir
from zicha.catalog.yaml_files import load_yaml
from zicha.model.evidence import Answer, Gap, Reply, Unread
from zicha.model.verdict import Reason

Fields = Mapping[str, Any]


def rows_of(said: Reply) -> list[Fields] | Unread:
    """Every row; unread for a gap, a cut, another shape."""
    if isinstance(said, Gap):
        return Unread(said.reason, said.remedy, said.permission)
    if said.cut:
        return Unread(said.cut, said.remedy, said.permission)
    rows = None if said.body is None else said.body.get("rows")
    if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
        return Unread(Reason.MALFORMED, f"{said.call} {said.about}: the answer holds no rows")
    return list(rows)


def only_row(said: Reply) -> Fields | Unread:
    """The one row of a question that always has one."""
    rows = rows_of(said)
    if isinstance(rows, Unread):
        return rows
    if len(rows) != 1:
        return Unread(Reason.MALFORMED, f"{said.call} {said.about}: {len(rows)} rows, not one")
    return rows[0]


def field(row: Fields | Unread, name: str) -> Any:
    """One field of a row; unread with its row, malformed where it is missing."""
    if isinstance(row, Unread):
        return row
    return row[name] if name in row else Unread(Reason.MALFORMED, f"a row has no {name}")


def moment(epoch: Any) -> Any:
    """Seconds since 1970 as a moment; a null stays one, and what was unread stays so."""
    if epoch is None or isinstance(epoch, Unread):
        return epoch
    try:
        return datetime.fromtimestamp(float(epoch), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return Unread(Reason.MALFORMED, "a moment is out of any calendar")


def answered(first: Reply, second: Reply) -> Reply:
    """The first that is an answer; where neither is, the first one's gap: it names the remedy."""
    return second if isinstance(second, Answer) and isinstance(first, Gap) else first


def support_end(product: str, version: str) -> datetime | Unread:
    """When the makers end support of this version; unread where the catalogue does not know it."""
    for name, ends in _versions(product):
        if version == name or version.startswith(f"{name}."):
            return ends
    remedy = f"{product} {version[:40]} is not in include/catalog/database_versions.yaml: add it"
    return Unread(Reason.NOT_COLLECTED, remedy)


@cache
def _versions(product: str) -> tuple[tuple[str, datetime], ...]:
    found = load_yaml(catalog_dir() / "database_versions.yaml")["versions"]
    return tuple(
        (each["version"], datetime.fromisoformat(f"{each['support_ends']}T23:59:59+00:00"))
        for each in found
        if each["product"] == product
    )
