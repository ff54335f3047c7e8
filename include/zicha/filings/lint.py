"""Holding a document against every rule: named blockers and warnings, each with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from zicha.catalog.filing_lint import LintFile
from zicha.filings import lint_document, lint_facts
from zicha.filings.case import LintCase
from zicha.filings.lint_document import Hit
from zicha.model.text import Text

BLOCKER = "blocker"

CHECKS: Mapping[str, Callable[[LintCase], Iterator[Hit]]] = {
    check.__name__.replace("_", "-"): check
    for check in (
        lint_document.required_field_missing,
        lint_document.person_part_unanswered,
        lint_document.field_in_part,
        lint_document.placeholder_text,
        lint_document.demo_data,
        lint_document.one_language_only,
        lint_document.format_left_out,
        lint_document.estimate_unmarked,
        lint_document.form_not_official,
        lint_document.counts_differ,
        lint_facts.nothing_measured,
        lint_facts.run_stale,
        lint_facts.run_too_old,
        lint_facts.evidence_gap,
        lint_facts.undetermined_items,
        lint_facts.attestation_expired,
        lint_facts.attestation_expiring,
        lint_facts.attestation_from_the_future,
        lint_facts.answer_from_the_future,
        lint_facts.filed_in_the_future,
        lint_facts.assessment_date_missing,
        lint_facts.filing_number_missing,
        lint_facts.level_differs,
        lint_facts.filing_number_differs,
        lint_facts.system_unknown,
        lint_facts.reading_disputed,
        lint_facts.due_passed,
    )
}
"""What each rule looks at, by the rule's id; a test holds the ids to those of the catalogue."""


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One thing that hinders, or that the approver must know."""

    rule: str
    severity: str
    where: str
    says: Text
    detail: Text
    remedy: Text

    @property
    def blocks(self) -> bool:
        """Whether the document cannot go to approval with it."""
        return self.severity == BLOCKER


def lint(case: LintCase, rules: LintFile) -> list[LintFinding]:
    """Everything that is found, the blockers first."""
    found = [
        LintFinding(rule.id, rule.severity, where, rule.says, detail, rule.remedy)
        for rule in rules.rules
        for where, detail in CHECKS[rule.id](case)
    ]
    return sorted(found, key=lambda one: not one.blocks)
