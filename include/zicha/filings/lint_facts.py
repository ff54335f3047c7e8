"""Rules about what a document rests on: the run, the evidence, attestations, the scope, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from zicha.filings.case import GradedSystem, LintCase
from zicha.filings.lint_document import NOTHING, Hit
from zicha.model.text import Text

ASSESSED = 3
"""From this level on, a system is assessed each year."""
FILED = 2
"""From this level on, a system is filed with the police."""
DAY = re.compile(r"(20\d\d)[-/年.](\d{1,2})[-/月.](\d{1,2})")
MAY_LIE_AHEAD = re.compile(r"due|plan|until|expir|deadline|target|next")
"""A column that says so may hold a day that has not come."""
LEVEL = re.compile(r"[1-5]")
CHINESE_LEVELS = {"一": "1", "二": "2", "三": "3", "四": "4", "五": "5"}


def nothing_measured(case: LintCase) -> Iterator[Hit]:
    """The form takes facts, and nothing was ever judged."""
    if case.needs_run and case.judged_at is None:
        yield "run", NOTHING


def run_stale(case: LintCase) -> Iterator[Hit]:
    """Old, and not too old."""
    age = _age(case)
    if age is not None and case.limits.run_warning < age <= case.limits.run_blocker:
        yield "run", _days(age)


def run_too_old(case: LintCase) -> Iterator[Hit]:
    """Older than anybody should rest on."""
    age = _age(case)
    if age is not None and age > case.limits.run_blocker:
        yield "run", _days(age)


def evidence_gap(case: LintCase) -> Iterator[Hit]:
    """Something in scope could not be read."""
    for gap in case.gaps:
        yield "gap", gap


def undetermined_items(case: LintCase) -> Iterator[Hit]:
    """Items that have no verdict."""
    for where, count in (case.undetermined or {}).items():
        if count:
            yield where, Text(f"未判定 {count} 项", f"{count} undetermined")


def attestation_expired(case: LintCase) -> Iterator[Hit]:
    """Its last day has gone by."""
    for each in case.attestations:
        if each.valid_until < case.today:
            yield each.id, _until(each.valid_until)


def attestation_expiring(case: LintCase) -> Iterator[Hit]:
    """Its last day comes before, or soon after, the due one."""
    asked = max(case.today, case.due.date()) if case.due else case.today
    last = asked + timedelta(days=case.limits.expiring)
    for each in case.attestations:
        if case.today <= each.valid_until <= last:
            yield each.id, _until(each.valid_until)


def attestation_from_the_future(case: LintCase) -> Iterator[Hit]:
    """Dated on a day that has not come."""
    for each in case.attestations:
        if each.dated > case.today:
            yield each.id, _until(each.dated)


def answer_from_the_future(case: LintCase) -> Iterator[Hit]:
    """A day in an answer has not come, and its column does not speak of plans."""
    for field, row in case.answered_rows():
        for column, cell in row.items():
            day = _day(cell)
            if day and day > case.today and not MAY_LIE_AHEAD.search(column):
                yield f"{field}.{column}", Text(cell, cell)


def filed_in_the_future(case: LintCase) -> Iterator[Hit]:
    """The scope's own day of filing has not come."""
    for system in case.systems:
        if system.filed_on and system.filed_on > case.today:
            yield system.id, _until(system.filed_on)


def assessment_date_missing(case: LintCase) -> Iterator[Hit]:
    """Level 3 or above, and nobody said when it was last assessed."""
    for system in case.systems:
        if system.level >= ASSESSED and system.assessed_on is None:
            yield system.id, system.name


def filing_number_missing(case: LintCase) -> Iterator[Hit]:
    """Level 2 or above, and no number of its filing."""
    for system in case.systems:
        if system.level >= FILED and not system.filing_number:
            yield system.id, system.name


def level_differs(case: LintCase) -> Iterator[Hit]:
    """An answered level is another than the declared one."""
    for field, system, row in _about_systems(case):
        said = _level(row.get("level", row.get("mlps_level", "")))
        if said and said != str(system.level):
            told = f"{system.id}: {said} ≠ {system.level}"
            yield f"{field}.level", Text(told, told)


def filing_number_differs(case: LintCase) -> Iterator[Hit]:
    """An answered filing number is another than the declared one."""
    for field, system, row in _about_systems(case):
        said = row.get("filing_number", "").strip()
        if said and system.filing_number and said != system.filing_number:
            told = f"{system.id}: {said} ≠ {system.filing_number}"
            yield f"{field}.filing_number", Text(told, told)


def system_unknown(case: LintCase) -> Iterator[Hit]:
    """A row names a system that nobody declared."""
    for field, row in case.answered_rows():
        named = row.get("system", "").strip()
        if named and _named(case, named) is None:
            yield f"{field}.system", Text(named, named)


def reading_disputed(case: LintCase) -> Iterator[Hit]:
    """The duty's sources do not agree."""
    for dispute in case.disputes:
        yield "duty", dispute


def due_passed(case: LintCase) -> Iterator[Hit]:
    """Late: said with its consequence, never an end."""
    if case.due is not None and case.due < case.now:
        yield "obligation", case.consequence


def _age(case: LintCase) -> int | None:
    return None if case.judged_at is None else (case.now - case.judged_at).days


def _days(age: int) -> Text:
    return Text(f"{age} 天前", f"{age} days ago")


def _until(day: date) -> Text:
    return Text(day.isoformat(), day.isoformat())


def _day(cell: str) -> date | None:
    found = DAY.search(cell)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _level(cell: str) -> str:
    for chinese, digit in CHINESE_LEVELS.items():
        cell = cell.replace(chinese, digit)
    found = LEVEL.search(cell)
    return found[0] if found else ""


def _about_systems(case: LintCase) -> Iterator[tuple[str, GradedSystem, Mapping[str, str]]]:
    for field, row in case.answered_rows():
        system = _named(case, row.get("system", "").strip())
        if system is not None:
            yield field, system, row


def _named(case: LintCase, said: str) -> GradedSystem | None:
    return next((s for s in case.systems if said and said in {s.id, s.name.zh, s.name.en}), None)
