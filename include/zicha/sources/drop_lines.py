"""The lines of a drop: CSV, XLSX or JSON, told apart by name, streamed, bounded."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zicha.model.errors import MalformedAnswerError

LARGEST_UNPACKED = 400_000_000
"""Bytes that a workbook may unpack to."""
_STEEPEST = 300
_SMALL = 10_000_000
_MOST_PARTS = 2000
_MOST_LINES = 1_000_000
_MOST_CELLS = 300
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_TRAILER = re.compile(r"#\s*(rows|as_of)\s*[=:：]\s*(\S+)", re.IGNORECASE)

Line = tuple[int, Sequence[Any]]
"""The number of a line as people see it, and its cells."""

FORMULA = "="


@dataclass
class Told:
    """What the drop says of itself: how many rows it has, and of which moment it is."""

    rows: str | int | None = None
    as_of: str | None = None
    notes: list[str] = field(default_factory=list)


def lines(name: str, said: bytes, told: Told) -> Iterator[Line]:
    """Every line with its cells; what the drop says of itself goes to `told`.

    Raises:
        MalformedAnswerError: it is no such file, or larger than we read.
    """
    ending = name.rpartition(".")[2].lower()
    readers = {"csv": _csv, "txt": _csv, "tsv": _csv, "xlsx": _xlsx, "json": _json}
    if said[:4] == _OLD_WORKBOOK:
        raise MalformedAnswerError(
            f"{name} is an old or a protected workbook: save it as .xlsx without a password"
        )
    if ending not in readers:
        raise MalformedAnswerError(f"{name} is no .csv, .xlsx or .json: save it as one of them")
    for number, cells in readers[ending](name, said, told):
        if number > _MOST_LINES:
            raise MalformedAnswerError(f"{name} has more than {_MOST_LINES} lines: split it")
        if len(cells) > _MOST_CELLS and any(c not in (None, "") for c in cells[_MOST_CELLS:]):
            raise MalformedAnswerError(f"{name} has more than {_MOST_CELLS} columns: cut them")
        if not _is_told(cells, told):
            yield number, cells[:_MOST_CELLS]


def _is_told(cells: Sequence[Any], told: Told) -> bool:
    first = str(cells[0]).strip() if cells and cells[0] is not None else ""
    if not first.startswith("#"):
        return False
    # Both `#rows=12` and `#rows,12`.
    after = str(cells[1]) if len(cells) > 1 and cells[1] not in (None, "") else ""
    found = _TRAILER.fullmatch(first if re.search("[=:：]", first) else f"{first}={after}")
    if found is None:
        return False
    if found[1].lower() == "rows":
        told.rows = found[2]
    else:
        told.as_of = found[2]
    return True


def decoded(name: str, said: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, or GB18030; nothing is guessed away."""
    is_wide = said[:2] in {b"\xff\xfe", b"\xfe\xff"}
    codes = ["utf-16"] if is_wide else ["utf-8-sig", "gb18030"]
    for code in codes:
        try:
            text = said.decode(code)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise MalformedAnswerError(f"{name} is neither UTF-8 nor GB18030 text: save it as UTF-8")


def _csv(name: str, said: bytes, told: Told) -> Iterator[Line]:  # noqa: ARG001 - as its like
    text = decoded(name, said)
    head = text[:20_000].splitlines()[:20]
    counted = {mark: sum(line.count(mark) for line in head) for mark in ",\t;"}
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(counted, key=lambda m: counted[m]), strict=True
    )
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise MalformedAnswerError(
            f"{name}, line {reader.line_num}: not CSV ({error}): correct its quotes"
        ) from error


def _xlsx(name: str, said: bytes, told: Told) -> Iterator[Line]:  # noqa: ARG001 - as its like
    _look_inside(name, said)
    import openpyxl

    try:
        # With formulas, not what they last gave: a formula is a fault, and is never an empty cell.
        book = openpyxl.load_workbook(io.BytesIO(said), read_only=True, data_only=False)
    except Exception as error:
        raise MalformedAnswerError(
            f"{name} is no workbook that can be read ({type(error).__name__}): save it anew"
        ) from error
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, [_plain(value) for value in row]
    except MalformedAnswerError:
        raise
    except Exception as error:
        raise MalformedAnswerError(
            f"{name}: its first sheet cannot be read ({type(error).__name__}): save it anew"
        ) from error
    finally:
        book.close()


def _plain(value: Any) -> Any:
    # An array formula is an object of its own.
    known = value is None or type(value) in {str, int, float, bool}
    return value if known or hasattr(value, "isoformat") else FORMULA


def _look_inside(name: str, said: bytes) -> None:
    """Refuse what unpacks to more than we hold, and declarations that a workbook never has."""
    try:
        with zipfile.ZipFile(io.BytesIO(said)) as packed:
            parts = packed.infolist()
            whole = sum(part.file_size for part in parts)
            if len(parts) > _MOST_PARTS or whole > LARGEST_UNPACKED:
                raise MalformedAnswerError(f"{name} unpacks to more than we read: split it")
            if whole > _SMALL and whole > _STEEPEST * max(len(said), 1):
                raise MalformedAnswerError(
                    f"{name} unpacks to {whole // max(len(said), 1)} times its size: save it anew"
                )
            for part in parts:
                with packed.open(part) as opened:
                    head = opened.read(4096).replace(b"\0", b"").upper()
                if any(word in head for word in _DECLARATIONS):
                    raise MalformedAnswerError(f"{name} holds declarations: save it anew")
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise MalformedAnswerError(
            f"{name} is no workbook, or is cut ({type(error).__name__}): save it anew as .xlsx"
        ) from error


def _json(name: str, said: bytes, told: Told) -> Iterator[Line]:
    try:
        whole = json.loads(decoded(name, said))
    except (ValueError, RecursionError) as error:
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise MalformedAnswerError(f"{name}{where}: not JSON: deliver it anew") from error
    if isinstance(whole, Mapping):
        told.rows, told.as_of = whole.get("total"), whole.get("as_of")
        whole = whole.get("rows")
    if not isinstance(whole, list) or not all(isinstance(row, Mapping) for row in whole):
        raise MalformedAnswerError(f"{name} holds no list of rows: write [{{…}}] or {{rows: […]}}")
    names = list(dict.fromkeys(str(key) for row in whole for key in row))
    yield 0, names
    for number, row in enumerate(whole, 1):
        yield number, [row.get(key) for key in names]
