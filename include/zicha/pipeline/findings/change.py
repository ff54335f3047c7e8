"""What a run changed: new, fixed, worse, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from zicha.model.finding import Change, Finding
from zicha.model.standing_gap import StandingGap
from zicha.pipeline.workplace import Workplace
from zicha.reports.facts import Since
from zicha.storage import findings, gaps, runs

NEW = {Change.OPENED.value, Change.REOPENED.value}
FIXED = {Change.PASSED.value, Change.GONE.value}


@dataclass(frozen=True, slots=True)
class Changes:
    """The findings a run touched, by what happened to them, and the gaps that stand."""

    new: tuple[Finding, ...]
    fixed: tuple[Finding, ...]
    worse: tuple[Finding, ...]
    unreadable: tuple[StandingGap, ...]


def changes_of(place: Workplace, run: str) -> Changes:
    """Read the events of the run; a finding is worse when its severity rose."""
    with place.database.read() as connection:
        events = findings.history(connection, run=run)
        touched = findings.of_ids(connection, {e["finding"] for e in events})
        standing = gaps.standing(connection)
    by_change = {
        name: tuple(touched[e["finding"]] for e in events if e["change"] in wanted)
        for name, wanted in (("new", NEW), ("fixed", FIXED), ("worse", {Change.SEVERITY.value}))
    }
    return Changes(**by_change, unreadable=tuple(standing))


def since_before(place: Workplace, run: runs.Run) -> Since | None:
    """The counts against the run before; None when there was none."""
    with place.database.read() as connection:
        before = runs.before(connection, run)
    if before is None:
        return None
    found = changes_of(place, run.id)
    return Since(
        before.id,
        before.day,
        len(found.new),
        len(found.fixed),
        len(found.worse),
        len(found.unreadable),
    )
