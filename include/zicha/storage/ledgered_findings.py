"""What the ledger says of people's acts about findings: which act, of which; no name, no text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zicha.custody.canonical import canonical_digest
from zicha.custody.entry import Kind
from zicha.storage.finding_acts import FINDING, REFUSED, WAIVER
from zicha.storage.ledger import Draft

MARK = 16
KINDS = {FINDING: Kind.FINDING, WAIVER: Kind.WAIVER, REFUSED: Kind.DECISION}


def of_act(what: str, row: Mapping[str, Any], by: str = "") -> Draft:
    """One act of a person, or one that was refused."""
    mark = canonical_digest(row)[-MARK:]
    about = {"what": what, "number": row["number"], "act": row["act"]}
    # A refused act may name anything that somebody typed: it stays in the row.
    named = canonical_digest(row["of"])[-MARK:] if what == REFUSED else row["of"]
    return Draft(
        f"{what}/{named}/{row['number']}/{mark}",
        KINDS[what],
        about if what == REFUSED else about | {"of": named},
        row=dict(row),
        by=by,
    )
