"""What a document may be built from: sealed facts, the user's scope, and people's own answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zicha.catalog.duties import Duty
from zicha.catalog.scope import Scope
from zicha.model.document import Basis
from zicha.model.text import Text
from zicha.reports.facts import ReportFacts


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """What a person answered to one field of a form: words, or rows of its table."""

    text: Text | None = None
    rows: tuple[Mapping[str, str], ...] = ()
    author: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """The facts of one document about `of`, an id of a system or of an entity of the scope.

    `reports` holds the self-inspection facts of the newest judged run by system and framework,
    empty when nothing was ever judged; `incident` the fact file and report body of an incident;
    `inspection` and `order` are what `zicha inspection show` and `zicha order show` print;
    `obligations` rows of what is owed by `of`, as `zicha calendar --format json` prints them.
    """

    scope: Scope
    of: str
    now: datetime
    duty: Duty | None = None
    basis: tuple[Basis, ...] = ()
    reports: Mapping[tuple[str, str], ReportFacts] = field(default_factory=dict)
    answers: Mapping[str, FieldAnswer] = field(default_factory=dict)
    incident: Mapping[str, Any] | None = None
    inspection: Mapping[str, Any] | None = None
    order: Mapping[str, Any] | None = None
    obligations: tuple[Mapping[str, Any], ...] = ()
    tool_version: str = ""
    catalogue_version: str = ""
    ledger_root: str = ""
