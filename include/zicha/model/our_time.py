"""Which years a date may name: a slip of the pen must not become a deadline, or overflow one."""

from __future__ import annotations

from datetime import date

FIRST_YEAR, LAST_YEAR = 1980, 2199
LONGEST = 5
"""Years from the day a notice came to the day it names; more is a slip of the pen."""


def absurd(day: date) -> str:
    """What is wrong with the year of a day or moment; empty where nothing is."""
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return ""
    return f"names the year {day.year:04d}: write one from {FIRST_YEAR} to {LAST_YEAR}"


def absurd_notice(received: date, due: date) -> str:
    """What is wrong with the day that a notice names; empty where nothing is."""
    if due < received:
        return "due lies before received: correct one of them"
    if due.year - received.year > LONGEST:
        return f"due lies more than {LONGEST} years after received: correct one of them"
    return ""
