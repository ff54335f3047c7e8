"""What the ledger says of filings: drafts with their files, answers, approvals, submissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zicha.custody.canonical import canonical_digest
from zicha.custody.entry import Commitment, Kind
from zicha.storage.ledger import Draft
from zicha.storage.ledgered import MARK, of_digest

APPROVAL = "approval"
COUNTED = {
    "version": ("number", "package"),
    "approval": ("version", "package", "decision"),
    "submission": ("version", "package"),
    "event": ("act", "after", "version", "package"),
    "answer": ("field",),
}
"""Which words of a row its entry says openly: ids, digests and states, never a name or a text."""


def of_filing(what: str, row: Mapping[str, Any]) -> Draft:
    """A draft, answer, approval, submission or step of a filing, with the bytes it is about."""
    kept = {name: value for name, value in row.items() if name != "id"}
    about = {"filing": kept["filing"], "what": what, **{n: kept[n] for n in COUNTED[what]}}
    return Draft(
        f"filing/{what}/{kept['filing']}/{canonical_digest(kept)[-MARK:]}",
        Kind.APPROVAL if what == APPROVAL else Kind.FILING,
        about,
        tuple(_objects(what, kept)),
        row=kept,
    )


def _objects(what: str, row: Mapping[str, Any]) -> list[Commitment]:
    if what == "version":
        return [
            Commitment(f"file/{f['name']}", f["sha256"], f["sm3"], f["size"]) for f in row["files"]
        ]
    if what == "submission" and row["receipt"]:
        return [of_digest("receipt", row["receipt"], row["receipt_size"])]
    return []
