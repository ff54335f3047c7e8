"""How the days of a term are counted: calendar days, unless the caller brings others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

Counting = Callable[[date, int], date]
"""The day so many days after another."""


def calendar_days(day: date, number: int) -> date:
    """So many calendar days after."""
    return day + timedelta(days=number)
