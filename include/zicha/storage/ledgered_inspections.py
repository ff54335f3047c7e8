"""What the ledger says of inspections and orders: which act, of which, by its digests only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zicha.custody.canonical import canonical_digest
from zicha.custody.entry import Commitment, Kind
from zicha.storage.ledger import Draft

MARK = 16

DOCUMENT = "document"
"""The name of bytes that were sealed as a paper of an inspection or of an order."""


def of_event(
    what: str, row: Mapping[str, Any], objects: tuple[Commitment, ...] = (), by: str = ""
) -> Draft:
    """One thing that happened to an inspection or an order; what was said stays out."""
    about = {what: row["of"], "number": row["number"], "act": row["act"]}
    mark = canonical_digest(row)[-MARK:]
    key = f"{what}/{row['of']}/{row['number']}/{mark}"
    return Draft(key, Kind(what), about, objects, row=dict(row), by=by)
