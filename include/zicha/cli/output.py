"""What a command prints: a table for people, JSON or CSV for scripts, never mixed."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from zicha.reports.safe_text import clean

WIDTH_OF_A_PIPE = 160
FORMULA = frozenset("=+-@＝＋－＠")


class Format(StrEnum):
    """The three shapes of a list."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], shape: Format) -> None:
    """Print rows; JSON keeps every field, the table and CSV show the named columns."""
    if shape is Format.JSON:
        show_json(list(rows))
    elif shape is Format.CSV:
        _show_csv(rows, columns)
    else:
        _show_table(rows, columns)


def show_json(value: object) -> None:
    """One JSON document on standard output, and nothing else there."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def say(line: str) -> None:
    """A sentence for the person, on standard error, so that output stays machine-read."""
    Console(stderr=True, highlight=False).print(Text(clean(line)))


def _flat(value: object) -> str:
    if isinstance(value, Mapping):
        named = value.get("zh") or value.get("en")
        return str(named) if named else json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, list | tuple):
        return ", ".join(_flat(member) for member in value)
    return "" if value is None else str(value)


def _show_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_inert(_flat(row.get(c))) for c in columns] for row in rows)


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (full-width forms included)."""
    said = clean(cell)
    return f"'{said}" if said.lstrip()[:1] in FORMULA else said


def _show_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    table = Table(show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(_flat(row.get(column)))) for column in columns))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_OF_A_PIPE)
    console.print(table)
    say(f"{len(rows)} rows" if rows else "nothing to list")
