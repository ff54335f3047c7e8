"""The sheet of findings, XLSX or CSV: told columns, and columns for what shall be done."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from zicha.model.errors import ConfigError
from zicha.reports.attestation_answers import check_package
from zicha.reports.safe_text import clean
from zicha.reports.sheet_pages import A3

SHEET = "findings"
TOLD = (
    *("id", "state", "severity", "risk", "systems", "source", "subject", "expectation"),
    *("fault", "remedy", "observed", "opened", "due", "owner", "treatment", "residual"),
)
FILLED = (
    *("do", "because", "new_owner", "new_due", "until"),
    *("new_treatment", "new_residual", "new_review_on"),
)
COLUMNS = (*TOLD, *FILLED)
FORMULA = frozenset("=+-@＝＋－＠'")
LONGEST = 32_000
_WIDTHS = {
    "subject": 34,
    "expectation": 34,
    "fault": 36,
    "remedy": 46,
    "observed": 30,
    "because": 36,
}
LARGEST = 20_000_000
MOST_ROWS = 20_000


def write_rows(out: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write the sheet; every cell is text, and none is a formula.

    Raises:
        ConfigError: the name ends in neither .xlsx nor .csv.
    """
    ending = out.suffix.lower()
    if ending not in {".xlsx", ".csv"} or out.is_dir():
        raise ConfigError(f"--out {out} is no .xlsx or .csv file: give its name that ending")
    cells = [_cells(row) for row in rows]
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    if ending == ".csv":
        draft.write_bytes(_csv(cells))
    else:
        _xlsx(draft, cells)
    draft.replace(out)
    return out


def read_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows that ask for something (`do` is filled), with their number in the sheet.

    Raises:
        ConfigError: it is no such sheet, or a column is missing, unknown or written twice.
    """
    if not path.is_file():
        raise ConfigError(f"{path} is not a file: name the filled sheet")
    if path.stat().st_size > LARGEST:
        raise ConfigError(f"{path.name} is larger than {LARGEST} bytes: split it")
    is_csv = path.suffix.lower() == ".csv"
    lines = iter(_read_csv(path) if is_csv else _read_xlsx(path))
    heading = [str(cell).strip() for cell in next(lines, [])]
    while heading and not heading[-1]:
        heading.pop()
    for name in ("id", *FILLED):
        if heading.count(name) != 1:
            raise ConfigError(f"{path.name} has the column {name} {heading.count(name)} times: "
                              "give it once, as the export wrote it")  # fmt: skip
    if odd := [name for name in heading if name not in COLUMNS]:
        raise ConfigError(f"{path.name} has a column {odd[0]!r} that is not known: remove it")
    return list(_asking(path, heading, lines))


def _asking(
    path: Path, heading: Sequence[str], lines: Iterator[Sequence[str]]
) -> Iterator[tuple[int, dict[str, str]]]:
    for number, cells in enumerate(lines, start=2):
        if number > MOST_ROWS:
            raise ConfigError(f"{path.name} has more than {MOST_ROWS} rows: split it")
        row = dict.fromkeys(COLUMNS, "") | dict(zip(heading, cells, strict=False))
        if any(row[name] for name in FILLED) and not row["do"]:
            raise ConfigError(f"{path.name}, row {number}: do is empty: say what shall be done")
        if row["do"]:
            yield number, row


def _cells(row: Mapping[str, Any]) -> list[str]:
    flat = dict(row) | {
        "fault": _both(row["because"]),
        "remedy": _both(row["remedy"]),
        "owner": _both(row["owner_name"]),
        "systems": ", ".join(row["systems"]),
        "because": "",
        "until": "",
    }
    return [_said(flat.get(name)) for name in COLUMNS]


def _both(text: Mapping[str, str] | None) -> str:
    """Both languages, a line each; what is the same in both once."""
    return "\n".join(dict.fromkeys((text or {}).values()))


def _said(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return clean(str(value), LONGEST)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    # The mark tells spreadsheets that it is UTF-8.
    return b"\xef\xbb\xbf" + sheet.getvalue().encode("utf-8")


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.lstrip()[:1] in FORMULA and cell.strip() else cell


def _read_csv(path: Path) -> Iterator[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name} is not UTF-8: save it as CSV UTF-8") from error
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            yield [_unguarded(clean(cell, LONGEST)).strip() for cell in row]
    except csv.Error as error:
        raise ConfigError(f"{path.name} is no CSV ({error}): export it anew") from error


def _read_xlsx(path: Path) -> Iterator[list[str]]:
    import openpyxl

    check_package(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True)
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path}: cannot be read as a sheet: save it as .xlsx") from error
    try:
        if SHEET not in book.sheetnames:
            raise ConfigError(f"{path.name} has no sheet {SHEET}: start from a new export")
        most = {"max_row": MOST_ROWS + 1, "max_col": len(COLUMNS) + 8}
        for row in book[SHEET].iter_rows(**most, values_only=True):
            yield [_cell(value) for value in row]
    finally:
        book.close()


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else clean(str(value), LONGEST).strip()


def _unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].lstrip()[:1] in FORMULA else cell


def _xlsx(path: Path, rows: Sequence[Sequence[str]]) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet(SHEET)
    heading = book.add_format({"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF"})
    filled = book.add_format({"bg_color": "#FFF9E5", "num_format": "@", "text_wrap": True})
    told = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for n, name in enumerate(COLUMNS):
        sheet.set_column(n, n, _WIDTHS.get(name, 16), None)
        sheet.write_string(0, n, name, heading)
    for m, row in enumerate(rows, start=1):
        for n, cell in enumerate(row):
            sheet.write_string(m, n, cell, filled if n >= len(TOLD) else told)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(A3)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(COLUMNS) - 1)
    book.close()
