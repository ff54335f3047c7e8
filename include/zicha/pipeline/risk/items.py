"""Spells as risks: with their level and its reasons, as they stood at the end of a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from zicha.catalog.controls import load_controls
from zicha.catalog.owners import owner_text
from zicha.catalog.risk_levels import LEVELS, Faulty, Graded, RiskTable, grade, load_risk_levels
from zicha.custody.canonical import canonical_text
from zicha.findings.spells import Spell
from zicha.model.finding import Finding
from zicha.model.text import Text
from zicha.pipeline.risk.history import History, day_of
from zicha.pipeline.runs.rules import rules
from zicha.pipeline.workplace import Workplace
from zicha.reports.facts import NOTHING
from zicha.reports.risk_facts import RiskItem
from zicha.reports.safe_text import quoted
from zicha.storage import outcomes

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Grader:
    """Says the level of a spell and lays it out as a risk.

    Args:
        tags: the own tags of each resource, as they were last read.
        measured: the newest day on which each fault was measured.
        newest: the newest measured day of the period; None when no day of it was.
        titles: what each control is called.
    """

    place: Workplace
    history: History
    table: RiskTable
    tags: dict[Key, dict[str, str]]
    measured: dict[Key, str]
    newest: date | None
    titles: dict[str, Text]
    _known: dict[tuple[str, str], Graded] = field(default_factory=dict)

    def graded(self, spell: Spell, day: date) -> Graded:
        """The level at the end of a day, with its reasons."""
        finding, severity = spell.finding, spell.severity_on(day)
        known = self._known.get((finding.id, severity.value))
        if known is None:
            systems = [s for s in self.place.scope.systems if s.id in self._systems(finding)]
            faulty = Faulty(
                expectation=f"{finding.suite}#{finding.expectation}",
                severity=severity,
                controls=finding.controls,
                tags=self.tags.get(_key(finding)),
                kinds={kind for system in systems for kind in system.kinds},
                system_level=max((system.level for system in systems), default=None),
            )
            known = self._known[finding.id, severity.value] = grade(self.table, faulty)
        return known

    def item(self, spell: Spell) -> RiskItem:
        """The spell as it stood at the end of the period, or when it closed."""
        finding, last = spell.finding, self.history.last
        level = self.graded(spell, spell.closed or last)
        expectation = rules().expectation(finding.suite, finding.expectation)
        names = {system.id: system.name for system in self.place.scope.systems}
        is_current = spell.closed is None and finding.is_open and self._is_told(finding)
        overdue = spell.is_overdue_on(self.history.passed) and spell.closed is None
        return RiskItem(
            id=finding.id,
            level=level.level,
            because=level.because,
            severity=spell.severity_on(spell.closed or last).value,
            exposure=level.exposure,
            title=self._title(finding),
            fault=quoted(rules().because(finding) or _retired(finding)),
            remedy=quoted(expectation.remedy) if expectation else NOTHING,
            control=next(iter(finding.controls), ""),
            subject=finding.subject_id,
            subject_type=finding.subject_type,
            source=finding.source,
            account=finding.account,
            region=finding.region,
            observed=finding.observed if is_current else spell.observed,
            systems=tuple(names[id_] for id_ in self._systems(finding) if id_ in names),
            opened=spell.opened,
            due=spell.due,
            owner=owner_text(self.place.scope, finding.owner),
            times=spell.number,
            overdue_days=(self.history.passed - spell.due).days + 1 if overdue and spell.due else 0,
            last_measured=self._last_measured(spell) if spell.closed is None else None,
            evidence_digest=finding.evidence_digest if is_current else spell.evidence_digest,
            closed=spell.closed,
            how=spell.how,
            in_time=spell.is_in_time if spell.closed else None,
        )

    def items(self, spells: tuple[Spell, ...] | list[Spell]) -> tuple[RiskItem, ...]:
        """Spells as risks, the gravest first, then the oldest."""
        order = {level: n for n, level in enumerate(LEVELS)}
        found = [self.item(spell) for spell in spells]
        return tuple(sorted(found, key=lambda i: (order[i.level], i.opened, i.id, i.times)))

    def _title(self, finding: Finding) -> Text:
        name = f"{finding.suite}#{finding.expectation}"
        titles = (self.titles[id_] for id_ in finding.controls if id_ in self.titles)
        return next(titles, Text(name, name))

    def _systems(self, finding: Finding) -> list[str]:
        return self.history.systems.get(finding.id, [])

    def _is_told(self, finding: Finding) -> bool:
        days = {run.id: day_of(run) for run in self.history.runs}
        return finding.last_run in days

    def _last_measured(self, spell: Spell) -> date | None:
        known = self.measured.get(_key(spell.finding))
        seen = max(spell.opened, date.fromisoformat(known)) if known else spell.opened
        return seen if self.newest is None or seen < self.newest else None


def grader(place: Workplace, history: History) -> Grader:
    """Read what grading needs, once."""
    with place.database.read() as connection:
        standing = outcomes.standing(connection)
        measured = outcomes.last_failures(connection, history.last.isoformat())
    tags = {
        (o.suite, o.expectation, o.source, canonical_text(o.subject)): dict(o.tags)
        for o in (one.outcome for one in standing)
        if o.tags
    }
    days = history.measured_days(history.period)
    titles = {control.id: control.title for control in load_controls().values()}
    newest = max(days) if days else None
    return Grader(place, history, load_risk_levels(), tags, measured, newest, titles)


def _key(finding: Finding) -> Key:
    return finding.suite, finding.expectation, finding.source, canonical_text(finding.subject)


def _retired(finding: Finding) -> Text:
    name = f"{finding.suite}#{finding.expectation}"
    return Text(f"检查项 {name} 已停用", f"the expectation {name} is no longer in force")
