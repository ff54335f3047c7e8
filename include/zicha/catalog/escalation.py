"""Who hears of an obligation, and how long before or after it is due: a table the user owns."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model


class Step(Strict):
    """One step: so long before the due moment (negative: after it), somebody hears of it."""

    days: int = 0
    hours: int = 0
    to: Literal["owner", "head", "management"]
    severity: Literal["info", "warning", "critical"]
    says: Said

    @property
    def before(self) -> timedelta:
        """How long before the due moment."""
        return timedelta(days=self.days, hours=self.hours)


class Escalation(Strict):
    """The whole table.

    Args:
        opens_days_before: when work on an obligation begins, unless its law opens a window.
        head: the role that heads security; the owner of what belongs to no system.
        steps: from the earliest to the latest.
    """

    opens_days_before: Annotated[int, Field(ge=1, le=365)]
    head: Slug
    management: Slug
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _goes_forward(self) -> Escalation:
        befores = [step.before for step in self.steps]
        if befores != sorted(befores, reverse=True) or len(set(befores)) != len(befores):
            raise ValueError("steps must go from the earliest to the latest, each once")
        return self


def load_escalation(path: Path | None = None) -> Escalation:
    """The table of the catalogue, or the user's own."""
    return load_model(path or catalog_dir() / "escalation.yaml", Escalation)
