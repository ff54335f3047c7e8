"""One thing that `doctor` looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what to do when it falls short."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
