"""Whom a duty binds, and why; what the scope does not say is undetermined, never a silent no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from zicha.catalog.conditions import Condition, Fact, load_facts
from zicha.catalog.duties import Duty
from zicha.catalog.scope import Scope
from zicha.duties.facts import FactSheet, Range, Value
from zicha.model.text import Text

Binds = Literal["yes", "no", "undetermined"]
Truth = bool | None


@dataclass(frozen=True, slots=True)
class Binding:
    """Whether a duty binds a system, the facts that say so, and those still to declare."""

    binds: Binds
    because: Text
    declare: tuple[str, ...] = ()


class Sheet(Protocol):
    """Facts that can be asked one by one; None is "not said"."""

    def value(self, name: str) -> Value | Range | None:
        """The fact."""

    def fact(self, name: str) -> Fact:
        """What it is called, and where it is declared."""


@dataclass(frozen=True, slots=True)
class Answer:
    """True, false or unknown; why; and which facts are missing."""

    truth: Truth
    says: tuple[Text, ...]
    missing: tuple[str, ...] = ()


def explain(
    duty: Duty, scope: Scope, system: str, known: Mapping[str, Fact] | None = None
) -> Binding:
    """Whether the duty binds this system or the entity that runs it."""
    sheet = FactSheet(scope, system, load_facts() if known is None else known)
    found = ask(duty.binds, sheet)
    says = joined(found.says)
    if found.truth is None:
        return Binding("undetermined", says, found.missing)
    if found.truth and duty.binds_also is not None:
        note = Text(
            f"{says.zh}；另须符合：{duty.binds_also.zh}", f"{says.en}; {duty.binds_also.en}"
        )
        return Binding("yes", note)
    return Binding("yes" if found.truth else "no", says)


def holds(
    condition: Condition, scope: Scope, system: str, known: Mapping[str, Fact] | None = None
) -> bool:
    """Whether a condition may hold: what is not known counts as holding, to be on the safe side."""
    sheet = FactSheet(scope, system, load_facts() if known is None else known)
    return ask(condition, sheet).truth is not False


def joined(says: Iterable[Text]) -> Text:
    """Several reasons as one."""
    listed = list(dict.fromkeys(says))
    return Text("；".join(said.zh for said in listed), "; ".join(said.en for said in listed))


def ask(condition: Condition, sheet: Sheet) -> Answer:
    """What a condition comes to over these facts, in the three values."""
    if condition.field:
        return _test(condition, sheet)
    if condition.none_of:
        inner = ask(condition.none_of, sheet)
        return Answer(None if inner.truth is None else not inner.truth, inner.says, inner.missing)
    parts = [ask(part, sheet) for part in condition.all or condition.any]
    decisive = not condition.all
    # A false part decides `all`, a true one `any`; else an unknown part keeps it open.
    deciding = [part for part in parts if part.truth is decisive]
    unknown = [part for part in parts if part.truth is None]
    kept = deciding or unknown or parts
    truth: Truth = decisive if deciding else None if unknown else not decisive
    says = tuple(said for part in kept for said in part.says)
    missing = tuple(name for part in kept for name in part.missing)
    return Answer(truth, says, missing)


def _test(condition: Condition, sheet: Sheet) -> Answer:
    name = condition.field or ""
    value, fact = sheet.value(name), sheet.fact(name)
    truth = None if value is None else _holds(condition, value)
    if truth is None:
        shown = f"（{_shown(value).zh}）" if value is not None else ""
        zh = f"未定：缺少“{fact.title.zh}”{shown}，{fact.declared.zh}"
        en = f"not known: {fact.title.en}; {fact.declared.en}"
        return Answer(None, (Text(zh, en),), (name,))
    matching = isinstance(value, frozenset) and value & set(condition.members)
    shown_value, asked = _shown(matching or value), "" if matching else _asked(condition)
    zh = f"{fact.title.zh}：{shown_value.zh}{asked}"
    return Answer(truth, (Text(zh, f"{fact.title.en}: {shown_value.en}{asked}"),))


def _holds(condition: Condition, value: Value | Range) -> Truth:
    if isinstance(value, frozenset):
        return bool(value & set(condition.members))
    if isinstance(value, bool):
        return value is condition.equals
    span = value if isinstance(value, Range) else Range(value, value)
    if condition.equals is not None:
        if span.low != span.high:
            return None if _between(condition.equals, span) else False
        return span.low == condition.equals
    if condition.at_least is not None:
        return _reaches(span, condition.at_least)
    above = _reaches(span, (condition.at_most or 0) + 1)
    return None if above is None else not above


def _between(number: int, span: Range) -> bool:
    return span.low <= number and (span.high is None or number <= span.high)


def _reaches(span: Range, bound: int) -> Truth:
    if span.low >= bound:
        return True
    return None if span.high is None or span.high >= bound else False


def _asked(condition: Condition) -> str:
    if condition.members:
        return f" (∌ {', '.join(condition.members)})"
    if condition.at_least is not None:
        return f" (≥ {condition.at_least})"
    if condition.at_most is not None:
        return f" (≤ {condition.at_most})"
    return "" if isinstance(condition.equals, bool) else f" (= {condition.equals})"


def _shown(value: Value | Range | None) -> Text:
    if isinstance(value, bool):
        return Text("是" if value else "否", "yes" if value else "no")
    if isinstance(value, Range):
        high = "…" if value.high is None else str(value.high)
        said = str(value.low) if high == str(value.low) else f"{value.low}–{high}"
        return Text(said, said)
    if isinstance(value, frozenset):
        said = ", ".join(sorted(value))
        return Text(said or "无", said or "none")
    return Text(str(value), str(value))
