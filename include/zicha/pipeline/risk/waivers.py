"""The waivers of a period: what is borne, why, by whom, until when, and what still fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from zicha.catalog.controls import load_controls
from zicha.findings.spells import Spell
from zicha.findings.waivers import Borne, WaiverState, of_acts, of_file
from zicha.model.text import Text
from zicha.pipeline.risk.history import History
from zicha.pipeline.runs.rules import rules
from zicha.pipeline.workplace import Workplace
from zicha.reports.risk_facts import RiskWaiver
from zicha.storage import finding_acts

SHOWN = (WaiverState.IN_FORCE, WaiverState.EXPIRED, WaiverState.VOID)
"""What nobody allowed, or was taken back, bears nothing."""


def waivers_of(
    place: Workplace, history: History, standing: Sequence[Spell]
) -> tuple[RiskWaiver, ...]:
    """The waivers as they stood on the last day, those in force first, the soonest to end first.

    Args:
        place: whose scope declares some; its file is read as it is now.
        history: the period, and the systems of each finding.
        standing: what was open at its end; a waiver that is over is shown while it matters.
    """
    with place.database.read() as connection:
        acts = finding_acts.history(connection, finding_acts.WAIVER)
    by_then = [row for row in acts if _day(place, row) <= history.last]
    known = [*of_file(place.scope, history.last), *of_acts(by_then, history.last)]
    found = []
    for waiver in known:
        covered = [s for s in standing if waiver.covers(s.finding, _systems(history, s))]
        counts = waiver.is_in_force or covered
        if waiver.state in SHOWN and counts and _is_mine(waiver, covered, history):
            found.append(_line(place, history, waiver, covered))
    return tuple(sorted(found, key=lambda w: (w.state != "in-force", w.expires, w.id)))


def _is_mine(waiver: Borne, covered: Sequence[Spell], history: History) -> bool:
    return not history.system or bool(covered) or waiver.system == history.system


def _line(
    place: Workplace, history: History, waiver: Borne, covered: Sequence[Spell]
) -> RiskWaiver:
    names = {system.id: system.name for system in place.scope.systems}
    systems = {id_ for spell in covered for id_ in _systems(history, spell)}
    named = [names[id_] for id_ in sorted(systems or {waiver.system}) if id_ in names]
    return RiskWaiver(
        id=waiver.id,
        titles=_titles(waiver, covered),
        scope=_scope(waiver),
        systems=tuple(named),
        because=waiver.because,
        requester=waiver.requester,
        approver=waiver.approver,
        expires=waiver.expires,
        state=waiver.state.value,
        failing=len(covered),
    )


def _titles(waiver: Borne, covered: Sequence[Spell]) -> tuple[Text, ...]:
    """The controls that are not met; where nothing is open, those of the expectation it names."""
    controls = {control for spell in covered for control in spell.finding.controls[:1]}
    if not controls and waiver.suite and waiver.expectation:
        expectation = rules().expectation(waiver.suite, waiver.expectation)
        controls = set(expectation.controls[:1]) if expectation else set()
    known = load_controls()
    return tuple(known[id_].title for id_ in sorted(controls) if id_ in known)


def _scope(waiver: Borne) -> str:
    check = "#".join(part for part in (waiver.suite, waiver.expectation) if part)
    parts = (waiver.system, check, waiver.source, waiver.subject, waiver.finding)
    return " · ".join(part for part in parts if part and part != "*")


def _systems(history: History, spell: Spell) -> list[str]:
    return history.systems.get(spell.finding.id, [])


def _day(place: Workplace, row: Mapping[str, object]) -> date:
    at = row["at"]
    return at.astimezone(place.zone).date()  # type: ignore[attr-defined, no-any-return]
