"""The CAC incident report: items 1 and 2 first, the rest as it becomes known."""

from __future__ import annotations

from zicha.model.document import Document
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.incident import build_from

FORM = "cac-incident-initial"


def build(facts: DocumentFacts) -> Document:
    """The report as it was recorded, with what is still missing."""
    return build_from(FORM, facts)
