"""A risk report as its readers see it: one text, or its tables by name."""

from __future__ import annotations

import json
from dataclasses import asdict

from zicha.model.document import Document, Grid
from zicha.reports.risk_facts import Depth, RiskFacts
from zicha.reports.risk_report import risk_document
from zicha.reports.risk_words import risk_words


def whole(document: Document) -> str:
    """All that it says."""
    return json.dumps(asdict(document), default=str, ensure_ascii=False)


def tables_of(facts: RiskFacts, depth: Depth) -> dict[str, Grid]:
    """Its tables, by their ids."""
    document = risk_document(facts, depth, risk_words())
    return {table.id: table for section in document.sections for table in section.tables}
