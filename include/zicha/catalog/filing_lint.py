"""The rules that what is handed in is held against: what each is called, how grave, what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model

Days = Annotated[int, Field(ge=1, le=366)]


class LintRule(Strict):
    """One rule; a blocker keeps a document from approval, a warning goes with it."""

    id: Slug
    severity: Literal["blocker", "warning"]
    says: Said
    remedy: Said


class LintLimits(Strict):
    """Days: how old the run may be, and how soon an attestation may expire after the due day."""

    run_warning: Days
    run_blocker: Days
    expiring: Days


class LintFile(Strict):
    """The whole file."""

    limits: LintLimits
    rules: Annotated[tuple[LintRule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_once(self) -> LintFile:
        ids = [rule.id for rule in self.rules]
        if len(ids) != len(set(ids)):
            raise ValueError("a rule's id stands twice: rename one")
        return self

    def rule(self, id_: str) -> LintRule:
        """One rule."""
        return next(rule for rule in self.rules if rule.id == id_)


def load_filing_lint(path: Path | None = None) -> LintFile:
    """The rules of the catalogue."""
    return load_model(path or catalog_dir() / "filing_lint.yaml", LintFile)
