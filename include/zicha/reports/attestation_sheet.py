"""The sheet of what needs a person: written for a system, filled by people, read back whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from zicha.catalog.attestation_kinds import AttestationKind, load_attestation_kinds
from zicha.catalog.frameworks import Framework, Item
from zicha.catalog.scope_entities import System
from zicha.catalog.scope_objects import Object
from zicha.reports.attestation_answers import read_sheet
from zicha.reports.attestation_columns import ABOUT, ANSWERS, COLUMNS, FORM, SHEET
from zicha.reports.safe_text import clean

__all__ = ["read_sheet", "write_template"]

_NOTES = (
    ("每行一项，填写浅色各列；不答的整行留空。", "One item a row: fill the tinted columns."),
    ("“结论”请从下拉表中选择。", "Choose the answer from the list; leave unanswered rows empty."),
    (
        "日期写作 2026-01-31；有效期留空则取该种类的最长期限。",
        "Dates: 2026-01-31. No end: longest.",
    ),
    ("文件放在本表同一目录内；摘要留空时由程序计算。", "Put documents beside this file."),
    ("“仅限对象”以逗号分隔；留空即系统的全部对象。", "Objects by commas; empty means all."),
    ("自查材料，非等级测评结论。", "Self-inspection, not an assessment conclusion."),
)


def write_template(
    framework: Framework,
    system: System,
    out: Path,
    objects: Sequence[Object] = (),
    kinds: Mapping[str, AttestationKind] | None = None,
) -> Path:
    """Write the sheet: one row per item and kind that this system may need a person for.

    `objects` are the system's own; where some are given, an item without any of its types is left
    out, as is the cloud part for a system that runs on none.
    """
    import xlsxwriter

    known = load_attestation_kinds() if kinds is None else kinds
    rows = list(_rows(framework, system, objects, known))
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    # Everything is written as text: a name that begins with = stays a name.
    book = xlsxwriter.Workbook(str(draft), {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": f"{SHEET} {system.id}", "comments": FORM})
    _write_rows(book, rows)
    _write_about(book, framework, system)
    book.close()
    draft.replace(out)
    return out


def _rows(
    framework: Framework,
    system: System,
    objects: Sequence[Object],
    kinds: Mapping[str, AttestationKind],
) -> Iterator[dict[str, str]]:
    for item in framework.items:
        if item.part == "cloud" and not system.cloud:
            continue
        named = [o for o in objects if o.type in item.applies_to]
        if objects and not named:
            continue
        for link in item.attestations:
            yield _row(item, kinds[link.kind], named)


def _row(item: Item, kind: AttestationKind, named: Sequence[Object]) -> dict[str, str]:
    needs = []
    if kind.second_signer:
        needs.append("须另一人复核 second signer")
    if kind.document:
        needs.append("须附文件 document")
    return {
        "item": item.id,
        "ref": item.ref,
        "says": f"{item.says.zh}\n{item.says.en}",
        "kind": kind.id,
        "hand_over": f"{kind.title.zh}：{kind.hand_over.zh}\n{kind.title.en}: {kind.hand_over.en}",
        "needs": "\n".join(needs) or "–",
        "types": "\n".join(f"{o.id} {o.name.zh}" for o in named),
    }


def _write_rows(book: Any, rows: Sequence[Mapping[str, str]]) -> None:
    sheet = book.add_worksheet(SHEET)
    base = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#BFBFBF"}
    heading = book.add_format(base | {"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF"})
    told = book.add_format(base | {"bg_color": "#F2F2F2"})
    filled = book.add_format(base | {"bg_color": "#FFF9E5", "num_format": "@"})
    for n, column in enumerate(COLUMNS):
        sheet.set_column(n, n, column.width)
        sheet.write_string(0, n, column.heading, heading)
    for m, row in enumerate(rows, start=1):
        for n, column in enumerate(COLUMNS):
            if column.fills:
                sheet.write_blank(m, n, None, filled)
            else:
                sheet.write_string(m, n, clean(row[column.key], 2000), told)
    last = max(len(rows), 1)
    answers = [column.key for column in COLUMNS].index("answer")
    choice = {
        "validate": "list",
        "source": list(ANSWERS),
        "error_title": "结论 Answer",
        "error_message": "请从下拉表中选择。 Choose one from the list.",
    }
    sheet.data_validation(1, answers, last, answers, choice)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write_about(book: Any, framework: Framework, system: System) -> None:
    sheet = book.add_worksheet(ABOUT)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    facts = (
        ("form", FORM),
        ("framework", framework.id),
        ("version", framework.version),
        ("system", system.id),
        ("name", f"{system.name.zh}\n{system.name.en}"),
    )
    for n, (key, value) in enumerate(facts):
        sheet.write_string(n, 0, key)
        sheet.write_string(n, 1, clean(value), wrapped)
    for n, (zh, en) in enumerate(_NOTES, start=len(facts) + 1):
        sheet.write_string(n, 1, f"{zh}\n{en}", wrapped)
