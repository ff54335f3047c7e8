"""What a person must answer in a filing: a sheet written out, filled, and read back whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field

from zicha.catalog.forms import Form, FormField
from zicha.catalog.shapes import Slug, Strict
from zicha.catalog.yaml_files import load_yaml, parse_model
from zicha.custody.store import digest_of
from zicha.filings.life import step
from zicha.model.errors import ConfigError
from zicha.model.filing import FilingAct
from zicha.pipeline.filings.use_cases import entered, happened, subject_of
from zicha.pipeline.filings.view import filing_document
from zicha.pipeline.workplace import Workplace
from zicha.reports.safe_text import clean
from zicha.storage import filings as stored

LONGEST = 20_000
"""Characters of one answer; a document holds more only by mistake."""
LARGEST = 2_000_000
MOST_ROWS = 2_000
HEAD = """\
# 报送材料填写表：只填需要人工填写的项；留空表示未填，不会被当作“无”。双语填写，中文在前。
# What a person must answer. What stays empty is unanswered, never “none”. Both languages, please.
"""
Cell = str | int | float | bool | None


class _Words(Strict):
    zh: Annotated[str, Field(max_length=LONGEST)] | None = None
    en: Annotated[str, Field(max_length=LONGEST)] | None = None
    rows: Annotated[tuple[dict[str, Cell], ...], Field(max_length=MOST_ROWS)] = ()


class AnswerFile(Strict):
    """The whole sheet."""

    filing: Slug
    form: Slug
    answers: dict[str, _Words]


def asked_of(form: Form) -> list[FormField]:
    """The fields that a person has a part in."""
    return [field for field in form.fields if field.filled_by != "facts"]


def answer_template(place: Workplace, id_: str, out: Path) -> Path:
    """Write the sheet, with what was answered before; an existing file is not overwritten."""
    with place.database.read() as connection:
        subject = subject_of(connection, id_)
        known = stored.standing_answers(connection, id_)
    if out.exists():
        raise ConfigError(f"{out} exists already: name another file, somebody may have filled it")
    asked = asked_of(subject.form)
    if not asked:
        raise ConfigError(f"{subject.form.id} asks nothing of a person: build it")
    lines = [HEAD, _dumped({"filing": id_, "form": subject.form.id}), "answers:\n"]
    for field in asked:
        lines += _comments(field)
        lines.append(_indented(_dumped({field.id: _blank(field, known.get(field.id))})))
    try:
        out.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {out} ({error.strerror}): name another file") from error
    return out


def fill_filing(place: Workplace, id_: str, path: Path, actor: str) -> dict[str, Any]:
    """Take in a filled sheet: all of it or nothing; the same sheet again changes nothing."""
    if path.is_file() and path.stat().st_size > LARGEST:
        raise ConfigError(f"{path} is larger than {LARGEST} bytes: answers are words, not files")
    sheet = parse_model(load_yaml(path), AnswerFile, str(path))
    with place.database.read() as connection:
        subject = subject_of(connection, id_)
    if (sheet.filing, sheet.form) != (id_, subject.form.id):
        raise ConfigError(
            f"{path}: it is of {sheet.filing} ({sheet.form}), not of {id_} "
            f"({subject.form.id}): name the right file or filing"
        )
    answers = _checked(sheet, subject.form, path)
    digest, now = digest_of(path.read_bytes()), place.clock()
    with place.database.write() as connection:
        filing = stored.get(connection, id_)
        known = stored.standing_answers(connection, id_)
        fresh = {f: a for f, a in answers.items() if f not in known or known[f]["answer"] != a}
        taken = step(filing, FilingAct.ANSWER, now, actor, ", ".join(fresh))
        for field, answer in fresh.items():
            row = stored.append(
                connection,
                "answer",
                filing=id_,
                field=field,
                answer=answer,
                file=digest,
                at=now,
                actor=actor,
            )
            entered(connection, "answer", row)
        if fresh:
            happened(connection, taken)
    return filing_document(place, id_)


def _checked(sheet: AnswerFile, form: Form, path: Path) -> dict[str, dict[str, Any]]:
    asked = {field.id: field for field in asked_of(form)}
    every = {field.id for field in form.fields}
    found: dict[str, dict[str, Any]] = {}
    for id_, words in sheet.answers.items():
        where = f"{path}: answers.{id_}"
        if id_ not in asked:
            why = "is answered by the facts" if id_ in every else "is no field of the form"
            raise ConfigError(f"{where} {why}: remove it")
        answer = _answer(asked[id_], words, where)
        if answer:
            found[id_] = answer
    if not found:
        raise ConfigError(f"{path} answers nothing: fill at least one field")
    return found


def _answer(field: FormField, words: _Words, where: str) -> dict[str, Any]:
    if field.columns:
        if words.zh or words.en:
            raise ConfigError(f"{where} is a table: give rows, not zh and en")
        rows = [_row(field, row, f"{where}.rows[{n}]") for n, row in enumerate(words.rows)]
        kept = [row for row in rows if row]
        return {"rows": kept} if kept else {}
    if words.rows:
        raise ConfigError(f"{where} takes words, not rows: give zh and en")
    zh, en = (clean(said or "", LONGEST).strip() for said in (words.zh, words.en))
    if not zh and not en:
        return {}
    if not zh:
        raise ConfigError(f"{where}.zh is empty: the Chinese text is the one that is handed in")
    return {"text": {"zh": zh, "en": en}}


def _row(field: FormField, row: dict[str, Cell], where: str) -> dict[str, str]:
    columns = {column.id: column for column in field.columns}
    if odd := next((name for name in row if name not in columns), None):
        raise ConfigError(f"{where}.{odd} is no column: there is {', '.join(columns)}")
    cells = {name: _cell(cell) for name, cell in row.items()}
    cells = {name: cell for name, cell in cells.items() if cell}
    if not cells:
        return {}
    lacking = next((c.id for c in field.columns if c.required and c.id not in cells), None)
    if lacking:
        raise ConfigError(f"{where}.{lacking} is empty: fill it or remove the row")
    return cells


def _cell(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "是 yes" if cell else "否 no"
    return "" if cell is None else clean(str(cell), LONGEST).strip()


def _comments(field: FormField) -> list[str]:
    must = "必填 required" if field.required else "选填 optional"
    lines = [f"  # {field.title.zh} / {field.title.en}（{must}）\n"]
    if field.asks:
        lines.append(f"  # {field.asks.zh} / {field.asks.en}\n")
    for column in field.columns:
        mark = "" if column.required else "（选填 optional）"
        lines.append(f"  #   {column.id}: {column.title.zh} / {column.title.en}{mark}\n")
    return lines


def _blank(field: FormField, known: dict[str, Any] | None) -> dict[str, Any]:
    if field.columns:
        empty = [{column.id: "" for column in field.columns}]
        return {"rows": known["answer"].get("rows", empty) if known else empty}
    said = known["answer"].get("text") if known else None
    return dict(said) if said else {"zh": "", "en": ""}


def _dumped(what: dict[str, Any]) -> str:
    return yaml.safe_dump(what, allow_unicode=True, sort_keys=False, width=1000)


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())
