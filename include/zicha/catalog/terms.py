"""Terms: how many working days a finding may stand open, by severity; the user's own come first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError
from zicha.model.verdict import Severity

if TYPE_CHECKING:
    from zicha.catalog.scope import Scope

Days = Annotated[int, Field(ge=0, le=3650)]
BySeverity = dict[Literal["critical", "warning", "info"], Days]


class Terms(Strict):
    """Working days from the opening of a finding to the day it must be rectified."""

    id: Slug
    title: Said
    clock: Literal["working"]
    days: BySeverity
    at_most: BySeverity
    """The longest that the user's own table may allow."""


class OwnTerms(Strict):
    """The user's own days; a severity that is left out has the catalogue's."""

    days: BySeverity = Field(default_factory=dict)


def load_terms(path: Path | None = None, scope: Scope | None = None) -> dict[Severity, int]:
    """The days for each severity that has a term, the user's own before the catalogue's."""
    terms = load_model(path or catalog_dir() / "rectification_days.yaml", Terms)
    own = scope.rectification.days if scope else {}
    return {Severity(severity): days for severity, days in (terms.days | own).items()}


def check_terms(own: OwnTerms) -> None:
    """Hold the user's table to the longest that the catalogue allows.

    Raises:
        ConfigError: a severity has more days.
    """
    terms = load_model(catalog_dir() / "rectification_days.yaml", Terms)
    for severity, days in own.days.items():
        if days > terms.at_most.get(severity, days):
            raise ConfigError(
                f"rectification.yaml: days.{severity}: {days} is more than the "
                f"{terms.at_most[severity]} working days that are allowed: lower it, or waive"
            )
