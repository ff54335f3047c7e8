"""The daily look at our own books: everything is verified, and faults reach the health channel."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from zicha.model.errors import TamperedEvidenceError
from zicha.pipeline.alerts.health import tell_health
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.workplace import Workplace


def watch(place: Workplace) -> dict[str, Any]:
    """Verify store and ledger; tell the health channel what is wrong, by kinds and counts only.

    A day before today that left nothing in the ledger is told too, once: on the day after.

    Raises:
        TamperedEvidenceError: there are faults; `zicha verify` names each.
    """
    found = verify(place)
    kinds = Counter(str(fault["kind"]) for fault in found["faults"])
    yesterday = (date.fromisoformat(place.today()) - timedelta(days=1)).isoformat()
    silent = yesterday in found["days"]["silent"]
    place.progress.step("verified", objects=found["items"], faults=kinds.total())
    said = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    try:
        if kinds:
            tell_health(place, f"核验发现异常 verification found faults: {said}")
        if silent:
            tell_health(place, f"当日无任何记录 nothing in the ledger of: {yesterday}")
    finally:
        if kinds:
            raise TamperedEvidenceError(f"verification found {said}: run `zicha verify`")
    return {
        "items": found["items"],
        "entries": found["ledger"]["entries"],
        "expired": len(found["expired"]),
        "silent": silent,
    }
