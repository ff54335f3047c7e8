"""A timetable of Chinese working days: make-up Saturdays are in, the days off of holidays are not.

Pure Python over the catalogue's year tables, which are read once per process; a table that is
added later counts from the next start of Airflow.
"""

from __future__ import annotations

import logging
import re
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from zicha.duties.time import ZONE
from zicha.duties.working_days import WorkingDays, chinese_working_days
from zicha.model.errors import ConfigError

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
days = cache(chinese_working_days)


class EachWorkingDay(Timetable):  # type: ignore[misc]  # mypy skips airflow
    """Each Chinese working day at a time of Asia/Shanghai.

    Beyond the years that the State Council has published it goes by the weekday, says so in its
    summary, and warns in the log.

    Args:
        at: the time, as HH:MM.
    """

    def __init__(self, at: str) -> None:
        """Hold the time.

        Raises:
            ConfigError: it is no time of the day.
        """
        if not TIME.fullmatch(str(at)):
            raise ConfigError(f"{at!r} is no time of the day: write HH:MM, such as 09:00")
        self._at = time.fromisoformat(at)

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> EachWorkingDay:
        """The timetable that was serialized."""
        return cls(data["at"])

    def serialize(self) -> dict[str, Any]:
        """What makes this timetable again."""
        return {"at": f"{self._at:%H:%M}"}

    @property
    def summary(self) -> str:
        """What the pages of Airflow say, with the first year that is not settled."""
        first = days().first_unsourced_year
        return (
            f"每个工作日 {self._at:%H:%M} Asia/Shanghai each working day"
            f"（{first} 年起暂定 provisional from {first}）"
        )

    @property
    def description(self) -> str:
        """The same words."""
        return self.summary

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """A run by hand stands for its moment."""
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self,
        *,
        last_automated_data_interval: DataInterval | None,
        restriction: TimeRestriction,
    ) -> DagRunInfo | None:
        """The next run; without catch-up only the latest of those that were missed."""
        if last_automated_data_interval is not None:
            moment = self._after(last_automated_data_interval.end)
        elif restriction.earliest is not None:
            moment = self._from(restriction.earliest)
        else:
            # Nothing says since when: unpausing starts no run for a day that is over.
            moment = self._after(self._now())
        if not restriction.catchup:
            moment = max(moment, self._until(self._now()))
        if restriction.latest is not None and moment > restriction.latest:
            return None
        _warn_if_unsettled(moment.date())
        return DagRunInfo.exact(pendulum.instance(moment).in_timezone("UTC"))

    def _now(self) -> datetime:
        return pendulum.now("UTC")

    def _after(self, moment: datetime) -> datetime:
        return self._from(moment + timedelta(microseconds=1))

    def _from(self, moment: datetime) -> datetime:
        """The first run at this moment or later."""
        day = _day(moment)
        while not (days().is_working(day) and self._on(day) >= moment):
            day += DAY
        return self._on(day)

    def _until(self, moment: datetime) -> datetime:
        """The last run at this moment or before."""
        day = _day(moment)
        while not (days().is_working(day) and self._on(day) <= moment):
            day -= DAY
        return self._on(day)

    def _on(self, day: date) -> datetime:
        return datetime.combine(day, self._at, ZONE)


def _day(moment: datetime) -> date:
    local = moment.astimezone(ZONE)
    return date(local.year, local.month, local.day)


@cache
def _warn_if_unsettled(day: date) -> None:
    # Airflow asks every few seconds: once for each day is enough.
    known: WorkingDays = days()
    if not known.is_settled(day):
        log.warning(
            "%s is taken for a working day by what is known today: load the table of %s",
            day,
            known.first_unsourced_year,
        )
