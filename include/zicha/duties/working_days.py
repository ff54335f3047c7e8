"""Chinese working days: counted over sourced tables, and called provisional beyond them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property

from zicha.catalog.calendars import SATURDAY, YearTable, load_calendars

DAY = timedelta(days=1)
UNSETTLED_DAYS = 7
"""Next year's notice moves days at the end of this year (29 and 31 December 2018 were moved so)."""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A day that was counted to, and whether every day on the way is settled."""

    day: date
    provisional: bool


class WorkingDays:
    """Which days people work, as far as the notices of the State Council say."""

    def __init__(self, tables: Mapping[int, YearTable]) -> None:
        """Hold the tables by year."""
        self._tables = dict(tables)

    @cached_property
    def _special(self) -> dict[date, bool]:
        listed = (each for table in self._tables.values() for each in table.days)
        return {each.day: each.kind == "work" for each in listed}

    @property
    def first_unsourced_year(self) -> int:
        """The year after the last one that has a table."""
        return max(self._tables) + 1

    def is_working(self, day: date) -> bool:
        """Whether people work; beyond the tables, what the weekday says."""
        return self._special.get(day, day.weekday() < SATURDAY)

    def is_settled(self, day: date) -> bool:
        """Whether a published notice says so, and no later one can still change it."""
        if day.year not in self._tables:
            return False
        last = date(day.year, 12, 31)
        return day.year + 1 in self._tables or (last - day).days >= UNSETTLED_DAYS

    def count(self, start: date, number: int) -> Reckoned:
        """The day so many working days after `start`, or before it; `start` is not counted."""
        step = DAY if number > 0 else -DAY
        day, left, settled = start, abs(number), True
        while left:
            day += step
            settled = settled and self.is_settled(day)
            left -= self.is_working(day)
        return Reckoned(day, not settled)

    def next_working(self, day: date) -> Reckoned:
        """The day itself when people work on it, else the next such day."""
        settled = self.is_settled(day)
        while not self.is_working(day):
            day += DAY
            settled = settled and self.is_settled(day)
        return Reckoned(day, not settled)

    def lacking(self, today: date) -> int | None:
        """The year whose table should be loaded by now and is not (next year's from November)."""
        wanted = today.year + (today.month >= 11)  # noqa: PLR2004 - notices come in November
        years = (year for year in range(today.year, wanted + 1) if year not in self._tables)
        return next(years, None)


def chinese_working_days() -> WorkingDays:
    """The working days of the catalogue's tables."""
    return WorkingDays(load_calendars())


@cache
def _chinese() -> WorkingDays:
    return chinese_working_days()


def working_days_after(day: date, number: int) -> date:
    """The day so many Chinese working days after; beyond the tables, what the weekday says."""
    return _chinese().count(day, number).day


def is_settled(day: date) -> bool:
    """Whether published notices settle every day up to this one."""
    return _chinese().is_settled(day)
