"""Linting a filing: the document beside the run, the gaps, the attestations and the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zicha.catalog.filing_lint import load_filing_lint
from zicha.catalog.scope import Scope
from zicha.catalog.scope_answers import Attestation
from zicha.catalog.scope_entities import System
from zicha.evaluation.coverage import cover
from zicha.filings.case import Answered, AttestedUntil, GradedSystem, LintCase
from zicha.filings.lint import LintFinding, lint
from zicha.model.coverage import Conformity
from zicha.model.document import Document
from zicha.model.text import Text
from zicha.pipeline.filings.facts import Subject, consequence_of, disputes_of, systems_of
from zicha.pipeline.reports.facts import RunView
from zicha.pipeline.runs.claimed import claimed_sources
from zicha.pipeline.runs.covering import framework, frameworks_of, loaded_attestations
from zicha.pipeline.workplace import Workplace

ASSESSMENT = "mlps-assessment"


def linted(
    place: Workplace,
    subject: Subject,
    document: Document,
    *,
    view: RunView | None,
    answered: Mapping[str, Any],
    left_out: tuple[str, ...],
) -> list[LintFinding]:
    """What hinders the filing, and what its approver must know."""
    rules, systems = load_filing_lint(), systems_of(place.scope, subject.filing.of)
    duty = subject.duty
    case = LintCase(
        document=document,
        form=subject.form,
        limits=rules.limits,
        now=place.clock().astimezone(place.zone),
        due=subject.obligation.due and subject.obligation.due.astimezone(place.zone),
        judged_at=view.run.started_at if view else None,
        needs_run=any(field.filled_by != "person" for field in subject.form.fields),
        systems=tuple(_graded(place.scope, system) for system in systems),
        attestations=tuple(_attested(place, {system.id for system in systems})),
        undetermined=dict(_undetermined(view, systems)) if view else {},
        counts={"systems": len(systems)},
        gaps=tuple(_gaps(place, view, systems)) if view else (),
        answers={field: answered_of(row["answer"]) for field, row in answered.items()},
        left_out=left_out,
        disputes=disputes_of(duty),
        consequence=consequence_of(duty),
    )
    return lint(case, rules)


def answered_of(said: Mapping[str, Any]) -> Answered:
    """An answer as the database keeps it."""
    text = said.get("text")
    return Answered(Text(text["zh"], text["en"]) if text else None, tuple(said.get("rows", ())))


def _graded(scope: Scope, system: System) -> GradedSystem:
    last = [
        each.day for each in scope.duties.anchors if (each.duty, each.of) == (ASSESSMENT, system.id)
    ]
    return GradedSystem(
        system.id,
        system.name,
        system.level or 0,
        system.filing_number or "",
        system.filed_on,
        last[0] if last else None,
    )


def _attested(place: Workplace, systems: set[str]) -> Iterator[AttestedUntil]:
    """The newest of each kind: what was renewed does not count any more."""
    scope = place.scope
    known = [
        *scope.attestations,
        *(one for each in scope.registered.values() for one in each),
        *loaded_attestations(place),
    ]
    newest: dict[tuple[Any, ...], Attestation] = {}
    for one in known:
        key = (one.system, one.kind, one.items, one.objects)
        if key not in newest or newest[key].dated <= one.dated:
            newest[key] = one
    for one in sorted(newest.values(), key=lambda each: each.id):
        if one.system in systems:
            yield AttestedUntil(one.id, one.dated, one.valid_until)


def _undetermined(view: RunView, systems: list[System]) -> Iterator[tuple[str, int]]:
    for system in systems:
        for framework_id in frameworks_of(system):
            covered = cover(framework(framework_id), system, view.known)
            count = sum(item.status is Conformity.UNDETERMINED for item in covered.items)
            yield f"{system.id}/{framework_id}", count


def _gaps(place: Workplace, view: RunView, systems: list[System]) -> Iterator[Text]:
    drawn_on = {name for system in systems for name in claimed_sources(place.scope, system.id)}
    for gap in view.gaps:
        if gap.source in drawn_on:
            told = f"{gap.source} {gap.reason.value} {gap.permission}".rstrip()
            yield Text(f"{told}（影响 {gap.affects}）", f"{told} (affects {gap.affects})")
