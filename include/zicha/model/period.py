"""A span of evidence days that is reported on: a week, a month, a quarter or a year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from zicha.model.errors import ConfigError
from zicha.model.our_time import absurd
from zicha.model.text import Text

PeriodKind = Literal["week", "month", "quarter", "year"]
KINDS: tuple[PeriodKind, ...] = get_args(PeriodKind)

WRITTEN = {
    "week": (r"(\d{4})-W(\d{2})", "2026-W47"),
    "month": (r"(\d{4})-(\d{2})", "2026-11"),
    "quarter": (r"(\d{4})-Q(\d)", "2026-Q4"),
    "year": (r"(\d{4})()", "2026"),
}
"""How each kind is written, and an example."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
QUARTERS = "一二三四"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Some days in a row, both ends included, with the words an axis has room for."""

    first: date
    last: date
    label: Text

    def holds(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        """Each day, in order."""
        for n in range((self.last - self.first).days + 1):
            yield self.first + n * DAY


@dataclass(frozen=True, slots=True)
class Period(Span):
    """One period: an ISO week, or a month, quarter or year of the calendar."""

    kind: PeriodKind
    id: str
    title: Text

    def before(self) -> Period:
        """The period that ended as this one began."""
        return period_of(self.kind, self.first - DAY)

    def back(self, count: int) -> list[Period]:
        """This period and those before it, `count` in all, oldest first."""
        found = [self]
        while len(found) < count:
            found.append(found[-1].before())
        return found[::-1]

    def steps(self) -> list[Span]:
        """Its parts: days of a week or month, weeks of a quarter, months of a year."""
        if self.kind in {"week", "month"}:
            return [Span(day, day, _day_label(self.kind, day)) for day in self.days()]
        part: PeriodKind = "week" if self.kind == "quarter" else "month"
        starts = sorted({period_of(part, day).first for day in self.days()})
        parts = [period_of(part, start) for start in starts]
        return [Span(max(p.first, self.first), min(p.last, self.last), p.label) for p in parts]


def period_of(kind: PeriodKind, day: date) -> Period:
    """The period of this kind that holds the day."""
    if kind == "week":
        year, week, weekday = day.isocalendar()
        first = day - (weekday - 1) * DAY
        return _week(year, week, first)
    if kind == "month":
        first = day.replace(day=1)
        last = (first + 31 * DAY).replace(day=1) - DAY
        name = f"{MONTHS[day.month - 1]} {day.year}"
        return Period(
            first,
            last,
            Text(f"{day:%Y-%m}", f"{day:%Y-%m}"),
            kind,
            f"{day:%Y-%m}",
            Text(f"{day.year}年{day.month}月", name),
        )
    if kind == "quarter":
        number = (day.month - 1) // 3 + 1
        first = date(day.year, 3 * number - 2, 1)
        last = (first + 93 * DAY).replace(day=1) - DAY
        id_ = f"{day.year}-Q{number}"
        title = Text(f"{day.year}年第{QUARTERS[number - 1]}季度", f"Q{number} {day.year}")
        return Period(first, last, Text(id_, id_), kind, id_, title)
    id_ = f"{day.year:04d}"
    title = Text(f"{day.year}年", id_)
    return Period(date(day.year, 1, 1), date(day.year, 12, 31), title, kind, id_, title)


def named_period(kind: str, name: str) -> Period:
    """The period of this name: `2026-W47`, `2026-11`, `2026-Q4`, `2026`.

    Raises:
        ConfigError: there is no such kind, or no such period.
    """
    known = kind_of(kind)
    pattern, example = WRITTEN[known]
    found = re.fullmatch(pattern, name)
    try:
        first = _first_day(known, found) if found else None
        if first and (wrong := absurd(first)):
            raise ConfigError(f"{name} {wrong}")
        return period_of(known, first) if first else _unknown(known, name)
    except ValueError as error:
        raise ConfigError(f"there is no {known} {name}: give one like {example}") from error


def kind_of(kind: str) -> PeriodKind:
    """The kind of this name.

    Raises:
        ConfigError: there is no such kind.
    """
    for known in KINDS:
        if kind == known:
            return known
    raise ConfigError(f"{kind or 'nothing'} is no period: give one of {', '.join(KINDS)}")


def ended_by(day: date) -> list[Period]:
    """The periods whose last day was the day before this one."""
    yesterday = day - DAY
    periods = [period_of(kind, yesterday) for kind in KINDS]
    return [period for period in periods if period.last == yesterday]


def _week(year: int, week: int, first: date) -> Period:
    last = first + 6 * DAY
    id_ = f"{year:04d}-W{week:02d}"
    title = Text(
        f"{year}年第{week}周（{first.month}月{first.day}日至{last.month}月{last.day}日）",
        f"week {week} of {year} ({_short(first)} to {_short(last)})",
    )
    return Period(first, last, Text(f"第{week}周", f"W{week:02d}"), "week", id_, title)


def _short(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]}"


def _first_day(kind: PeriodKind, found: re.Match[str]) -> date:
    year, part = int(found[1]), int(found[2] or 1)
    if kind == "week":
        return date.fromisocalendar(year, part, 1)
    return date(year, 3 * part - 2 if kind == "quarter" else part, 1)


def _unknown(kind: PeriodKind, name: str) -> Period:
    raise ConfigError(f"{name!r} names no {kind}: give one like {WRITTEN[kind][1]}")


def _day_label(kind: PeriodKind, day: date) -> Text:
    said = str(day.day) if kind == "month" else f"{day:%m-%d}"
    return Text(said, said)
