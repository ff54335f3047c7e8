"""What a run gives to tell: its changed findings, those that stand beside them, its old gaps."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from zicha.alerts.signals import Signal, What
from zicha.catalog.owners import owners_named
from zicha.model.finding import Finding
from zicha.model.standing_gap import StandingGap
from zicha.model.text import Text
from zicha.model.verdict import Severity, Status
from zicha.pipeline.findings.change import changes_of
from zicha.pipeline.findings.lists import told_of
from zicha.pipeline.findings.lives import Told
from zicha.pipeline.runs.rules import rules
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings, gaps, outcomes, runs


def changed_signals(place: Workplace, run: runs.Run) -> list[Signal]:
    """Every finding that this run opened, made worse or closed."""
    changed = changes_of(place, run.id)
    of: dict[str, tuple[What, Finding]] = {}
    kinds: tuple[tuple[What, tuple[Finding, ...]], ...] = (
        ("worse", changed.worse),
        ("new", changed.new),
        ("fixed", changed.fixed),
    )
    for what, held in kinds:
        of |= {finding.id: (what, finding) for finding in held}
    told = told_of(place, [finding for _, finding in of.values()])
    return [_told(place, one, what) for (what, _), one in zip(of.values(), told, strict=True)]


def silenced_signals(place: Workplace, changes: Mapping[str, What]) -> list[Signal]:
    """What stands by now of findings that a run before changed so, and nobody was told of."""
    with place.database.read() as connection:
        listed = [f for f in findings.of_ids(connection, changes).values() if f.is_open]
    return [_told(place, one, changes[one.finding.id]) for one in told_of(place, listed)]


def standing_signals(place: Workplace, besides: Iterable[Signal]) -> list[Signal]:
    """What stands beside these in their groups, so that a thread shows all of its group."""
    known = {signal.id for signal in besides}
    marks = {signal.mark for signal in besides}
    with place.database.read() as connection:
        listed = [f for f in findings.listed(connection) if f.is_open]
    mine = [f for f in listed if f.id not in known and signal_of(f, "stands").mark in marks]
    return _standing(place, mine)


def open_signals(place: Workplace, marks: Collection[str]) -> list[Signal]:
    """Everything that stands in these groups."""
    with place.database.read() as connection:
        listed = [f for f in findings.listed(connection) if f.is_open]
    return _standing(place, [f for f in listed if signal_of(f, "stands").mark in marks])


def _standing(place: Workplace, mine: list[Finding]) -> list[Signal]:
    return [_told(place, one, "stands") for one in told_of(place, mine)]


def _told(place: Workplace, one: Told, what: What) -> Signal:
    owners = owners_named(place.scope, one.finding.owner)
    stage = one.life.standing.value
    return signal_of(one.finding, what, one.systems, owners=owners, stage=stage)


def gap_signals(place: Workplace) -> list[Signal]:
    """The gaps that have outlived what their tables allow: each counts like a critical finding."""
    with place.database.read() as connection:
        standing = gaps.standing(connection)
    now = place.clock()
    return [_of_gap(place, gap) for gap in standing if gap.escalates(now)]


def unreadable_sources(place: Workplace) -> set[str]:
    """The sources of which the latest measurement could tell nothing at all."""
    told: dict[str, set[Status]] = defaultdict(set)
    with place.database.read() as connection:
        for each in outcomes.standing(connection):
            told[each.outcome.source].add(each.outcome.verdict.status)
    silent = {Status.UNKNOWN, Status.NOT_APPLICABLE}
    return {s for s, said in told.items() if Status.UNKNOWN in said and said <= silent}


def signal_of(
    finding: Finding,
    change: What,
    systems: Iterable[str] = (),
    *,
    owners: tuple[Text, ...] = (),
    stage: str = "",
) -> Signal:
    """A finding as alerts know it."""
    expectation = rules().expectation(finding.suite, finding.expectation)
    remedy = expectation.remedy if expectation else None
    return Signal(
        about="finding",
        id=finding.id,
        severity=finding.severity,
        change=change,
        check=f"{finding.suite}#{finding.expectation}",
        source=finding.source,
        account=finding.account,
        region=finding.region,
        subject=finding.subject_id,
        systems=tuple(systems),
        owners=owners,
        due=finding.due,
        observed=finding.observed,
        is_open=finding.is_open,
        state=finding.state.value,
        because=rules().because(finding),
        stage=stage,
        remedy=Text(remedy.zh, remedy.en) if remedy else None,
    )


def gap_id(gap: StandingGap) -> str:
    """A name for a gap that holds nothing else; one that comes back is another."""
    said = "\n".join((*gap.key, gap.since.isoformat()))
    return f"gap-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def _of_gap(place: Workplace, gap: StandingGap) -> Signal:
    return Signal(
        about="gap",
        id=gap_id(gap),
        severity=Severity.CRITICAL,
        change="new",
        check="",
        source=gap.source,
        owners=owners_named(place.scope, gap.owner),
    )
