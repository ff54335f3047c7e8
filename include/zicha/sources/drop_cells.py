"""Cells of a drop, read strictly: what is not plainly meant is a fault with a sentence."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from zicha.catalog.registers import RegisterColumn, plain_header

LONGEST = 2000
"""Characters of a cell."""

_TRUE = {"true", "yes", "y", "1", "是", "有", "已", "√"}
_FALSE = {"false", "no", "n", "0", "否", "无", "未", "×"}
_DATE = re.compile(
    r"(?P<y>\d{4})(?:[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?|(?P<md>\d{4}))"
    r"(?:[ T]*(?P<h>\d{1,2})[:时](?P<mi>\d{1,2})(?:[:分](?P<s>\d{1,2})(?:\.\d+)?秒?|分)?)?"
    r"(?P<z>Z|[+-]\d\d:?\d\d)?"
)
_HAN = {**{c: str(n) for n, c in enumerate("零一二三四五六七八九")}, "〇": "0"}
_FULL_WIDTH = {ord("０") + n: str(n) for n in range(10)} | {ord("："): ":", ord("　"): " "}


class OddCell(Exception):  # noqa: N818 - a fault of the drop, collected and counted
    """Why a cell is not what its column holds; never quotes the cell."""


def cell(said: Any, column: RegisterColumn, zone: ZoneInfo) -> Any:
    """The value of a cell as JSON holds it (moments as ISO texts in UTC); None when empty.

    Raises:
        OddCell: it holds something else.
    """
    if isinstance(said, str):
        said = said.strip()
        if len(said) > LONGEST:
            raise OddCell(f"is longer than {LONGEST} characters: shorten it")
        if said.startswith("="):
            raise OddCell("is a formula: write its value")
    if said is None or said == "":
        if column.required:
            raise OddCell("is empty: fill it in")
        return None
    return _READERS[column.type](said, column, zone)


def _text(said: Any, column: RegisterColumn, zone: ZoneInfo) -> str:  # noqa: ARG001 - as its like
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        raise OddCell("is no text: write words")
    # A spreadsheet makes 1001.0 of the number 1001.
    text = str(int(said)) if isinstance(said, float) and said.is_integer() else str(said)
    if any(ord(c) < ord(" ") and c not in "\n\t" for c in text):
        raise OddCell("holds control characters: type it anew")
    if not column.values:
        return text
    wanted = plain_header(text)
    for word, others in column.values.items():
        if wanted in {plain_header(each) for each in (word, *others)}:
            return word
    raise OddCell(f"is none of {', '.join(column.values)}: write one of them")


def _whole(said: Any, column: RegisterColumn, zone: ZoneInfo) -> int:
    found = _number(said, column, zone)
    if not found.is_integer():
        raise OddCell("is no whole number: write digits")
    return int(found)


def _number(said: Any, column: RegisterColumn, zone: ZoneInfo) -> float:  # noqa: ARG001
    if isinstance(said, bool):
        raise OddCell("is no number: write digits")
    if isinstance(said, int | float) and abs(said) < 2**53:
        return float(said)
    text = str(said).translate(_FULL_WIDTH).replace(",", "").replace("，", "")
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text):
        raise OddCell("is no number: write digits")
    return float(text)


def _truth(said: Any, column: RegisterColumn, zone: ZoneInfo) -> bool:  # noqa: ARG001
    word = str(said).strip().casefold()
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise OddCell("says neither yes nor no: write 是 or 否, true or false")


def _moment(said: Any, column: RegisterColumn, zone: ZoneInfo) -> str:
    if isinstance(said, date) and not isinstance(said, datetime):
        said = said.isoformat()
    if isinstance(said, datetime):
        is_day = said.time() == time.min and said.tzinfo is None
        return _in_utc(said, column, zone, is_day=is_day)
    found = _DATE.fullmatch(_digits(str(said)))
    if found is None:
        raise OddCell("is no date: write 2026-01-31 or 2026年1月31日")
    parts = found.groupdict()
    month, day = (parts["md"][:2], parts["md"][2:]) if parts["md"] else (parts["m"], parts["d"])
    try:
        moment = datetime(  # noqa: DTZ001 - the zone comes after
            int(parts["y"]), int(month), int(day),
            int(parts["h"] or 0), int(parts["mi"] or 0), int(parts["s"] or 0),
        )  # fmt: skip
        if offset := parts["z"]:
            named = datetime.fromisoformat(f"2000-01-01T00:00:00{offset}")
            moment = moment.replace(tzinfo=named.tzinfo)
    except ValueError as error:
        raise OddCell("is no day of the calendar: correct it") from error
    return _in_utc(moment, column, zone, is_day=parts["h"] is None)


def _in_utc(moment: datetime, column: RegisterColumn, zone: ZoneInfo, *, is_day: bool) -> str:
    if is_day and column.ends_day:
        moment = datetime.combine(moment.date(), time(23, 59, 59))
    if not 1990 <= moment.year <= 2200:  # noqa: PLR2004 - 1900-01-00 is a spreadsheet's nothing
        raise OddCell("lies outside 1990 to 2200: correct it")
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).isoformat()


def _digits(said: str) -> str:
    """Chinese and wide digits as plain ones: 二〇二六年十一月二十二日."""
    text = said.translate(_FULL_WIDTH).strip()
    text = re.sub(
        r"([二三])?十([一二三四五六七八九])?",
        lambda m: f"{_HAN[m[1]] if m[1] else 1}{_HAN[m[2]] if m[2] else 0}",
        text,
    )
    return "".join(_HAN.get(c, c) for c in text)


_READERS = {"str": _text, "int": _whole, "float": _number, "bool": _truth, "datetime": _moment}
