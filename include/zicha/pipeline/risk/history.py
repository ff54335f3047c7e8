"""What happened up to a day: judged runs, and the spells of the findings; the past as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from zicha.catalog.terms import load_terms
from zicha.duties.working_days import working_days_after
from zicha.findings.spells import Spell, spells_of
from zicha.model.errors import ConfigError, MissingEvidenceError
from zicha.model.finding_life import FindingAct, stands_reviewed
from zicha.model.period import Period, Span
from zicha.pipeline.findings.lists import systems_of_findings
from zicha.pipeline.workplace import Workplace
from zicha.storage import finding_acts, findings, runs
from zicha.storage.runs import EVENT, Run

JUDGED = (runs.JUDGED, runs.REPORTED)


@dataclass(frozen=True, slots=True)
class History:
    """What is known up to `last`, the last day of the period that is told of.

    Args:
        system: the system it is cut to; empty for all.
        runs: every run up to `last`, oldest first; `judged` those that were judged.
        spells: the openings of the findings, with what was known of them by then.
        systems: the systems of each finding.
        passed: the newest day that has wholly passed: `last`, or the day before it.
        acts: what people did about each finding by then, in order.
        zone: in which a moment has its day.
    """

    system: str
    period: Period
    last: date
    passed: date
    runs: tuple[Run, ...]
    judged: tuple[Run, ...]
    spells: tuple[Spell, ...]
    systems: dict[str, list[str]]
    acts: dict[str, list[FindingAct]]
    zone: ZoneInfo

    def within(self, span: Span) -> list[Run]:
        """The judged runs of these days."""
        return [run for run in self.judged if span.holds(day_of(run))]

    def measured_days(self, span: Span) -> set[date]:
        """The days of a span on which a run was judged."""
        return {day_of(run) for run in self.within(span)}

    def day_at(self, moment: datetime) -> date:
        """The day of a moment, where the organisation is."""
        return moment.astimezone(self.zone).date()

    def acts_of(self, spell: Spell) -> list[FindingAct]:
        """What people did about one spell."""
        return [a for a in self.acts.get(spell.finding.id, ()) if a.spell == spell.number]

    def baseline(self) -> Run | None:
        """The newest judged run before the period."""
        earlier = [run for run in self.judged if day_of(run) < self.period.first]
        return earlier[-1] if earlier else None

    @property
    def newest(self) -> Run:
        """The newest judged run of all."""
        return self.judged[-1]


def history_of(place: Workplace, period: Period, system: str = "") -> History:
    """Read what happened up to the end of the period, or up to today while it runs.

    Raises:
        ConfigError: the period has not begun, or there is no such system.
        MissingEvidenceError: nothing was judged by its end.
    """
    today = date.fromisoformat(place.today())
    if period.first > today:
        raise ConfigError(f"{period.id} has not begun, today is {today}: give an earlier one")
    if system:
        place.scope.system(system)
    last = min(period.last, today)
    with place.database.read() as connection:
        known = runs.every(connection)
        listed = findings.listed(connection)
        events = findings.history(connection)
        acts = finding_acts.acts_of_findings(connection)
    by_then = sorted((run for run in known if day_of(run) <= last), key=_order)
    judged = [run for run in by_then if run.state in JUDGED and run.trigger != EVENT]
    if not judged:
        raise MissingEvidenceError(_nothing_by(last, known))
    days = {run.id: day_of(run) for run in known}
    told = [event for event in events if days[event["run"]] <= last]
    systems = systems_of_findings(place, listed)
    mine = [finding for finding in listed if not system or system in systems[finding.id]]
    terms = load_terms(scope=place.scope)
    by_last = {
        of: [each for each in done if each.at.astimezone(place.zone).date() <= last]
        for of, done in acts.items()
    }
    history = History(
        system=system,
        period=period,
        last=last,
        passed=last if period.last < today else last - timedelta(days=1),
        runs=tuple(by_then),
        judged=tuple(judged),
        spells=tuple(spells_of(mine, told, days, terms, after=working_days_after)),
        systems=systems,
        acts=by_last,
        zone=place.zone,
    )
    return replace(history, spells=tuple(_with_term(history, spell) for spell in history.spells))


def _with_term(history: History, spell: Spell) -> Spell:
    # An act that was reviewed owes nothing by a day (decision 0029).
    return replace(spell, due=None) if stands_reviewed(history.acts_of(spell)) else spell


def day_of(run: Run) -> date:
    """The evidence day that labels a run."""
    return date.fromisoformat(run.day)


def _order(run: Run) -> tuple[str, str]:
    return run.day, run.id


def _nothing_by(last: date, known: Sequence[Run]) -> str:
    first = min((run.day for run in known if run.state in JUDGED), default="")
    if not first:
        return "nothing was judged yet: run `zicha run` first"
    return f"nothing was judged by {last}: the first judged day is {first}, give a later period"
