"""Live the year 2026 of the example group day by day, and print its calendar to check by eye.

`make year-of-duties` writes docs/how-to/a-year-of-duties.md; a test holds the page to be current.
The people of this year do nearly everything four days early. One report is late by nine days, and
each yearly licence report is returned once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from zicha.catalog.duties import NOT_ADVICE, load_duties
from zicha.catalog.roots import project_root
from zicha.catalog.scope import Scope, load_scope
from zicha.duties.obligations import act
from zicha.duties.time import ZONE
from zicha.duties.working_days import WorkingDays
from zicha.model.obligation import Act, Obligation, ObligationState, ObligationStep
from zicha.pipeline.duties.obligations import planner, steps_of

GROUP = project_root() / "include" / "scope" / "example-group"
PAGE = project_root() / "docs" / "how-to" / "a-year-of-duties.md"
FIRST, LAST = date(2026, 1, 1), date(2027, 1, 15)
LATE, RETURNED = "upi-self-inspection", "lic-annual-report"
SOMEBODY = "airflow:somebody"
STATES = {
    ObligationState.PLANNED: "未开启 planned",
    ObligationState.OPEN: "已开启 open",
    ObligationState.IN_PROGRESS: "办理中 in progress",
    ObligationState.HANDED_IN: "已报送 handed in",
    ObligationState.RETURNED: "被退回 returned",
    ObligationState.OVERDUE: "逾期 overdue",
    ObligationState.DONE: "已办结 done",
    ObligationState.WITHDRAWN: "已撤销 withdrawn",
}

_INTRODUCTION = (
    "For whoever wants to see what the calendar does before trusting it. This page is printed by "
    f"`make year-of-duties`: {FIRST} to {LAST} of the example group "
    "(`include/scope/example-group/`, all of it invented) lived day by day, with one look at "
    "09:00 each day."
)
_PEOPLE = (
    "The people of this year hand nearly everything in some four days early. "
    f"`{LATE}` is nine days late, so that its escalation can be read; each `{RETURNED}` is "
    "returned once and handed in again. Everything is planned once, opened once, and accepted "
    "once."
)
_COLUMNS = (
    "Columns: the day it is due (`~` provisional: no table of working days covers it yet; `!` "
    "sources disagree, and the strictest is followed), the obligation by its duty and cycle, "
    "whose it is, the day it opened, how many steps of the escalation table were told, the day "
    f"it was handed in, and how it stood on {LAST}."
)
_UNANCHORED = (
    "These bind too. Their clock starts with a day that the scope does not give; `zicha "
    "calendar` and the daily message name them until somebody declares it under `anchors`, or a "
    "notice under `notices`, in `duties.yaml`."
)


class Year:
    """People who do what is due, on every day of a year."""

    def __init__(self, scope: Scope, days: WorkingDays | None = None) -> None:
        """Begin with nothing planned; other working days than the published ones for a test."""
        self.planner = planner(scope)
        if days is not None:
            self.planner = replace(self.planner, days=days)
        self.known: dict[str, Obligation] = {}
        self.history: list[ObligationStep] = []

    def take(self, steps: list[ObligationStep]) -> None:
        """Let these steps have happened."""
        for step in steps:
            self.known[step.obligation.id] = step.obligation
            self.history.append(step)

    def look(self, now: datetime) -> list[ObligationStep]:
        """The daily look: plan what is owed, let time pass."""
        steps = steps_of(self.planner, list(self.known.values()), now)
        self.take(steps)
        return steps

    def work(self, now: datetime) -> None:
        """What people do on a day, at most one act each."""
        for one in list(self.known.values()):
            what = self._next_act(one, now)
            if what is not None:
                self.take([act(one, what, now, SOMEBODY, "answer")])

    def live(self, first: date, last: date) -> None:
        """Look and work at nine each morning."""
        day = first
        while day <= last:
            now = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)
            self.look(now)
            self.work(now)
            day += timedelta(days=1)

    def acts(self, id_: str, what: Act) -> list[ObligationStep]:
        """Every time that this was done to an obligation."""
        return [s for s in self.history if s.obligation.id == id_ and s.act is what]

    def dated(self) -> list[Obligation]:
        """What has a moment, the earliest first."""
        dated = [(one.due, one.id, one) for one in self.known.values() if one.due]
        return [one for _, _, one in sorted(dated, key=lambda each: each[:2])]

    def _next_act(self, one: Obligation, now: datetime) -> Act | None:
        late = timedelta(days=9) if one.duty == LATE else -timedelta(days=4)
        if one.state is ObligationState.OPEN:
            return Act.TAKE
        if one.state in {ObligationState.IN_PROGRESS, ObligationState.OVERDUE}:
            return Act.HAND_IN if one.due and now >= one.due + late else None
        if one.state is ObligationState.HANDED_IN:
            once = one.duty == RETURNED and not self.acts(one.id, Act.RETURN)
            return Act.RETURN if once else Act.ACCEPT
        return Act.HAND_IN if one.state is ObligationState.RETURNED else None


def lived_year() -> Year:
    """The year 2026 of the example group."""
    year = Year(load_scope(GROUP))
    year.live(FIRST, LAST)
    return year


def page(year: Year) -> str:
    """The calendar as a page, month by month."""
    scope = year.planner.scope
    systems = "\n".join(
        f"| `{s.id}` | {s.name.zh} / {s.name.en} | {s.level} | {_where(scope, s.entity)} |"
        for s in scope.systems
    )
    return (
        "\n\n".join(
            [
                "# A year of duties",
                _INTRODUCTION,
                f"> {NOT_ADVICE.zh} {NOT_ADVICE.en}",
                f"| system | name | level | where |\n| --- | --- | --- | --- |\n{systems}",
                _PEOPLE,
                _COLUMNS,
                "\n".join(_months(year)).strip(),
                "## Bound, and nobody has said since when",
                _UNANCHORED,
                _unanchored(year),
                "",
            ]
        ).rstrip()
        + "\n"
    )


def _months(year: Year) -> Iterator[str]:
    month = ""
    for one in year.dated():
        due = one.due.astimezone(ZONE) if one.due else None
        if due is None:
            continue
        if month != f"{due:%Y-%m}":
            month = f"{due:%Y-%m}"
            yield f"\n## {month}\n"
            yield "| due | duty | cycle | of | opened | told | handed in | state |"
            yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
        yield _row(year, one, due)


def _row(year: Year, one: Obligation, due: datetime) -> str:
    duty = load_duties()[one.duty]
    marks = ("~" if one.provisional else "") + ("!" if one.disputed else "")
    opened = year.acts(one.id, Act.OPEN)
    told = len(year.acts(one.id, Act.ESCALATE))
    done = f"{one.done_at.astimezone(ZONE):%Y-%m-%d}" if one.done_at else ""
    began = f"{opened[0].at:%Y-%m-%d}" if opened else ""
    state = STATES[one.state] + ("，曾逾期 was late" if one.was_late else "")
    state += "，曾被退回 was returned" if year.acts(one.id, Act.RETURN) else ""
    return (
        f"| {due:%Y-%m-%d}{marks} | {duty.title.zh} `{one.duty}` | {one.cycle} | `{one.of}` "
        f"| {began} | {told or ''} | {done} | {state} |"
    )


def _where(scope: Scope, entity: str) -> str:
    found = scope.entity(entity)
    return f"{found.province.zh} / {found.province.en}"


def _unanchored(year: Year) -> str:
    last = datetime(LAST.year, LAST.month, LAST.day, 9, tzinfo=ZONE)
    named = year.planner.plan(year.known.values(), last).unanchored
    return "\n".join(f"- `{duty}` of `{of}`" for duty, of in sorted(named))


def main(path: Path = PAGE) -> None:
    """Write the page."""
    path.write_text(page(lived_year()), encoding="utf-8")
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
