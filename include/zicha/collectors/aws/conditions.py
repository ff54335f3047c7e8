"""Whom the conditions of a statement let through: only a plain yes to a known value is a bound.

A condition that negates, that lets a missing key pass, or that any value fits, bounds nobody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

BOUNDING = frozenset(
    {
        "arnequals",
        "arnlike",
        "ipaddress",
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
    }
)
# Every value, every account, every repository.
ANY = re.compile(r"[*?]*|arn:[^:]*:[^:]*:[^:]*:\*:.*|repo:\*.*")


def named_by(statement: Mapping[str, Any], keys: Collection[str]) -> list[str]:
    """The values of which a caller must have one, for each of these keys (in small letters)."""
    return [value for _, values in _asked(statement, keys) for value in values]


def is_bounded(statement: Mapping[str, Any], keys: Collection[str]) -> bool:
    """Whether a condition on any of these keys (in small letters) names who is let through."""
    return any(
        values and not any(ANY.fullmatch(value) for value in values)
        for _, values in _asked(statement, keys)
    )


def _asked(statement: Mapping[str, Any], keys: Collection[str]) -> list[tuple[str, list[str]]]:
    return [
        (key, [values] if isinstance(values, str) else [str(value) for value in values])
        for operator, asked in (statement.get("Condition") or {}).items()
        if operator.lower().removeprefix("foranyvalue:") in BOUNDING
        for key, values in asked.items()
        if key.lower() in keys
    ]
