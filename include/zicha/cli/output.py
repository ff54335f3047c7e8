"""What a command prints: a table for people, JSON or CSV for scripts, never mixed."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from zicha.reports.safe_text import clean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WIDTH_OF_A_PIPE = 160
WIDTH_OF_A_COLUMN = 20
SHORT = 24
FORMULA = frozenset("=+-@＝＋－＠")
LONGEST_CELL = 32_000
"""Characters that a spreadsheet takes in one cell."""
BESIDE = 3
"""Columns of the screen that a border and its spaces take, for each column of a table."""


class Format(StrEnum):
    """The three shapes of a list."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Shape = Annotated[Format, typer.Option("--format", help="table, json or csv")]


def show_rows(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    shape: Format,
    *,
    every: Sequence[str] = (),
    counted: bool = True,
) -> None:
    """Print rows: JSON keeps every field, a table shows `columns`, CSV `every` (else `columns`)."""
    if shape is Format.JSON:
        show_json(list(rows))
    elif shape is Format.CSV:
        _show_csv(rows, every or columns)
    else:
        _show_table(rows, columns)
        if counted:
            say(_counted(len(rows)))


def show_fields(fields: Mapping[str, Any], shape: Format) -> None:
    """Print one thing: JSON as it is, else a line per field."""
    if shape is Format.JSON:
        show_json(fields)
        return
    rows = [{"what": key, "value": value} for key, value in fields.items()]
    show_rows(rows, ["what", "value"], shape, counted=False)


def show_json(value: object) -> None:
    """One JSON document on standard output, and nothing else there."""
    text = json.dumps(value, ensure_ascii=not _is_utf8(sys.stdout), indent=2, default=_plain)
    _write(text + "\n")


def prepare_streams() -> None:
    """Let no screen break a command: not one without our letters, nor one that is closed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # It takes the number that is free: no file of ours is then written to as the screen.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, os.fdopen(nowhere, "w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _is_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "utf-8").lower().replace("-", "") == "utf8"


def say(line: str) -> None:
    """A sentence for the person, on standard error, so that output stays machine-read."""
    with _no_reader_is_no_error(2):
        sys.stderr.write(clean(line, 4000) + "\n")
        sys.stderr.flush()


def _plain(value: object) -> str:
    """Moments as RFC 3339 writes them; a path or an id as its text."""
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _counted(rows: int) -> str:
    if not rows:
        return "nothing to list"
    return "1 row" if rows == 1 else f"{rows} rows"


class _no_reader_is_no_error:  # noqa: N801 - reads as a statement
    """Whoever reads may leave (`| head`): the rest goes nowhere, and that is no failure."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> bool:
        if kind is None or not issubclass(kind, BrokenPipeError):
            return False
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._descriptor)
        os.close(nowhere)
        return True


def _write(text: str) -> None:
    with _no_reader_is_no_error(1):
        sys.stdout.write(text)
        sys.stdout.flush()


def _flat(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        for name in ("zh", "id", "kind"):
            if name in value:
                return str(value[name])
        return json.dumps(value, ensure_ascii=False, default=_plain)
    if isinstance(value, list | tuple):
        return ", ".join(_flat(member) for member in value)
    return "" if value is None else _plain(value)


def _show_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_inert(_flat(row.get(c))) for c in columns] for row in rows)
    _write(sheet.getvalue())


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (full-width forms included)."""
    said = clean(cell, LONGEST_CELL)
    return f"'{said}" if said.lstrip()[:1] in FORMULA else said


def _show_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=WIDTH_OF_A_PIPE)
    cells = [[Text(clean(_flat(row.get(column)))) for column in columns] for row in rows]
    # A cell of several lines is measured by its longest; a heading counts as a cell.
    widest = [
        max(cell.cell_len for cell in column)
        for column in zip([Text(name) for name in columns], *cells, strict=True)
    ]
    needed = sum(min(width, WIDTH_OF_A_COLUMN) + BESIDE for width in widest)
    with console.capture() as captured:
        if needed <= console.width:
            _print_table(console, cells, columns)
        else:
            _print_stacked(console, cells, columns, widest)
    _write(captured.get())


def _print_table(console: Console, cells: Sequence[Sequence[Text]], columns: Sequence[str]) -> None:
    from rich.table import Table

    table = Table(show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in cells:
        table.add_row(*row)
    console.print(table)


def _print_stacked(
    console: Console,
    cells: Sequence[Sequence[Text]],
    columns: Sequence[str],
    widest: Sequence[int],
) -> None:
    """What is too wide for the screen: the short cells on a line, the long ones below it."""
    from rich.padding import Padding
    from rich.text import Text

    short = [n for n, width in enumerate(widest) if width <= SHORT]
    console.print(Text("  ".join(columns[n] for n in short), style="dim"))
    for row in cells:
        console.print(Text("  ").join(row[n] for n in short if row[n]), style="bold")
        for n, cell in enumerate(row):
            if n not in short and cell:
                console.print(Padding(Text.assemble(f"{columns[n]}: ", cell), (0, 0, 0, 4)))
