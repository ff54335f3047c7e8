"""The rows of one register: what every collector of a drop has in common."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from zicha.catalog.registers import Register, registers
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread
from zicha.model.verdict import Reason
from zicha.sources.drop import Drop

_KINDS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_KINDS["datetime"] = datetime


def register_rows(id_: str) -> Collector:
    """The collector of a register, by its schema."""
    register = registers()[id_]
    kinds = {name: _KINDS[column.type] for name, column in register.columns.items()}
    return Collector(
        id=f"drop/{id_}",
        title=register.title,
        # How old a delivery may be is in its schema; this is how long a reading of it stands.
        max_age=timedelta(hours=26),
        permissions=("read the delivered file",),
        lists="read_rows",
        places=(id_,),
        subject=(id_, *register.key),
        subject_type=f"drop/{id_}",
        columns={id_: str, **kinds},
        fetch=fetch,
        tabulate=partial(tabulate, register),
    )


def fetch(drop: Drop) -> Iterator[Reply]:
    """Page after page."""
    yield from drop.read_rows()


def tabulate(register: Register, replies: Replies) -> Iterator[Row]:
    """One row per line; a cell that was not read says why."""
    pages = replies.to("read_rows")
    counts = [(page.body or {})["page"] for page in pages]
    if pages and counts != list(range((pages[0].body or {})["pages"])):
        raise MalformedAnswerError("a page of the drop is missing: collect again")
    for page in pages:
        file = str((page.body or {})["file"])
        for row in page.each("rows"):
            where = f"{file} line {row['line']}"
            cells = {
                name: _cell(row, name, column.type, where)
                for name, column in register.columns.items()
            }
            yield {register.id: page.place[0], **cells}


def _cell(row: Any, name: str, kind: str, where: str) -> Cell:
    if why := row["odd"].get(name):
        return Unread(Reason.MALFORMED, f"{where}: {name} {why}")
    said: Cell = row["cells"][name]
    return datetime.fromisoformat(said) if kind == "datetime" and isinstance(said, str) else said
