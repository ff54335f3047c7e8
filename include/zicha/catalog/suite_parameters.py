"""What stands under `with:` in a suite: which parameters, and of what kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from zicha.catalog.vocabulary import READS, Form, unsafe_regex

MOMENTS = ("days_before_run", "days_after_run")
LIMITS = ("min_value", "max_value", "value")


def is_threshold(value: Any) -> bool:
    """Whether a parameter takes its value from a threshold."""
    return isinstance(value, dict) and value.keys() == {"threshold"}


def is_days(value: Any) -> bool:
    """Whether a parameter is a moment, so many days before or after the run."""
    return isinstance(value, dict) and len(value) == 1 and value.keys() <= set(MOMENTS)


def days_of(value: dict[str, Any]) -> Any:
    """How many days: a number or a threshold."""
    (said,) = value.values()
    return said


def odd_parameters(form: Form, given: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the parameters of an expectation."""
    if "mostly" in given:
        yield "mostly is refused: every row counts"
    if missing := [name for name in form.needs if name not in given]:
        yield f"with.{missing[0]} is missing: add it"
    if odd := sorted(given.keys() - {*form.needs, *form.takes}):
        yield f"with.{odd[0]} is not a parameter here: remove it"
    if "min_value" in form.takes and not given.keys() & {"min_value", "max_value"}:
        yield "with has no min_value and no max_value: add one"
    for name, value in given.items():
        problem = _column(value) if name in READS else _CHECKS[name](value)
        if problem:
            yield f"with.{name} {problem}"
        if is_days(value) and form.values != "bounds":
            yield f"with.{name}: {next(iter(value))} suits moments only"
    if given.get("column_A", 1) == given.get("column_B", 2):
        yield "compares a column with itself"


def _column(value: Any) -> str:
    return "" if isinstance(value, str) and value else "must name a column"


def _members(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return "must be a list that is not empty"
    if any(type(member) not in {str, int, bool} for member in value):
        return "holds texts, whole numbers, true and false only"
    return "mixes types" if len({type(member) for member in value}) > 1 else ""


def _pairs(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return "must be a list that is not empty"
    is_pair = (isinstance(pair, list) and len(pair) == len(("A", "B")) for pair in value)
    return "" if all(is_pair) else "holds lists of two"


def _regex(value: Any) -> str:
    if not isinstance(value, str):
        return "must be a text"
    return unsafe_regex(value)


def _regexes(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return "must be a list that is not empty"
    return next((f"holds {each}, which {why}" for each in value if (why := _regex(each))), "")


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _choice(value: Any) -> str:
    return "" if value in {"any", "all"} else "must be any or all"


def _limit(value: Any) -> str:
    if is_days(value):
        value = days_of(value)
    if is_threshold(value) and isinstance(value["threshold"], str):
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ""
    return "must be a number, {threshold: …}, {days_before_run: …} or {days_after_run: …}"


def _unknown(_: Any) -> str:
    return "is not known"


class _Checks(dict[str, Callable[[Any], str]]):
    def __missing__(self, name: str) -> Callable[[Any], str]:
        return _unknown


_CHECKS = _Checks(
    {
        "value_set": _members,
        "value_pairs_set": _pairs,
        "regex": _regex,
        "regex_list": _regexes,
        "strict_min": _flag,
        "strict_max": _flag,
        "or_equal": _flag,
        "match_on": _choice,
        **dict.fromkeys(LIMITS, _limit),
    }
)
