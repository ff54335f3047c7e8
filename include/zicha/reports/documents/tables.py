"""Tables and charts of documents, from sealed facts: rows as in the self-inspection report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.scope_answers import Attestation
from zicha.catalog.scope_entities import System
from zicha.model.coverage import Conformity
from zicha.model.document import NOTHING, Chart, Grid, GridColumn, Series, Tone
from zicha.model.text import Lang, Text
from zicha.reports.chart import COLOURS
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.sections import same, systems_of
from zicha.reports.facts import ReportFacts
from zicha.reports.rows import TABLES
from zicha.reports.wording import wording

_BOTH: tuple[Lang, ...] = ("zh", "en")
_TONES: dict[Conformity, Tone] = {
    Conformity.CONFORMING: "good",
    Conformity.PARTIAL: "warning",
    Conformity.NONCONFORMING: "bad",
    Conformity.UNDETERMINED: "unknown",
    Conformity.NOT_APPLICABLE: "plain",
}
SYSTEM = GridColumn("system", Text("系统", "System"), 1.6)


def reports_of(facts: DocumentFacts, framework: str = "") -> tuple[ReportFacts, ...]:
    """One report for each system of the document: of this framework, else of whichever was judged.

    With a framework named, a system that was not held against it is left out.
    """
    found = []
    for system in systems_of(facts):
        mine = {f: r for (id_, f), r in facts.reports.items() if id_ == system.id}
        chosen = mine.get(framework) if framework else next(iter(mine.values()), None)
        if chosen is not None:
            found.append(chosen)
    return tuple(found)


def report_table(key: str, reports: Sequence[ReportFacts], title: Text | None = None) -> Grid:
    """One table of the self-inspection report (`rows.TABLES`), with the system where several."""
    zh, en = (wording(lang) for lang in _BOTH)
    columns = tuple(
        GridColumn(id_, Text(words, en.columns(key)[id_]), TABLES[key].widths[id_])
        for id_, words in zh.columns(key).items()
    )
    rows: list[dict[str, str | Text]] = []
    for report in reports:
        for one, other in zip(
            TABLES[key].rows(report, zh), TABLES[key].rows(report, en), strict=True
        ):
            cells: dict[str, str | Text] = {c.id: Text(one[c.id], other[c.id]) for c in columns}
            rows.append({SYSTEM.id: report.system, **cells})
    return Grid(
        id=key,
        title=title or Text(zh(f"tables.{key}.title"), en(f"tables.{key}.title")),
        columns=(SYSTEM, *columns) if len(reports) > 1 else columns,
        rows=tuple(rows),
        empty=Text(zh(f"tables.{key}.empty"), en(f"tables.{key}.empty")),
    )


def words(group: str, key: str) -> Text:
    """The words for a code of the report's wording (`severities`, `object_types`, `kinds`)."""
    return Text(*(wording(lang).word(group, key) for lang in _BOTH))


def systems_table(systems: Iterable[System]) -> Grid:
    """The graded systems: level, filing, and the network unit under MIIT's own grading."""
    columns = (
        GridColumn("name", Text("定级对象", "Graded system"), 2.6),
        GridColumn("kinds", Text("业务类型", "Business"), 1.7),
        GridColumn("level", Text("等保级别", "MLPS level"), 1.0),
        GridColumn("filing", Text("备案编号", "Filing number"), 1.7),
        GridColumn("filed_on", Text("备案日期", "Filed on"), 1.8),
        GridColumn("unit", Text("网络单元", "Network unit"), 1.8),
        GridColumn("grade", Text("单元级别", "Unit grade"), 0.9),
        GridColumn("unit_filing", Text("单元备案编号", "Unit filing number"), 1.7),
    )
    return Grid(
        "systems",
        Text("定级对象与网络单元", "Graded systems and network units"),
        columns,
        tuple(_system_row(system) for system in systems),
        Text("范围文件未声明定级对象。", "The scope declares no graded system."),
    )


def _system_row(system: System) -> dict[str, str | Text]:
    unfiled = Text("未填报", "not stated")
    none = Text("未声明", "not declared")
    kinds = [words("kinds", kind) for kind in system.kinds]
    unit = system.miit_unit
    return {
        "name": Text(f"{system.name.zh}\n{system.id}", f"{system.name.en}\n{system.id}"),
        "kinds": Text("、".join(k.zh for k in kinds), ", ".join(k.en for k in kinds)),
        "level": str(system.level),
        "filing": system.filing_number or unfiled,
        "filed_on": f"{system.filed_on:%Y-%m-%d}" if system.filed_on else unfiled,
        "unit": unit.name if unit else none,
        "grade": unit.grade if unit else none,
        "unit_filing": (unit.filing_number or unfiled) if unit else none,
    }


def attestations_of(facts: DocumentFacts, kinds: Iterable[str] = ()) -> tuple[Attestation, ...]:
    """What people attested for the document's systems, of these kinds or of all."""
    systems = {system.id for system in systems_of(facts)}
    wanted = set(kinds)
    held = (*facts.scope.attestations, *(a for r in facts.scope.registered.values() for a in r))
    mine = [a for a in held if a.system in systems and (not wanted or a.kind in wanted)]
    return tuple(sorted(mine, key=lambda a: (a.system, a.kind, a.dated, a.id)))


def attestations_table(
    facts: DocumentFacts, kinds: Iterable[str] = (), title: Text | None = None
) -> Grid:
    """Who attested what, until when; one that has run out, or lacks its second signer, says so."""
    known = load_attestation_kinds()
    rows: list[dict[str, str | Text]] = []
    for held in attestations_of(facts, kinds):
        kind = known.get(held.kind)
        rows.append(
            {
                "system": facts.scope.system(held.system).name,
                "kind": kind.title if kind else same(held.kind),
                "answer": _ANSWERS[held.answer],
                "statement": held.statement,
                "author": " / ".join(n for n in (held.author, held.second_signer) if n),
                "dated": f"{held.dated:%Y-%m-%d}",
                "valid_until": _validity(facts, held),
                "document": held.document or Text("无", "none"),
            }
        )
    columns = (
        GridColumn("kind", Text("证明种类", "Kind"), 1.9),
        GridColumn("answer", Text("结论", "Answer"), 1.0),
        GridColumn("statement", Text("内容", "Statement"), 2.8),
        GridColumn("author", Text("签署人", "Signed by"), 1.5),
        GridColumn("dated", Text("日期", "Dated"), 1.9),
        GridColumn("valid_until", Text("有效期至", "Valid until"), 1.9),
        GridColumn("document", Text("文件", "Document"), 2.1),
    )
    return Grid(
        "attestations",
        title or Text("书面证明", "Attestations"),
        (SYSTEM, *columns) if len(systems_of(facts)) > 1 else columns,
        tuple(rows),
        Text("没有登记相应的书面证明。", "No attestation of these kinds is registered."),
    )


_ANSWERS = {
    "holds": Text("成立", "holds"),
    "does-not-hold": Text("不成立", "does not hold"),
    "not-applicable": Text("不适用", "not applicable"),
}


def _validity(facts: DocumentFacts, held: Attestation) -> Text:
    day = f"{held.valid_until:%Y-%m-%d}"
    if held.valid_until < facts.now.date():
        return Text(f"{day}（已过期）", f"{day} (expired)")
    return same(day)


def chapters_chart(report: ReportFacts) -> Chart:
    """Items by chapter and status, stacked, in the order of the framework."""
    zh, en = (wording(lang) for lang in _BOTH)
    series = tuple(
        Series(
            words("statuses", str(status)),
            tuple(float(chapter.counts()[status]) for chapter in report.chapters),
            _TONES[status],
        )
        for status in COLOURS
    )
    return Chart(
        "chapters",
        Text(zh("charts.posture"), en("charts.posture")),
        "stacked",
        tuple(
            Text(f"{c.ref} {c.title.zh}".strip(), f"{c.ref} {c.title.en}".strip())
            for c in report.chapters
        ),
        series,
        Text(zh("charts.items"), en("charts.items")),
    )


def numbered(id_: str, title: Text, rows: Sequence[tuple[Text, str | Text]], empty: Text) -> Grid:
    """A table of names and values."""
    columns = (
        GridColumn("name", Text("项目", "Item"), 2.4),
        GridColumn("value", Text("内容", "Content"), 7.6),
    )
    filled: list[dict[str, str | Text]] = [{"name": n, "value": v} for n, v in rows]
    return Grid(id_, title, columns, tuple(filled), empty, NOTHING)
