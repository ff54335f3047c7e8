"""When a duty is due: every clock by itself, and the strictest of what is disputed.

All days are Asia/Shanghai's. Hours and minutes run through nights and holidays. The day of the
event is not counted (Civil Code 201); months end on the corresponding day or the month's last
(202). The roll to the next working day (203) is shown, and never planned on.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from zicha.catalog.duties import Duty
from zicha.catalog.duty_shapes import Clock, Rule, Unit
from zicha.duties.working_days import WorkingDays
from zicha.model.errors import ConfigError
from zicha.model.our_time import absurd
from zicha.model.text import Text

ZONE = ZoneInfo("Asia/Shanghai")
LAST_SECOND = time(23, 59, 59)
SECOND = timedelta(seconds=1)
NO_TIME = Text("法律未定时限", "the law sets no time")
Every = Callable[[Clock], bool]


@dataclass(frozen=True, slots=True)
class DueDate:
    """What one clock says.

    Args:
        at: the last permitted second; None where the law gives no number.
        opens_at: the first, where there is a window.
        at_once: as soon as it is known: plan by `target`, our own.
        rolls_to: where a rest day would move it, for information only.
        provisional: it hangs on working days that nobody has published.
    """

    clock: str
    at: datetime | None
    rule: Text
    source: str
    grade: str
    whose: str = "operator"
    purpose: str = "act"
    opens_at: datetime | None = None
    at_once: bool = False
    target: datetime | None = None
    rolls_to: date | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The latest safe moment, and the clock or reading that gives it."""

    at: datetime | None
    because: Text
    disputed: bool = False
    provisional: bool = False


def end_of(day: date) -> datetime:
    """The last second of a day, in the regulators' zone."""
    return datetime.combine(day, LAST_SECOND, ZONE)


def start_of(day: date) -> datetime:
    """The first second of a day, in the regulators' zone."""
    return datetime.combine(day, time(), ZONE)


def moment_of(said: str) -> datetime:
    """A moment as people write it: a day, or a time with its zone (Asia/Shanghai if unsaid)."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError as error:
        raise ConfigError(
            f"{said!r} is no moment: write 2026-10-02 or 2026-10-02T03:10+08:00"
        ) from error
    if wrong := absurd(found):
        raise ConfigError(f"{said!r} {wrong}")
    return found if found.tzinfo else found.replace(tzinfo=ZONE)


def day_of(said: str) -> date:
    """A day as people write it."""
    try:
        found = date.fromisoformat(said)
    except ValueError as error:
        raise ConfigError(f"{said!r} is no day: write 2026-10-30") from error
    if wrong := absurd(found):
        raise ConfigError(f"{said!r} {wrong}")
    return found


def due(
    duty: Duty,
    since: datetime,
    days: WorkingDays,
    *,
    targets: Mapping[str, timedelta] | None = None,
    notice: date | None = None,
    holds: Every = lambda _: True,
) -> list[DueDate]:
    """What every clock of the duty says when its moment is `since`.

    Args:
        duty: the duty.
        since: the moment that starts the clocks.
        days: the working days.
        targets: our own limits where the law says at once, by duty, and `""` for all others.
        notice: the day that stands in the notice, where the law refers to one.
        holds: whether a clock that is for some only is for us.
    """
    limit = (targets or {}).get(duty.id) or (targets or {}).get("")
    return [
        _due(clock, duty, since, days, limit=limit, notice=notice)
        for clock in duty.clocks
        if holds(clock)
    ]


def span_from(since: datetime, unit: Unit, count: int, days: WorkingDays) -> Plan:
    """The last permitted second so many days after a moment, as an order counts them."""
    said = {"kind": "span", "unit": unit, "count": count, "from": "order_received"}
    when = _reckon(Rule.model_validate(said), since, days, None)
    names = {"days": ("日", "days"), "working_days": ("个工作日", "working days")}
    zh, en = names.get(unit, (unit, unit))
    because = Text(f"自收到之日起{count}{zh}", f"{count} {en} from receipt")
    return Plan(when.at, because, provisional=when.provisional)


def latest_safe(duty: Duty, found: list[DueDate], since: datetime, days: WorkingDays) -> Plan:
    """The strictest of the duty's own clocks and of every disputed reading; None has no number."""
    ours = [each for each in found if each.whose == "operator" and each.purpose == "act"]
    main = [each for each in ours if each.clock in _first_clocks(duty)]
    moments = [(each.at or each.target, each.rule, each.provisional) for each in main or ours[:1]]
    readings = [r for d in duty.disputes if d.about == "due" for r in d.readings if r.rule]
    for reading in readings:
        when = _reckon(reading.rule, since, days, None)  # type: ignore[arg-type]
        moments.append((when.at, reading.says, when.provisional))
    dated = [each for each in moments if each[0] is not None]
    if not dated:
        kept = [each.rule for each in found if each.purpose == "keep"]
        return Plan(None, next(iter([*(each[1] for each in moments), *kept]), NO_TIME))
    at, because, provisional = min(dated, key=lambda each: each[0] or since)
    return Plan(at, because, disputed=bool(readings), provisional=provisional)


def _first_clocks(duty: Duty) -> set[str]:
    """The first clock, and those that replace it where a condition holds."""
    first = duty.clocks[0].id if duty.clocks else ""
    return {first} | {clock.id for clock in duty.clocks if clock.when}


@dataclass(frozen=True, slots=True)
class _When:
    at: datetime | None
    opens_at: datetime | None = None
    rolls_to: date | None = None
    provisional: bool = False


def _due(
    clock: Clock,
    duty: Duty,
    since: datetime,
    days: WorkingDays,
    *,
    limit: timedelta | None,
    notice: date | None,
) -> DueDate:
    when = _reckon(clock.rule, since, days, notice)
    at_once = clock.rule.kind == "at-once"
    return DueDate(
        clock=clock.id,
        at=when.at,
        rule=clock.says,
        source=clock.source or (duty.sources[0].id if duty.sources else ""),
        grade=clock.grade or duty.grade,
        whose=clock.whose,
        purpose=clock.purpose,
        opens_at=when.opens_at,
        at_once=at_once,
        target=since.astimezone(ZONE) + limit if at_once and limit else None,
        rolls_to=when.rolls_to,
        provisional=when.provisional,
    )


def _reckon(rule: Rule, since: datetime, days: WorkingDays, notice: date | None) -> _When:
    day = since.astimezone(ZONE).date()
    if rule.kind == "span":
        return _span(rule, since, days)
    named = rule.day or (notice if rule.kind == "in-notice" else None)
    if named:
        return _When(end_of(named))
    if rule.kind == "each-year" and rule.month_day:
        this = _in_year(rule.month_day, day.year)
        return _When(end_of(this if this >= day else _in_year(rule.month_day, day.year + 1)))
    if rule.kind == "window" and rule.count:
        return _When(end_of(day), opens_at=start_of(months_later(day, rule.count)))
    if rule.kind == "before":
        return _When(since.astimezone(ZONE) - SECOND)
    return _When(None)


def _span(rule: Rule, since: datetime, days: WorkingDays) -> _When:
    count, day = rule.count or 0, since.astimezone(ZONE).date()
    if rule.unit in {"minutes", "hours"}:
        span = timedelta(minutes=count) if rule.unit == "minutes" else timedelta(hours=count)
        return _When((since.astimezone(UTC) + span).astimezone(ZONE))
    if rule.unit == "working_days":
        counted = days.count(day, count)
        return _When(end_of(counted.day), provisional=counted.provisional)
    if rule.unit == "days":
        last = day + timedelta(days=count)
    else:
        last = months_later(day, count * (12 if rule.unit == "years" else 1))
    rolled = days.next_working(last)
    # A roll that hangs on unpublished days is not shown: it would look like knowledge.
    moves = count > 0 and rolled.day != last and not rolled.provisional
    return _When(end_of(last), rolls_to=rolled.day if moves else None)


def months_later(day: date, count: int) -> date:
    """The corresponding day so many months later, or the last of that month."""
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _in_year(month_day: str, year: int) -> date:
    month, day = (int(part) for part in month_day.split("-"))
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
