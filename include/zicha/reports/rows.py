"""The rows of each table of the report, as text by column, with the columns' relative widths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from zicha.catalog.gap_remedies import what_to_do
from zicha.model.coverage import Conformity
from zicha.model.text import Text
from zicha.model.verdict import Severity
from zicha.reports.facts import FindingLine, GapLine, ItemLine, ReportFacts, RiskLine
from zicha.reports.safe_text import one_line, short_digest
from zicha.reports.wording import Wording

Cells = dict[str, str]
"""Text by column; `tone`, beside them, colours one cell whose own word says the same."""

_SHORT_ID = 12

TONES = {
    "critical": "bad",
    "warning": "warn",
    "nonconforming": "bad",
    "partial": "warn",
    "conforming": "good",
    "undetermined": "quiet",
    "not-applicable": "quiet",
    "complete": "good",
    "unread": "bad",
}


@dataclass(frozen=True, slots=True)
class Laid:
    """How one table is filled, and how wide its columns are beside each other."""

    widths: dict[str, float]
    rows: Callable[[ReportFacts, Wording], Iterable[Cells]]
    toned: str = ""


def percent(value: float) -> str:
    """A percentage with one decimal."""
    return f"{value:.1f}%"


def moment(at: datetime | None, zone: str) -> str:
    """A moment as the organisation's clock shows it."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if at else ""


def by_severity(facts: ReportFacts) -> dict[str, int]:
    """The number of findings of each severity, the gravest first."""
    return {s.value: sum(f.severity is s for f in facts.findings) for s in Severity}


def joined(values: Iterable[str], w: Wording) -> str:
    """A short list in one cell."""
    return w("marks.separator").join(one_line(value) for value in values)


def gravest_first(facts: ReportFacts) -> list[FindingLine]:
    """The findings by severity, then by due day, then by id."""
    order = {severity: n for n, severity in enumerate(Severity)}
    return sorted(facts.findings, key=lambda f: (order[f.severity], f.due or "9999", f.id))


def short_id(finding: str) -> str:
    """A finding's id as a page shows it; the workbook holds it in full."""
    return finding[:_SHORT_ID] if len(finding) > _SHORT_ID + 2 else finding


def remedy_of(gap: GapLine, w: Wording) -> str:
    """What to do about a gap."""
    found = what_to_do(gap.reason, one_line(gap.permission), gap.remedy)
    return found.text.in_(w.lang)


def _names(texts: Iterable[Text], w: Wording) -> str:
    return joined((text.in_(w.lang) for text in texts), w)


def _basic(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    cloud = w("basic.on_cloud" if facts.on_cloud else "basic.off_cloud")
    lines = [
        (w("cover.unit"), facts.organisation.in_(w.lang)),
        (w("basic.entity"), facts.entity.in_(w.lang)),
        (w("cover.system"), facts.system.in_(w.lang) or w("cover.whole")),
        (w("cover.level"), _level(facts, w)),
        (w("cover.filing_number"), facts.filing_number or w("cover.unfiled")),
        (w("basic.kinds"), joined((w.word("kinds", kind) for kind in facts.kinds), w)),
        (w("basic.cloud"), cloud if facts.system_id else ""),
        (w("basic.framework"), facts.framework.in_(w.lang)),
        (w("basic.catalogue"), facts.catalogue_version),
        (w("basic.day"), facts.day),
        (w("basic.run"), facts.run),
        (w("basic.as_of"), f"{moment(facts.as_of, facts.zone)} ({facts.zone})"),
        (w("basic.trigger"), w.word("triggers", facts.trigger)),
    ]
    yield from ({"name": name, "value": one_line(value)} for name, value in lines)


def _level(facts: ReportFacts, w: Wording) -> str:
    if facts.level is None:
        return w("cover.unfiled")
    return w("cover.level_n", level=w.word("levels", str(facts.level)))


def _sources(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    for source in facts.sources:
        mark = w("marks.recorded") if source.recorded else ""
        yield {
            "source": f"{source.name.in_(w.lang)}{mark}\n{source.id}",
            "kind": w.word("source_kinds", source.kind),
            "state": w.word("source_states", source.state),
            "tone": TONES[source.state],
            "tables": str(source.tables),
            "rows": str(source.rows),
            "gaps": str(source.gaps),
            "collected": moment(source.collected_at, facts.zone),
        }


def _objects(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    for found in facts.objects:
        yield {
            "object": f"{found.name.in_(w.lang)}\n{found.id}",
            "type": w.word("object_types", found.type),
            "sources": joined(found.sources, w),
            "resources": str(found.resources),
        }


def _absent(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    for line in facts.absent:
        yield {"type": w.word("object_types", line.type), "because": line.because.in_(w.lang)}


def _thresholds(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    for line in facts.thresholds:
        yield {
            "threshold": line.title.in_(w.lang),
            "yours": line.yours,
            "floor": line.floor,
            "effective": line.effective,
        }


def _posture(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    total = facts.total()
    everything = sum(total.values())
    for status, items in total.items():
        share = percent(100 * items / everything) if everything else ""
        yield {
            "status": w.word("statuses", status),
            "tone": TONES[status],
            "items": str(items),
            "share": share,
        }


def _chapters(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    for line in facts.chapters:
        counts = {str(status): str(count) for status, count in line.counts().items()}
        every = str(sum(line.counts().values()))
        yield {"chapter": f"{line.ref} {line.title.in_(w.lang)}".strip(), **counts, "all": every}


def _items_failing(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    for item in facts.items:
        if item.status in {Conformity.NONCONFORMING, Conformity.PARTIAL}:
            yield _item(item, w)


def _item(item: ItemLine, w: Wording) -> Cells:
    return {
        "ref": item.ref,
        "title": item.title.in_(w.lang),
        "status": w.word("statuses", item.status),
        "tone": TONES[item.status],
        "findings": _some(item.findings, w),
    }


def _some(ids: tuple[str, ...], w: Wording, shown: int = 6) -> str:
    rest = f" … (+{len(ids) - shown})" if len(ids) > shown else ""
    return joined(map(short_id, ids[:shown]), w) + rest


def _risks(lines: tuple[RiskLine, ...], w: Wording) -> Iterator[Cells]:
    for line in lines:
        yield {
            "id": line.id,
            "title": line.title.in_(w.lang),
            "items": joined(line.items, w),
            "objects": _names(line.objects, w),
            "findings": _some(line.findings, w),
            "state": w(f"risk_states.{_risk_state(line)}"),
        }


def _risk_state(line: RiskLine) -> str:
    if line.rectified:
        return "rectified"
    return "open" if line.is_open else "met"


def _findings(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    for found in gravest_first(facts):
        yield {
            "id": short_id(found.id),
            "severity": w.word("severities", found.severity.value),
            "tone": TONES.get(found.severity.value, ""),
            "problem": "\n".join(_problem(found, w)),
            "object": found.object.in_(w.lang),
            "items": "\n".join(found.items[:6]),
            "due": found.due,
            "owner": found.owner.in_(w.lang),
        }


def _problem(found: FindingLine, w: Wording) -> Iterator[str]:
    yield one_line(found.title.in_(w.lang))
    yield w("finding.because", because=one_line(found.because.in_(w.lang)))
    yield w("finding.resource", subject=one_line(found.subject, 200))
    if found.observed:
        yield w("finding.observed", observed=one_line(found.observed, 200))
    yield w("finding.opened", opened=found.opened, state=w.word("states", found.state))
    if found.not_remeasured_since:
        yield w("finding.not_remeasured", day=found.not_remeasured_since)


def _rectification(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    order = {found.id: n for n, found in enumerate(gravest_first(facts))}
    for line in sorted(facts.plan(), key=lambda line: order.get(line.finding, len(order))):
        remark = line.remark.in_(w.lang)
        yield {
            "finding": short_id(line.finding),
            "subject": line.subject,
            "measure": line.measure.in_(w.lang) + (f"\n{remark}" if remark else ""),
            "owner": line.owner.in_(w.lang),
            "due": line.due,
            "state": w.word("states", line.state),
        }


def _waivers(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    for line in facts.waivers:
        yield {
            "finding": short_id(line.finding),
            "subject": line.subject,
            "because": line.because.in_(w.lang),
            "people": f"{line.requester}\n{line.approver}",
            "expires": line.expires,
            "state": w.word("waiver_states", line.state),
        }


def _gaps(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    for gap in facts.gaps:
        yield {
            "source": gap.source,
            "reason": w.word("reasons", gap.reason.value),
            "permission": gap.permission,
            "since": gap.since,
            "affects": str(gap.affects),
            "remedy": remedy_of(gap, w),
        }


def _undetermined(facts: ReportFacts, w: Wording) -> Iterator[Cells]:
    for line in facts.undetermined:
        yield {
            "ref": line.ref,
            "title": line.title.in_(w.lang),
            "objects": _names(line.objects, w),
            "why": line.why.in_(w.lang),
            "needs": line.needs.in_(w.lang),
        }


def _unclaimed(facts: ReportFacts, _w: Wording) -> Iterator[Cells]:
    for line in facts.unclaimed:
        yield {
            "source": line.source,
            "subject_type": line.subject_type,
            "subject": line.subject,
            "place": " ".join(part for part in (line.account, line.region) if part),
        }


def _evidence(facts: ReportFacts, _w: Wording) -> Iterator[Cells]:
    for line in facts.evidence:
        yield {
            "source": line.source,
            "table": line.table,
            "collected": moment(line.collected_at, facts.zone),
            "rows": str(line.rows),
            "digest": short_digest(line.digest),
        }


_RISK_WIDTHS = {"id": 1.2, "title": 4.2, "items": 1.8, "objects": 2, "findings": 2.4, "state": 1.7}

TABLES: dict[str, Laid] = {
    "basic": Laid({"name": 2.4, "value": 7.6}, _basic),
    "sources": Laid(
        {"source": 4.2, "kind": 2.4, "state": 1.3, "tables": 1.3, "rows": 1.4, "gaps": 1.1}
        | {"collected": 2.4},
        _sources,
        "state",
    ),
    "objects": Laid({"object": 4, "type": 2, "sources": 3.2, "resources": 1.4}, _objects),
    "absent": Laid({"type": 2.4, "because": 7.6}, _absent),
    "thresholds": Laid({"threshold": 5, "yours": 1.8, "floor": 1.4, "effective": 1.8}, _thresholds),
    "posture": Laid({"status": 4, "items": 3, "share": 3}, _posture, "status"),
    "chapters": Laid(
        {"chapter": 3.1, "conforming": 1.6, "partial": 1.3, "nonconforming": 1.6}
        | {"undetermined": 1.9, "not-applicable": 1.5, "all": 0.9},
        _chapters,
    ),
    "items_failing": Laid(
        {"ref": 2, "title": 5, "status": 1.6, "findings": 3}, _items_failing, "status"
    ),
    "high_risks": Laid(_RISK_WIDTHS, lambda f, w: _risks(f.high_risks, w)),
    "hazards": Laid(_RISK_WIDTHS, lambda f, w: _risks(f.hazards, w)),
    "findings": Laid(
        {"id": 2.5, "severity": 1.4, "problem": 5.6, "object": 2.3, "items": 2.2, "due": 1.9}
        | {"owner": 1.8},
        _findings,
        "severity",
    ),
    "rectification": Laid(
        {"finding": 1.9, "subject": 2.6, "measure": 4.6, "owner": 2.0, "due": 1.8, "state": 1.3},
        _rectification,
    ),
    "waivers": Laid(
        {"finding": 1.9, "subject": 2.6, "because": 4.0, "people": 3.0, "expires": 1.8}
        | {"state": 1.5},
        _waivers,
    ),
    "gaps": Laid(
        {"source": 1.9, "reason": 1.5, "permission": 2.3, "since": 1.7, "affects": 1.2}
        | {"remedy": 3.6},
        _gaps,
    ),
    "undetermined": Laid(
        {"ref": 1.7, "title": 3.4, "objects": 2, "why": 2.8, "needs": 2.2}, _undetermined
    ),
    "unclaimed": Laid({"source": 2, "subject_type": 2.4, "subject": 4, "place": 2.6}, _unclaimed),
    "evidence": Laid(
        {"source": 2.2, "table": 3, "collected": 2.4, "rows": 1.2, "digest": 3.4}, _evidence
    ),
}
