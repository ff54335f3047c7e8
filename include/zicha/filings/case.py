"""What a document is held against when it is linted, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from zicha.catalog.filing_lint import LintLimits
from zicha.catalog.forms import Form
from zicha.model.document import Document, Grid
from zicha.model.text import Text

NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class GradedSystem:
    """A system as the scope declares it; `assessed_on` is the day of its last assessment."""

    id: str
    name: Text
    level: int
    filing_number: str = ""
    filed_on: date | None = None
    assessed_on: date | None = None


@dataclass(frozen=True, slots=True)
class AttestedUntil:
    """An attestation that the facts rest on."""

    id: str
    dated: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Answered:
    """What a person answered to one field: a text, or rows of cells by column."""

    text: Text | None = None
    rows: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LintCase:
    """A document with everything that can contradict it.

    Args:
        judged_at: the moment of the run it rests on; None when nothing was ever judged.
        undetermined: items without a verdict, by system and framework.
        gaps: what could not be read, a line each.
        counts: how many rows a table must have, by its id, as far as the facts say.
        left_out: formats that could not be made here, with the reason.
    """

    document: Document
    form: Form
    limits: LintLimits
    now: datetime
    due: datetime | None = None
    judged_at: datetime | None = None
    needs_run: bool = True
    systems: tuple[GradedSystem, ...] = ()
    attestations: tuple[AttestedUntil, ...] = ()
    undetermined: Mapping[str, int] | None = None
    counts: Mapping[str, int] | None = None
    gaps: tuple[Text, ...] = ()
    answers: Mapping[str, Answered] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    disputes: tuple[Text, ...] = ()
    consequence: Text = NOTHING

    @property
    def today(self) -> date:
        """The day of this moment, in the zone that it carries."""
        return self.now.date()

    def grids(self) -> Iterator[tuple[str, Grid]]:
        """Every table with the field in whose section it stands."""
        for section in self.document.sections:
            for grid in section.tables:
                yield section.field, grid

    def answered_rows(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Every row that a person answered, with the field."""
        for name, answer in self.answers.items():
            for row in answer.rows:
                yield name, row
