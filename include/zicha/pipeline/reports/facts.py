"""The facts of a self-inspection report, gathered from the store; nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.controls import load_controls
from zicha.catalog.frameworks import Framework, Item
from zicha.catalog.owners import owner_text
from zicha.catalog.scope_entities import System
from zicha.evaluation.coverage import Known, cover
from zicha.model.coverage import Cell, Conformity, Coverage, ItemCoverage
from zicha.model.finding import Finding
from zicha.model.standing_gap import StandingGap
from zicha.model.text import Text
from zicha.pipeline.custody.sealing import root_of
from zicha.pipeline.findings.change import since_before
from zicha.pipeline.findings.lists import told_of, worst_first
from zicha.pipeline.findings.lives import Told
from zicha.pipeline.findings.waiver_marks import waiver_lines
from zicha.pipeline.reports.risks import risk_lines
from zicha.pipeline.runs.claimed import (
    claimed_sources,
    objects_of_finding,
    resources_by_object,
    systems_of_finding,
)
from zicha.pipeline.runs.conformity import met_before
from zicha.pipeline.runs.covering import (
    framework,
    judged_run,
    known_of,
    lacks_framework,
    outcomes_of,
    standing_outcomes,
)
from zicha.pipeline.runs.judging import by_status
from zicha.pipeline.runs.rules import limits_of, rules
from zicha.pipeline.workplace import Workplace
from zicha.reports.facts import (
    NOTHING,
    AbsentLine,
    ChapterLine,
    EvidenceLine,
    FindingLine,
    GapLine,
    ItemLine,
    ObjectLine,
    Outcomes,
    Rate,
    ReportFacts,
    SourceLine,
    SourceState,
    ThresholdLine,
    UnclaimedLine,
    UndeterminedLine,
)
from zicha.reports.safe_text import quoted
from zicha.storage import evidence, findings, gaps, runs
from zicha.storage.evidence import EvidenceRecord


@dataclass(frozen=True, slots=True)
class RunView:
    """What one run left behind, read once for all of its reports."""

    run: runs.Run
    known: Known
    counts: Outcomes
    findings: Sequence[Finding]
    gaps: Sequence[StandingGap]
    evidence: Sequence[EvidenceRecord]


def view_of(place: Workplace, run: str = "") -> RunView:
    """Read the newest judged run, or the one named."""
    judged = judged_run(place, run)
    outcomes = outcomes_of(place, judged.id)
    counted = by_status(outcomes)
    with place.database.read() as connection:
        open_findings = [f for f in findings.listed(connection) if f.is_open]
        standing = gaps.standing(connection)
        sealed = [
            entry
            for source in place.scope.sources
            if (held := runs.newest_with(connection, source.id, judged)) is not None
            for entry in evidence.of_run(connection, held.id, source.id)
        ]
    return RunView(
        judged,
        known_of(place, standing_outcomes(place, judged), judged.started_at),
        Outcomes(counted["pass"], counted["fail"], counted["unknown"], counted["not-applicable"]),
        worst_first(open_findings),
        standing,
        sealed,
    )


def facts_of(place: Workplace, view: RunView, framework_id: str, system_id: str) -> ReportFacts:
    """The facts of one system held against one framework."""
    scope, system = place.scope, place.scope.system(system_id)
    held = framework(framework_id)
    covered = cover(held, system, view.known)
    drawn_on = claimed_sources(scope, system_id)
    mine = [f for f in view.findings if system_id in systems_of_finding(view.known, f)]
    of_item = _findings_by_item(held, mine)
    before = met_before(place, view.run, system_id, framework_id)
    stands = told_of(place, mine)
    local = view.run.started_at.astimezone(place.zone)
    return ReportFacts(
        organisation=scope.organisation.name,
        entity=scope.entity(system.entity).name,
        system=system.name,
        system_id=system.id,
        level=system.level,
        filing_number=system.filing_number,
        kinds=tuple(system.kinds),
        on_cloud=system.cloud,
        run=view.run.id,
        day=view.run.day,
        as_of=local,
        tool_version=place.version,
        zone=scope.organisation.zone,
        demo=scope.demo,
        framework=held.title,
        catalogue_version=held.version,
        lacks=lacks_framework(system),
        period_from=view.run.day,
        period_to=view.run.day,
        trigger=view.run.trigger,
        sources=tuple(_source_lines(place, view, drawn_on)),
        objects=tuple(_object_lines(place, view, system)),
        absent=tuple(AbsentLine(each.type, each.because) for each in system.not_present),
        outcomes=view.counts,
        chapters=tuple(_chapters(held, covered)),
        rate=_rate(covered),
        items=tuple(_items(place, held, covered, of_item)),
        high_risks=risk_lines(
            place,
            "high-risk",
            held=held,
            risks=covered.high_risk,
            covered=covered,
            of_item=of_item,
            before=before.get("high-risk", ()),
        ),
        hazards=risk_lines(
            place,
            "hazard",
            held=held,
            risks=covered.hazards,
            covered=covered,
            of_item=of_item,
            before=before.get("hazard", ()),
        ),
        findings=tuple(_finding_line(place, view, held, one, of_item) for one in stands),
        waivers=waiver_lines(stands),
        gaps=tuple(_gap_line(place, gap) for gap in view.gaps if gap.source in drawn_on),
        undetermined=tuple(_undetermined(place, held, covered)),
        unclaimed=tuple(
            UnclaimedLine(u.source, u.subject_type, u.subject[-1], u.account, u.region)
            for u in covered.unclaimed
        ),
        thresholds=tuple(_thresholds(place)),
        evidence=tuple(_evidence_line(e, place) for e in view.evidence if e.source in drawn_on),
        since=since_before(place, view.run),
        ledger_root=_root(place),
    )


def _root(place: Workplace) -> str:
    """The ledger's last signed root in its short form; empty before the first."""
    found = root_of(place)
    return str(found["short"]) if found else ""


def _source_lines(place: Workplace, view: RunView, drawn_on: Iterable[str]) -> Iterable[SourceLine]:
    for source in place.scope.sources:
        if source.id not in drawn_on:
            continue
        sealed = [entry for entry in view.evidence if entry.source == source.id]
        unread = sum(entry.gap_count for entry in sealed)
        rows = sum(entry.row_count for entry in sealed)
        answered = any(entry.row_count or not entry.gap_count for entry in sealed)
        state: SourceState = (
            "complete" if sealed and not unread else "partial" if answered else "unread"
        )
        yield SourceLine(
            source.id,
            source.name,
            source.kind,
            state,
            source.recorded,
            len(sealed),
            rows,
            unread,
            max((_local(entry.collected_at, place) for entry in sealed), default=None),
        )


def _object_lines(place: Workplace, view: RunView, system: System) -> Iterable[ObjectLine]:
    resources = resources_by_object(view.known)
    for object_ in place.scope.objects_in(system.id):
        drawn = {s.source or f"group {s.group}" for s in object_.selects}
        yield ObjectLine(
            object_.id,
            object_.name,
            object_.type,
            tuple(sorted(drawn)),
            resources.get(object_.id, 0),
        )


def _chapters(held: Framework, covered: Coverage) -> Iterable[ChapterLine]:
    status = {item.id: item.status for item in covered.items}
    for chapter in held.chapters:
        members = [item for item in held.items if item.chapter == chapter.id]
        said = [status[item.id] for item in members]
        if not members:
            continue
        yield ChapterLine(
            _shared_clause(members),
            chapter.title,
            said.count(Conformity.CONFORMING),
            said.count(Conformity.PARTIAL),
            said.count(Conformity.NONCONFORMING),
            said.count(Conformity.UNDETERMINED),
            said.count(Conformity.NOT_APPLICABLE),
        )


def _shared_clause(members: Sequence[Item]) -> str:
    """The clause number that the general items of a chapter share: `8.1.4`."""
    clauses = [m.id.partition("/")[2].split(".") for m in members if m.part == "general"]
    clauses = clauses or [m.id.partition("/")[2].split(".") for m in members]
    shared = []
    for numbers in zip(*clauses, strict=False):
        if len(set(numbers)) > 1:
            break
        shared.append(numbers[0])
    return ".".join(shared[:3])


def _rate(covered: Coverage) -> Rate | None:
    if covered.rate is None:
        return None
    return Rate(
        covered.rate.value,
        covered.rate.lowest,
        covered.rate.highest,
        covered.conclusion.text,
        covered.conclusion.because,
    )


def _items(
    place: Workplace, held: Framework, covered: Coverage, of_item: dict[str, list[str]]
) -> Iterable[ItemLine]:
    chapters = {chapter.id: chapter.title for chapter in held.chapters}
    names = {object_.id: object_.name.zh for object_ in place.scope.objects}
    for item, found in zip(held.items, covered.items, strict=True):
        proved = sorted({part.id for part in found.parts if part.status.value == "pass"})
        yield ItemLine(
            item.ref,
            chapters[item.chapter],
            item.says,
            found.status,
            tuple(names.get(cell.id, cell.id) for cell in found.objects),
            tuple(proved),
            next((link.left for link in item.controls if link.left), NOTHING),
            tuple(of_item.get(item.id, ())),
            found.since.astimezone(place.zone).date().isoformat() if found.since else "",
        )


def _findings_by_item(held: Framework, mine: Iterable[Finding]) -> dict[str, list[str]]:
    by_control: dict[str, list[str]] = {}
    for finding in mine:
        for control in finding.controls:
            by_control.setdefault(control, []).append(finding.id)
    return {
        item.id: sorted({f for link in item.controls for f in by_control.get(link.id, [])})
        for item in held.items
    }


def _finding_line(
    place: Workplace,
    view: RunView,
    held: Framework,
    one: Told,
    of_item: dict[str, list[str]],
) -> FindingLine:
    finding, life = one.finding, one.life
    expectation = rules().expectation(finding.suite, finding.expectation)
    objects = objects_of_finding(view.known, finding)
    named = [o.name for o in place.scope.objects if o.id in objects]
    controls = load_controls()
    title = next((controls[c].title for c in finding.controls if c in controls), NOTHING)
    unmeasured = finding.unmeasured_since(view.run.id)
    return FindingLine(
        id=finding.id,
        severity=finding.severity,
        title=title,
        because=quoted(rules().because(finding) or _retired(finding)),
        remedy=quoted(expectation.remedy) if expectation else NOTHING,
        subject=finding.subject_id,
        subject_type=finding.subject_type,
        object=Text("、".join(n.zh for n in named), ", ".join(n.en for n in named)),
        source=finding.source,
        account=finding.account,
        region=finding.region,
        observed=finding.observed,
        opened=_local(finding.opened_at, place).date().isoformat(),
        due=life.due.isoformat() if life.due else "",
        owner=owner_text(place.scope, life.owner),
        items=tuple(i.ref for i in held.items if finding.id in of_item.get(i.id, ())),
        state=life.standing.value,
        not_remeasured_since=_local(unmeasured, place).date().isoformat() if unmeasured else "",
    )


def _retired(finding: Finding) -> Text:
    name = f"{finding.suite}#{finding.expectation}"
    return Text(f"检查项 {name} 已停用", f"the expectation {name} is no longer in force")


def _gap_line(place: Workplace, gap: StandingGap) -> GapLine:
    return GapLine(
        gap.source,
        gap.reason,
        gap.permission,
        _local(gap.since, place).date().isoformat(),
        gap.remedy,
        gap.affects,
        owner_text(place.scope, gap.owner),
        gap.escalates(place.clock()),
    )


def _undetermined(
    place: Workplace, held: Framework, covered: Coverage
) -> Iterable[UndeterminedLine]:
    kinds = load_attestation_kinds()
    names = {object_.id: object_.name for object_ in place.scope.objects}
    for item, found in zip(held.items, covered.items, strict=True):
        if found.status is not Conformity.UNDETERMINED:
            continue
        wanted = [kinds[link.kind].hand_over for link in item.attestations if link.kind in kinds]
        yield UndeterminedLine(
            item.ref,
            item.says,
            found.reason,
            tuple(names[cell.id] for cell in _open_cells(found)),
            Text("；".join(w.zh for w in wanted), "; ".join(w.en for w in wanted)),
        )


def _open_cells(found: ItemCoverage) -> list[Cell]:
    return [cell for cell in found.objects if cell.status is Conformity.UNDETERMINED]


def _thresholds(place: Workplace) -> Iterable[ThresholdLine]:
    for limit in limits_of(place).values():
        yield ThresholdLine(
            limit.id,
            limit.title,
            "" if limit.chosen is None else str(limit.chosen),
            str(limit.floor),
            str(limit.value),
        )


def _evidence_line(entry: EvidenceRecord, place: Workplace) -> EvidenceLine:
    return EvidenceLine(
        entry.source,
        entry.table_id,
        _local(entry.collected_at, place),
        entry.pack_digest,
        entry.row_count,
        not entry.gap_count,
    )


def _local(moment: datetime, place: Workplace) -> datetime:
    return moment.astimezone(place.zone)
