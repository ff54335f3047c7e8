"""Spells: from each opening of a finding to its closing, as its history tells them.

A finding that was opened twice had two spells. Everything that is counted over time is counted
in spells and in evidence days, so that a past period is told as it was and not as it is today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from zicha.findings.counting import Counting, calendar_days
from zicha.model.finding import Change, Finding
from zicha.model.verdict import Severity

How = Literal["", "passed", "gone"]


@dataclass(frozen=True, slots=True)
class Spell:
    """One opening of one finding.

    Args:
        finding: the finding as it stands now.
        number: 1 for the first opening, more when it came back.
        opened: the evidence day of the opening.
        due: the last day on which a closing is in time; None when there is no term.
        severities: from which day on it had which severity, in order.
        closed: the evidence day of the closing; None while it is open.
        how: `passed` or `gone`; empty while it is open.
        observed: what was seen when something last happened to it.
        evidence_digest: the evidence of that.
    """

    finding: Finding
    number: int
    opened: date
    due: date | None
    severities: tuple[tuple[date, Severity], ...]
    closed: date | None = None
    how: How = ""
    observed: str = ""
    evidence_digest: str = ""

    def is_open_on(self, day: date) -> bool:
        """Whether it was open at the end of this day."""
        return self.opened <= day and (self.closed is None or self.closed > day)

    def severity_on(self, day: date) -> Severity:
        """Its severity at the end of this day."""
        known = [severity for since, severity in self.severities if since <= day]
        return known[-1] if known else self.severities[0][1]

    def is_overdue_on(self, day: date) -> bool:
        """Whether it was open when the whole of its last day had passed, as of the end of `day`."""
        return self.due is not None and self.due <= day and self.is_open_on(day)

    @property
    def is_in_time(self) -> bool | None:
        """Whether it was closed in time; None where nothing was due."""
        if self.due is None:
            return None
        return self.closed is not None and self.closed <= self.due


@dataclass(frozen=True, slots=True)
class Terms:
    """Days by severity, and how they are counted."""

    days: Mapping[Severity, int]
    after: Counting


def spells_of(
    findings: Iterable[Finding],
    events: Sequence[Mapping[str, Any]],
    days: Mapping[str, date],
    terms: Mapping[Severity, int],
    *,
    after: Counting = calendar_days,
) -> list[Spell]:
    """Every spell of these findings, by finding and number.

    Args:
        findings: as they stand now.
        events: their history up to a day, in the order in which it was written.
        days: the evidence day of each run.
        terms: days from an opening to the last day in time, by severity.
        after: how these days are counted.
    """
    of_finding: dict[str, list[Mapping[str, Any]]] = {}
    for event in events:
        of_finding.setdefault(event["finding"], []).append(event)
    return [
        spell
        for finding in findings
        for spell in _spells(finding, of_finding.get(finding.id, []), days, Terms(terms, after))
    ]


def _spells(
    finding: Finding,
    events: Iterable[Mapping[str, Any]],
    days: Mapping[str, date],
    terms: Terms,
) -> list[Spell]:
    found: list[Spell] = []
    for event in events:
        day, change = days[event["run"]], Change(event["change"])
        severity = Severity(event["severity"])
        seen = {"observed": event["observed"], "evidence_digest": event["evidence_digest"]}
        if change in {Change.OPENED, Change.REOPENED}:
            due = _due(day, severity, terms)
            known = ((day, severity),)
            found.append(Spell(finding, len(found) + 1, day, due, known, **seen))
        elif not found:
            continue
        elif change is Change.SEVERITY:
            last = found[-1]
            due = _earliest(last.due, _due(day, severity, terms))
            severities = (*last.severities, (day, severity))
            found[-1] = replace(last, severities=severities, due=due, **seen)
        elif change in {Change.PASSED, Change.GONE}:
            how: How = "passed" if change is Change.PASSED else "gone"
            found[-1] = replace(found[-1], closed=day, how=how, **seen)
    if found and finding.times_opened == found[-1].number:
        # What stands in the finding was reckoned with the terms in force at its opening.
        found[-1] = replace(found[-1], due=finding.due)
    return found


def open_on(spells: Iterable[Spell], day: date) -> list[Spell]:
    """The spells that were open at the end of a day."""
    return [spell for spell in spells if spell.is_open_on(day)]


@dataclass(frozen=True, slots=True)
class Movement:
    """What happened in some days: `opened` for the first time, came back, closed by how.

    `due` are those whose last day in time lies in these days and has wholly passed; of them
    `in_time` were closed by then.
    """

    opened: tuple[Spell, ...]
    reopened: tuple[Spell, ...]
    passed: tuple[Spell, ...]
    gone: tuple[Spell, ...]
    due: tuple[Spell, ...]

    @property
    def in_time(self) -> int:
        """How many of those due were closed in time."""
        return sum(spell.is_in_time is True for spell in self.due)

    @property
    def closed(self) -> tuple[Spell, ...]:
        """All that closed, by either way."""
        return self.passed + self.gone


def movement(spells: Sequence[Spell], first: date, last: date, passed: date) -> Movement:
    """What happened from `first` to `last`; `passed` is the newest day that has wholly passed."""

    def within(day: date | None) -> bool:
        return day is not None and first <= day <= last

    opened = [spell for spell in spells if within(spell.opened)]
    closed = [spell for spell in spells if within(spell.closed)]
    return Movement(
        opened=tuple(spell for spell in opened if spell.number == 1),
        reopened=tuple(spell for spell in opened if spell.number > 1),
        passed=tuple(spell for spell in closed if spell.how == "passed"),
        gone=tuple(spell for spell in closed if spell.how == "gone"),
        due=tuple(s for s in spells if within(s.due) and s.due is not None and s.due <= passed),
    )


def _due(day: date, severity: Severity, terms: Terms) -> date | None:
    term = terms.days.get(severity)
    return None if term is None else terms.after(day, term)


def _earliest(*dates: date | None) -> date | None:
    return min((one for one in dates if one is not None), default=None)
