"""A drop read against its schema: sound rows, broken ones by line and column, and its count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any
from zoneinfo import ZoneInfo

from zicha.catalog.registers import Register, RegisterColumn, plain_header
from zicha.model.errors import MalformedAnswerError
from zicha.sources.drop_cells import OddCell, cell
from zicha.sources.drop_lines import Line, Told

_HEAD = 12
"""Lines among which the headers are looked for: titles and merged cells may stand above."""
_NAMED = 20
"""Faults that are named; all are counted."""


@dataclass
class Reading:
    """What a drop holds.

    Args:
        rows: one per line, `{line, cells, odd}`; `odd` says why a cell was not read.
        broken: lines with any fault.
        lost: lines whose key was not read or stands twice: they are no rows.
        faults: the first of them, by line and column, without what the cell held.
        left_out: headers that the schema does not know; their cells are not kept.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    broken: int = 0
    lost: int = 0
    faults: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Lines that hold anything, sound or not."""
        return len(self.rows) + self.lost


def read(
    name: str,
    found: Iterator[Line],
    register: Register,
    zone: ZoneInfo,
    pseudonym: Callable[[str], str],
) -> Reading:
    """Every line against the schema.

    Raises:
        MalformedAnswerError: the required headers are not there.
    """
    head = list(islice(found, _HEAD))
    columns, first, left_out = _headers(name, head, register)
    reading = Reading(left_out=left_out)
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in chain(head[first:], found):
        if all(value is None or str(value).strip() == "" for value in cells):
            continue
        row = _row(cells, columns, register.columns, zone, pseudonym)
        row["line"] = number
        odd: Mapping[str, str] = row["odd"]
        faults = [f"{register.columns[c].title.zh}/{c} {why}" for c, why in odd.items()]
        is_lost = any(name in odd for name in register.key)
        if not is_lost:
            key = tuple(row["cells"][name] for name in register.key)
            if earlier := seen.get(key):
                faults.append(f"its key stands in line {earlier} too: keep one")
                is_lost = True
            seen.setdefault(key, number)
        if faults:
            reading.broken += 1
            room = _NAMED - len(reading.faults)
            reading.faults += [f"line {number}: {fault}" for fault in faults][:room]
        if is_lost:
            reading.lost += 1
        else:
            reading.rows.append(row)
    return reading


def _row(
    cells: Sequence[Any],
    columns: Mapping[int, str],
    schema: Mapping[str, RegisterColumn],
    zone: ZoneInfo,
    pseudonym: Callable[[str], str],
) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(schema)
    odd: dict[str, str] = {}
    for position, name in columns.items():
        column = schema[name]
        try:
            said = cell(cells[position] if position < len(cells) else None, column, zone)
        except OddCell as error:
            odd[name] = str(error)
            continue
        found[name] = pseudonym(said) if column.personal and said is not None else said
    return {"cells": found, "odd": odd}


def _headers(
    name: str, head: Sequence[Line], register: Register
) -> tuple[dict[int, str], int, list[str]]:
    """Where each column stands, the first line below the headers, and what was not known."""
    by_header = register.by_header
    needed = {column for column, said in register.columns.items() if said.required}
    best: dict[int, str] = {}
    for n, (_, cells) in enumerate(head):
        below = head[n + 1][1] if n + 1 < len(head) else ()
        for deep, words in ((1, list(cells)), (2, _merged(cells, below))):
            known = [by_header.get(plain_header(str(word or ""))) for word in words]
            columns = {p: column for p, column in enumerate(known) if column}
            if twice := {c for c in known if c and known.count(c) > 1} & needed:
                raise MalformedAnswerError(
                    f"{name}: two headers mean {min(twice)}: keep one of the columns"
                )
            if needed <= set(columns.values()):
                odd = [str(w)[:40] for p, w in enumerate(words) if w and p not in columns]
                return columns, n + deep, odd
            best = max(best, columns, key=len)
    missing = sorted(needed - set(best.values()))
    titles = [f"{register.columns[c].title.zh} ({register.columns[c].title.en})" for c in missing]
    raise MalformedAnswerError(
        f"{name}: no line among the first {_HEAD} has the headers {', '.join(titles)}: add them"
    )


def _merged(above: Sequence[Any], below: Sequence[Any]) -> list[Any]:
    """Two lines of headers as one: what stands below is meant where both say something."""
    width = max(len(above), len(below))
    over, under = ([*cells, *[None] * (width - len(cells))] for cells in (above, below))
    return [b if b not in (None, "") else a for a, b in zip(over, under, strict=True)]


def counted(told: Told) -> int | None:
    """How many rows the drop says that it has; None when it does not say."""
    if told.rows is None:
        return None
    said = str(told.rows).strip()
    if not said.isdecimal():
        raise MalformedAnswerError("its stated count of rows is no number: correct it")
    return int(said)
