"""What a row decides by itself, before the engine is asked: nothing read, nothing to judge."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zicha.catalog.suites import Expectation
from zicha.model.evidence import Row, Unread
from zicha.model.verdict import FAIL, Reason, Status, Verdict, unknown

NOT_MEANT = Verdict(Status.NOT_APPLICABLE, "only-if")
NOTHING_THERE = Verdict(Status.NOT_APPLICABLE, "null")
_LARGEST = 2**63

_ODD_LETTER = "\N{REPLACEMENT CHARACTER}"
_SHOWN = 80
_SHOWN_IN_ALL = 240


@dataclass(frozen=True, slots=True)
class Settled:
    """A verdict, and for an unknown what to do about it."""

    verdict: Verdict
    remedy: str = ""
    permission: str = ""


def settle(expectation: Expectation, row: Row, columns: Mapping[str, type]) -> Settled | None:
    """The verdict, if the row alone decides it; None when the engine has to be asked."""
    conditions = {name: _read(row, name, columns) for name in expectation.only_if}
    for name, said in conditions.items():
        if not isinstance(said, Unread) and not _is_among(said, expectation.only_if[name]):
            return Settled(NOT_MEANT)
    cells = [_read(row, name, columns) for name in expectation.reads]
    if expectation.form.values == "regexes":
        cells = [_one_line(said) for said in cells]
    for said in (*conditions.values(), *cells):
        if isinstance(said, Unread):
            return Settled(unknown(said.reason), said.remedy, said.permission)
    if any(said is None for said in cells):
        return Settled(NOTHING_THERE if expectation.nulls == "skip" else FAIL)
    return None


def observed(expectation: Expectation, row: Row) -> str:
    """The cells that the expectation read, as short text."""
    names = dict.fromkeys((*expectation.only_if, *expectation.reads))
    return shortened(", ".join(f"{name}={shown(row.get(name))}" for name in names))


def shown(said: Any) -> str:
    """One cell as short text."""
    if isinstance(said, Unread):
        return f"({said.reason.value})"
    text = said.isoformat() if isinstance(said, datetime) else str(said)
    if not text.isprintable():
        text = "".join(each if each.isprintable() else _ODD_LETTER for each in text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def shortened(text: str) -> str:
    """No longer than a line of a report can hold."""
    return text if len(text) <= _SHOWN_IN_ALL else f"{text[: _SHOWN_IN_ALL - 1]}…"


def _is_among(said: Any, values: tuple[Any, ...]) -> bool:
    # 1 is True to Python: compare types too.
    return any(type(said) is type(value) and said == value for value in values)


def _read(row: Row, name: str, columns: Mapping[str, type]) -> Any:
    """The cell, or why it cannot be judged: the engine would skip, stringify or choke on it."""
    if name not in row:
        return Unread(Reason.MALFORMED, f"the row has no {name}")
    said, kind = row[name], columns.get(name, str)
    if said is None or isinstance(said, Unread):
        return said
    if _is_sound(said, kind):
        return said
    return Unread(Reason.MALFORMED, f"{name} holds no {kind.__name__} that can be compared")


def _one_line(said: Any) -> Any:
    # `$` also stands before a last line break: `^v1$` would pass the text "v1" and a line break.
    if isinstance(said, str) and said.endswith("\n"):
        return Unread(Reason.MALFORMED, "ends in a line break, which a pattern cannot see")
    return said


def _is_sound(said: Any, kind: Any) -> bool:
    if kind is datetime:
        return isinstance(said, datetime) and said.tzinfo is not None
    if type(said) is not kind:
        return False
    if kind is float:
        return not math.isnan(said)
    if kind is int:
        return bool(-_LARGEST <= said < _LARGEST)
    return kind is not str or _is_text(said)


def _is_text(said: str) -> bool:
    try:
        said.encode()
    except UnicodeEncodeError:
        return False
    return True
