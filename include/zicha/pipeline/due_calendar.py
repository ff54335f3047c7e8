"""Obligations for a calendar program, and a month on one page."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from zicha.catalog.duties import NOT_ADVICE

DAY_WIDTH = 5


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


def month_view(rows: Sequence[Mapping[str, Any]], month: str) -> list[str]:
    """One month as a page, a line a week; a star is an obligation that is due."""
    year, number = (int(part) for part in month.split("-"))
    counts: dict[int, int] = {}
    for row in rows:
        if row["due"]:
            day = int(row["due"][8:10])
            counts[day] = counts.get(day, 0) + 1
    lines = [month, "".join(name.ljust(DAY_WIDTH - 1) for name in "一二三四五六日")]
    for week in calendar.Calendar().monthdayscalendar(year, number):
        cells = [f"{day}{'*' * min(counts.get(day, 0), 2)}" if day else "·" for day in week]
        lines.append("".join(cell.ljust(DAY_WIDTH) for cell in cells).rstrip())
    return lines
