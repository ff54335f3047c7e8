"""Facts of documents over the example scope, with the report facts that stand for a judged run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from fakes.report_facts import report_facts
from zicha.catalog.duties import load_duties
from zicha.catalog.roots import project_root
from zicha.catalog.scope import Scope, load_scope
from zicha.model.coverage import Conformity
from zicha.model.text import Text
from zicha.reports.documents.basis import basis_of
from zicha.reports.documents.facts import DocumentFacts, FieldAnswer
from zicha.reports.facts import ItemLine, ReportFacts

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
HEADS = "miit-self-inspection"


@cache
def example_scope() -> Scope:
    """The example organisation."""
    return load_scope(project_root() / "include" / "scope" / "example")


def heads() -> ReportFacts:
    """The same system held against the heads of MIIT's inspections."""
    items = tuple(
        ItemLine(
            ref,
            Text("系统与网络安全现状", "Current security"),
            Text(f"检查要点 {ref}", f"Head {ref}"),
            status,
        )
        for ref, status in (
            ("MIIT-5.1", Conformity.NONCONFORMING),
            ("MIIT-5.2", Conformity.UNDETERMINED),
            ("MIIT-6.1", Conformity.CONFORMING),
        )
    )
    return replace(report_facts(3), items=items, rate=None, chapters=())


def document_facts(
    of: str = "billing",
    *,
    duty: str = "",
    judged: bool = True,
    findings: int = 3,
    answers: dict[str, FieldAnswer] | None = None,
    now: datetime = NOW,
) -> DocumentFacts:
    """Facts about one system of the example, judged or not."""
    scope, known = example_scope(), load_duties()
    entity = scope.entity("yunqiao")
    reports = {("billing", "mlps-l3"): report_facts(findings), ("billing", HEADS): heads()}
    held = known[duty] if duty else None
    return DocumentFacts(
        scope=scope,
        of=of,
        now=now,
        duty=held,
        basis=(basis_of(held, entity.province, entity.city, now),) if held else (),
        reports=reports if judged else {},
        answers=answers or {},
        tool_version="0.1.0",
        catalogue_version="mlps-l3 1",
        ledger_root="63:6c489773601c9822" if judged else "",
    )


def answered(words: str, rows: tuple[dict[str, str], ...] = ()) -> FieldAnswer:
    """What a person answered."""
    return FieldAnswer(Text(words, words), rows, "李文静", NOW)
