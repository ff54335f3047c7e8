"""Obligations for a calendar program, and a month on one page."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from unicodedata import east_asian_width

from zicha.catalog.duties import NOT_ADVICE
from zicha.duties.working_days import WorkingDays, chinese_working_days

DAY_WIDTH = 9
LEGEND = "休 休息日 day off; ~ 暂定 provisional; *n 到期 n 项 due"


def calendar_file(rows: Sequence[Mapping[str, Any]], now: datetime) -> bytes:
    """The obligations that have a due moment, as iCalendar: one event each, with an alarm."""
    from icalendar import Alarm, Calendar, Event

    whole = Calendar()
    whole.add("prodid", "-//zicha//obligations//ZH")
    whole.add("version", "2.0")
    for row in rows:
        if not row["due"]:
            continue
        event, due = Event(), datetime.fromisoformat(row["due"])
        event.add("uid", f"{row['obligation']}@zicha")
        event.add("dtstamp", now)
        event.add("dtstart", due)
        event.add("dtend", due)
        title = row["title"] or {"zh": row["duty"], "en": row["duty"]}
        provisional = "（暂定 provisional）" if row["provisional"] else ""
        event.add("summary", f"{title['zh']} / {title['en']}: {row['of']}{provisional}")
        said = (
            f"{row['obligation']}\n{row['state']} · {row['owner']}\n"
            f"{', '.join(row['sources'])} ({row['grade']})\n{NOT_ADVICE.zh}\n{NOT_ADVICE.en}"
        )
        event.add("description", said)
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title["zh"])
        alarm.add("trigger", timedelta(days=-7))
        event.add_component(alarm)
        whole.add_component(event)
    return bytes(whole.to_ical())


def month_view(
    rows: Sequence[Mapping[str, Any]], month: str, days: WorkingDays | None = None
) -> list[str]:
    """One month as a page, a line a week; days off and days that no notice settles are marked."""
    days = days or chinese_working_days()
    year, number = (int(part) for part in month.split("-"))
    counts: dict[int, int] = {}
    for row in rows:
        if row["due"]:
            day = int(row["due"][8:10])
            counts[day] = counts.get(day, 0) + 1
    lines = [month, "".join(_wide(name) for name in "一二三四五六日").rstrip()]
    for week in calendar.Calendar().monthdatescalendar(year, number):
        cells = [_cell(day, counts, days) if day.month == number else "·" for day in week]
        lines.append("".join(_wide(cell) for cell in cells).rstrip())
    return [*lines, LEGEND]


def _cell(day: date, counts: Mapping[int, int], days: WorkingDays) -> str:
    due = counts.get(day.day, 0)
    said = f"{day.day}" + ("" if days.is_working(day) else "休")
    said += "" if days.is_settled(day) else "~"
    return said + (f"*{due if due > 1 else ''}" if due else "")


def _wide(cell: str) -> str:
    """The cell filled up to its width on a terminal, where a Chinese character takes two places."""
    taken = sum(2 if east_asian_width(each) in "WF" else 1 for each in cell)
    return cell + " " * max(DAY_WIDTH - taken, 1)
