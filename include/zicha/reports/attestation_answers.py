"""A filled sheet, read whole: every mistake is named by its row, or every answer is returned."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from zicha.catalog.attestation_kinds import AttestationKind, load_attestation_kinds
from zicha.catalog.frameworks import Framework, load_frameworks
from zicha.catalog.scope import Scope
from zicha.catalog.scope_answers import Attestation, months_after
from zicha.catalog.yaml_files import in_one_sentence
from zicha.model.errors import ConfigError
from zicha.reports.attestation_columns import ABOUT, ANSWERS, COLUMNS, FORM, HEADING_ROW, SHEET

_LARGEST = 20_000_000
_LARGEST_UNPACKED = 200_000_000
_MOST_ROWS = 5000
_DECLARATIONS = tuple(
    word.encode(code)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for code in ("utf-8", "utf-16-le", "utf-16-be")
)
_FILLED = tuple(column.key for column in COLUMNS if column.fills)


class _Mistake(Exception):  # noqa: N818 - collected, never seen outside
    """What is wrong with one row."""


def read_sheet(
    path: Path,
    scope: Scope,
    frameworks: Mapping[str, Framework] | None = None,
    kinds: Mapping[str, AttestationKind] | None = None,
) -> list[Attestation]:
    """Every answer of a filled sheet; one refusal that names every wrong row, if any is wrong."""
    about, rows = _cells(path)
    frameworks = load_frameworks() if frameworks is None else frameworks
    framework = frameworks.get(about.get("framework", ""))
    if framework is None:
        raise ConfigError(f"{path}: its framework {about.get('framework')!r} is not known here")
    system = scope.system(about.get("system", "")).id
    reader = _Reader(
        path,
        system,
        {object_.id for object_ in scope.objects_in(system)},
        framework,
        load_attestation_kinds() if kinds is None else kinds,
    )
    read: dict[str, Attestation] = {}
    mistakes: list[str] = []
    for number, row in rows:
        try:
            found = reader.attestation(row)
            if found.id in read:
                raise _Mistake("item, kind and objects stand twice: keep one row")  # noqa: TRY301
            read[found.id] = found
        except _Mistake as mistake:
            mistakes.append(f"row {number}: {mistake}")
    if mistakes:
        raise ConfigError(f"{path}: nothing was loaded: {'; '.join(mistakes)}")
    return list(read.values())


@dataclass(frozen=True)
class _Reader:
    path: Path
    system: str
    objects: set[str]
    framework: Framework
    kinds: Mapping[str, AttestationKind]

    def attestation(self, row: Mapping[str, Any]) -> Attestation:
        kind = self._kind(row)
        answer = ANSWERS.get(_text(row, "answer"))
        if answer is None:
            raise _Mistake(f"answer is {_text(row, 'answer')!r}: choose one from the list")
        objects = tuple(sorted({o for o in re.split(r"[,，、\s]+", _text(row, "objects")) if o}))
        if odd := [name for name in objects if name not in self.objects]:
            raise _Mistake(f"objects: {odd[0]} is not an object of {self.system}")
        dated = _day(row, "dated")
        until = _day(row, "valid_until", months_after(dated, kind.valid_months))
        if until > months_after(dated, kind.valid_months):
            raise _Mistake(f"valid_until is later than {kind.valid_months} months after dated")
        document = _text(row, "document")
        item = _text(row, "item")
        try:
            found = Attestation(
                id=_id(self.system, item, kind.id, objects),
                kind=kind.id,
                system=self.system,
                items=(item,),
                objects=objects,
                answer=answer,
                statement=_text(row, "statement"),
                author=_text(row, "author"),
                second_signer=_text(row, "second_signer"),
                dated=dated,
                valid_until=until,
                document=document,
                digest=self._digest(document, _text(row, "digest")),
            )
        except ValidationError as error:
            raise _Mistake(in_one_sentence(error)) from error
        if kind.second_signer and not found.is_countersigned:
            raise _Mistake("second_signer must name someone other than the author")
        if kind.document and answer == "holds" and not document:
            raise _Mistake("document is missing: name the file beside this sheet")
        return found

    def _kind(self, row: Mapping[str, Any]) -> AttestationKind:
        item, kind = _text(row, "item"), _text(row, "kind")
        linked = {
            link.kind: one.id
            for one in self.framework.items
            if one.id == item
            for link in one.attestations
        }
        if kind not in linked or kind not in self.kinds:
            raise _Mistake(f"item {item[:60]!r} takes no {kind[:60]!r}: leave these columns alone")
        return self.kinds[kind]

    def _digest(self, document: str, told: str) -> str | None:
        if not document:
            if told:
                raise _Mistake("digest is given without a document")
            return None
        folder = self.path.resolve().parent
        file = (folder / document).resolve()
        if not file.is_relative_to(folder) or not file.is_file():
            raise _Mistake(f"document {document[:80]!r} is not a file beside this sheet")
        with file.open("rb") as opened:
            found = f"sha256:{hashlib.file_digest(opened, 'sha256').hexdigest()}"
        if told and told != found:
            raise _Mistake("digest is not that of the document: leave it empty or correct it")
        return found


def _cells(path: Path) -> tuple[dict[str, str], list[tuple[int, dict[str, Any]]]]:
    import openpyxl

    check_package(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True)
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path}: cannot be read as a sheet: save it as .xlsx") from error
    try:
        if SHEET not in book.sheetnames or ABOUT not in book.sheetnames:
            raise ConfigError(f"{path}: {SHEET} or {ABOUT} is missing: start from a new template")
        about = {
            str(key): str(value)
            for key, value in book[ABOUT].iter_rows(max_row=10, max_col=2, values_only=True)
            if key and value
        }
        if about.get("form") != FORM:
            raise ConfigError(f"{path}: not a form of this version: start from a new template")
        return about, list(_filled_rows(path, book[SHEET]))
    finally:
        book.close()


def _filled_rows(path: Path, sheet: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = sheet.iter_rows(max_row=_MOST_ROWS + 1, max_col=len(COLUMNS), values_only=True)
    for number, values in enumerate(rows, start=1):
        if number == HEADING_ROW:
            if [str(value or "") for value in values] != [c.heading for c in COLUMNS]:
                raise ConfigError(f"{path}: the headings were changed: start from a new template")
            continue
        padded = (*values, *[None] * (len(COLUMNS) - len(values)))
        row = {column.key: value for column, value in zip(COLUMNS, padded, strict=True)}
        if any(str(row[key] or "").strip() for key in _FILLED):
            if number > _MOST_ROWS:
                raise ConfigError(f"{path}: more than {_MOST_ROWS} rows: split it")
            yield number, row


def check_package(path: Path) -> None:
    """A sheet comes from elsewhere: refuse what would blow up before it is parsed."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError(f"{path}: larger than {_LARGEST // 1_000_000} MB: split it")
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if sum(part.file_size for part in parts) > _LARGEST_UNPACKED:
                raise ConfigError(f"{path}: unpacks to too much: split it")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and _declares(package, part):
                    raise ConfigError(f"{path}: holds an XML declaration that is not read here")
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist: correct the path") from error
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ConfigError(f"{path}: cannot be read as a sheet: save it as .xlsx") from error


def _declares(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with package.open(part) as opened:
        tail = b""
        while piece := opened.read(1 << 20):
            window = tail + piece
            if any(word in window for word in _DECLARATIONS):
                return True
            tail = window[-32:]
    return False


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row[key]
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    said = str(value).strip()
    if said.startswith("=") and key in _FILLED:
        raise _Mistake(f"{key} is a formula: write the text itself")
    return said


def _day(row: Mapping[str, Any], key: str, otherwise: date | None = None) -> date:
    said = _text(row, key)
    if not said and otherwise is not None:
        return otherwise
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise _Mistake(f"{key} is {said[:30]!r}: write a date like 2026-01-31") from error


def _id(system: str, item: str, kind: str, objects: tuple[str, ...]) -> str:
    said = "-".join((system, item, kind, *objects)).lower()
    return re.sub(r"[^a-z0-9]+", "-", said).strip("-")
