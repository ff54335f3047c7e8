"""What the documents for MIIT have in common: units, attestations, dates, findings, evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.duties import load_duties
from zicha.catalog.scope_entities import MiitUnit, System
from zicha.model.coverage import Conformity
from zicha.model.document import NOTHING, Grid, GridColumn
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.says import Says
from zicha.reports.documents.sections import NO_FACTS, Part, joined, systems_of
from zicha.reports.documents.tables import (
    SYSTEM,
    attestations_of,
    attestations_table,
    report_table,
    reports_of,
    words,
)
from zicha.reports.facts import ReportFacts

say = Says("miit_documents.yaml")
HEADS = "miit-self-inspection"
"""The framework of the heads of MIIT's inspections."""
UNINSPECTED = Part(lacks=NO_FACTS)
"""What stands where nothing was ever judged."""


def units_of(facts: DocumentFacts) -> list[tuple[System, MiitUnit]]:
    """The systems of the document that are declared as network units."""
    return [(s, s.miit_unit) for s in systems_of(facts) if s.miit_unit is not None]


def attested(facts: DocumentFacts, *kinds: str) -> Part:
    """What people attested of these kinds; a kind without one in force is named as missing."""
    known = load_attestation_kinds()
    held = attestations_of(facts, kinds)
    valid = [a for a in held if a.valid_until >= facts.now.date() and a.answer != "does-not-hold"]
    missing = [known[k].title for k in kinds if k not in {a.kind for a in valid} and k in known]
    lacks = say("attested.lacks", kinds=joined(missing)) if missing else NOTHING
    if not held:
        return Part(lacks=lacks)
    said = say("attested.said", count=len(held), valid=len(valid))
    title = say("attestations.title")
    return Part((said,), (attestations_table(facts, kinds, title),), lacks=lacks, done=not missing)


def both(first: Part, second: Part) -> Part:
    """Two parts as one; what either lacks, the whole lacks, and it is done when both are."""
    lacks = [text for text in (first.lacks, second.lacks) if text.zh]
    return Part(
        sentences=(*first.sentences, *second.sentences),
        tables=(*first.tables, *second.tables),
        charts=(*first.charts, *second.charts),
        lacks=Text("；".join(t.zh for t in lacks), "; ".join(t.en for t in lacks)),
        done=first.done and second.done,
    )


def dates_of(facts: DocumentFacts, *duties: str) -> Part:
    """Since when the clocks of these duties run, and what the calendar holds of them."""
    known, scope = load_duties(), facts.scope
    ours = {system.id: system.name for system in systems_of(facts)}
    ours |= {e.id: e.name for e in scope.entities if e.id == facts.of}
    anchors = [a for a in scope.duties.anchors if a.duty in duties and a.of in ours]
    sentences = tuple(
        say("duty.anchored", duty=known[a.duty].title, of=ours[a.of], day=a.day.isoformat())
        for a in anchors
        if a.duty in known
    )
    rows = [row for row in facts.obligations if row["duty"] in duties and row["of"] in ours]
    columns = tuple(
        GridColumn(id_, say(f"duty.{id_}"), width)
        for id_, width in (
            ("obligation", 4.0),
            ("of", 2.4),
            ("due", 1.8),
            ("state", 1.4),
            ("owner", 2.0),
        )
    )
    table = Grid(
        "obligations",
        say("duty.title"),
        columns,
        tuple(_obligation_row(row, known[row["duty"]].title, ours) for row in rows),
        say("duty.empty"),
    )
    lacks = NOTHING if sentences or rows else say("duty.no_anchor")
    return Part(sentences, (table,) if rows else (), lacks=lacks, done=True)


def _obligation_row(
    row: Mapping[str, Any], title: Text, ours: Mapping[str, Text]
) -> dict[str, str | Text]:
    return {
        "obligation": title,
        "of": ours[row["of"]],
        "due": str(row.get("due") or "—")[:16].replace("T", " "),
        "state": words("obligation_states", str(row.get("state") or "—")),
        "owner": Text(**row["owner_name"]) if row.get("owner") else "—",
    }


def findings_part(facts: DocumentFacts) -> Part:
    """Every open finding, counted once; nothing where nothing was ever judged."""
    reports = reports_of(facts)
    if not reports:
        return UNINSPECTED
    known = {finding.id: finding.severity.value for r in reports for finding in r.findings}
    counts = {key: list(known.values()).count(key) for key in ("critical", "warning", "info")}
    sentences = [say("findings.said", count=len(known), **counts)]
    if not any(report.outcomes.all for report in reports):
        sentences.append(say("findings.untested"))
    unread = sum(gap.affects for report in reports for gap in report.gaps)
    lacks = say("findings.unread", count=unread) if unread else NOTHING
    return Part(tuple(sentences), (report_table("findings", reports),), lacks=lacks)


def rectification_part(facts: DocumentFacts) -> Part:
    """The plan; a line without owner or date is a thing still to be done."""
    reports = reports_of(facts)
    if not reports:
        return UNINSPECTED
    lines = {(line.finding, line.subject): line for r in reports for line in r.plan()}.values()
    no_owner = sum(not line.owner.zh for line in lines)
    no_due = sum(not line.due for line in lines)
    open_ = sum(not (line.owner.zh and line.due) for line in lines)
    said = say("rectification.said", count=len(lines), no_owner=no_owner, no_due=no_due)
    lacks = say("rectification.lacks", count=open_) if open_ else NOTHING
    return Part((said,), (report_table("rectification", reports),), lacks=lacks)


def undetermined_part(facts: DocumentFacts) -> Part:
    """What could not be read, and how much nobody could judge; the items stand in the annex."""
    reports = reports_of(facts)
    if not reports:
        return UNINSPECTED
    open_ = undetermined_items(reports)
    said = (say("undetermined.said", what=open_),) if open_.zh else (say("undetermined.none"),)
    return Part(said, (report_table("gaps", reports),))


def evidence_part(facts: DocumentFacts) -> Part:
    """The sealed tables with their digests."""
    reports = reports_of(facts)
    if not reports:
        return UNINSPECTED
    root = facts.ledger_root or say("evidence.unsigned")
    table = report_table("evidence", reports)
    return Part((say("evidence.said", root=root),), (table,))


def heads_part(facts: DocumentFacts, *clauses: str) -> Part:
    """Heads of MIIT's inspections, by clause numbers such as `MIIT-4`, with their results."""
    rows: list[dict[str, str | Text]] = []
    open_ = 0
    reports = reports_of(facts, HEADS)
    for report in reports:
        for item in report.items:
            if not any(item.ref.startswith(f"{clause}.") for clause in clauses):
                continue
            open_ += item.status is Conformity.UNDETERMINED
            rows.append(
                {
                    "system": report.system,
                    "ref": item.ref,
                    "requirement": item.title,
                    "status": words("statuses", str(item.status)),
                    "left": item.left,
                    "related": str(len(item.findings)),
                }
            )
    columns = (
        GridColumn("ref", say("protection.ref"), 1.3),
        GridColumn("requirement", say("protection.requirement"), 4.6),
        GridColumn("status", say("protection.status"), 1.4),
        GridColumn("left", say("protection.left"), 2.8),
        GridColumn("related", say("protection.related"), 0.9),
    )
    if not rows:
        return Part()
    table = Grid(
        "heads",
        say("protection.items"),
        (SYSTEM, *columns) if len(reports) > 1 else columns,
        tuple(rows),
        say("protection.items_empty"),
    )
    lacks = say("protection.undetermined", count=open_) if open_ else NOTHING
    return Part((), (table,), lacks=lacks, done=not open_)


def undetermined_items(reports: Iterable[ReportFacts]) -> Text:
    """How many items nobody could judge; empty when none."""
    open_ = sum(report.total().get(Conformity.UNDETERMINED, 0) for report in reports)
    return say("protection.undetermined", count=open_) if open_ else NOTHING


def rates(reports: Iterable[ReportFacts]) -> tuple[Text, ...]:
    """The rate of each system with the range that it can still take."""
    return tuple(
        say(
            "protection.rate",
            system=report.system,
            value=f"{report.rate.value:.1f}",
            lowest=f"{report.rate.lowest:.1f}",
            highest=f"{report.rate.highest:.1f}",
            conclusion=report.rate.conclusion,
        )
        for report in reports
        if report.rate is not None
    )


def unit_sentences(facts: DocumentFacts) -> tuple[Text, ...]:
    """Which units the document is about."""
    return tuple(
        say("units.name", unit=unit.name, system=system.name) for system, unit in units_of(facts)
    )


def unit_part(facts: DocumentFacts) -> Part:
    """The units with their grades; missing where none is declared."""
    units = units_of(facts)
    if not units:
        return Part(lacks=say("units.none"))
    graded = tuple(say("units.grade", unit=unit.name, grade=unit.grade) for _, unit in units)
    return Part((*unit_sentences(facts), *graded))


def names(units: Sequence[tuple[System, MiitUnit]]) -> Text:
    """The names of units."""
    return joined([unit.name for _, unit in units])
