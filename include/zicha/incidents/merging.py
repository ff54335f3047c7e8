"""What is learned later, laid over what was known: it replaces, and nothing known is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zicha.incidents.facts import UNKNOWN_CAUSE

PARTS = ("who", "facts", "report")


def merged(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Both fact sets as one; a later word that says nothing takes no known fact away."""
    found = dict(earlier)
    for key, said in later.items():
        before = found.get(key)
        if key in PARTS and isinstance(before, Mapping) and isinstance(said, Mapping):
            found[key] = _merged_part(before, said)
        elif said is not None:
            found[key] = said
    return found


def _merged_part(before: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: said for name, said in later.items() if _says(said) or name not in before}
    return {**before, **known}


def _says(said: Any) -> bool:
    if isinstance(said, str):
        return bool(said.strip())
    if isinstance(said, list | tuple):
        return UNKNOWN_CAUSE not in said
    return said is not None
