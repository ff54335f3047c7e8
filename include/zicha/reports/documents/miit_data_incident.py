"""The data incident report to the provincial communications administration."""

from __future__ import annotations

from zicha.model.document import Document
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.incident import build_from

FORM = "miit-data-incident"


def build(facts: DocumentFacts) -> Document:
    """The report as it was recorded, with what is still missing."""
    return build_from(FORM, facts)
