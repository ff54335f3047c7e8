"""Every attempt that was refused: by role, by signature, by the rule of two people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from zicha.catalog.roles import load_roles
from zicha.pipeline.check import Check
from zicha.pipeline.workplace import Workplace
from zicha.storage import filings, finding_acts, presses

Row = dict[str, Any]
WEEK = timedelta(days=7)


def refusal_rows(place: Workplace) -> list[Row]:
    """Who was refused what, when, over which channel and why; the newest first."""
    with place.database.read() as connection:
        acts = finding_acts.history(connection, finding_acts.REFUSED)
        pressed = [
            *presses.every(connection, presses.REFUSED),
            *presses.every(connection, presses.SPOOFED),
        ]
        answers = [row for what, row in filings.kept(connection) if what == "approval"]
    rows = [_row(one, one["act"], one["of"], one["body"]["because"]) for one in acts]
    # A press that a role refused stands among the acts already.
    told = {(row["actor"], row["because"]) for row in rows}
    rows += [
        _row(one, one["act"], ", ".join(one["about"]), one["because"])
        for one in pressed
        if (one["actor"], one["because"]) not in told
    ]
    rows += [
        _row(one, "approve-filing", one["filing"], one["because"])
        for one in answers
        if one["decision"] == "refused"
    ]
    return sorted(rows, key=lambda row: row["at"], reverse=True)


def refusal_check(place: Workplace) -> Check:
    """How many attempts were refused of late; they were refused, so nothing falls short."""
    since = place.clock() - WEEK
    late = [row for row in refusal_rows(place) if row["at"] >= since]
    who = len({row["actor"] for row in late if row["actor"]})
    detail = f"{len(late)} attempts refused within 7 days, of {who} known actors"
    return Check("refusals", True, f"{detail}: see `zicha refusals`" if late else detail, "")


def _row(one: Row, act: str, about: str, because: str) -> Row:
    actor = one["actor"]
    return {
        "at": one["at"],
        "actor": actor,
        "channel": actor.partition(":")[0] or "unknown",
        "verified": bool(actor) and load_roles().verifies(actor),
        "act": act,
        "about": about,
        "because": because,
    }
