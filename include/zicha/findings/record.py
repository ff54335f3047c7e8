"""Findings and gaps brought forward in the database, in the caller's one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from zicha.findings import gaps as gap_life
from zicha.findings import life
from zicha.model.finding import Listings, Transition
from zicha.model.outcome import Outcome
from zicha.model.standing_gap import StandingGap
from zicha.storage import findings, gaps


def advance_findings(
    connection: Connection,
    outcomes: Sequence[Outcome],
    listings: Listings,
    measured: life.Measurement,
) -> list[Transition]:
    """Bring the findings of the judged suites forward; the same run again changes nothing."""
    suites = {outcome.suite for outcome in outcomes} | listings.suites
    former = {name.partition("#")[0] for names in measured.formerly.values() for name in names}
    known = findings.of_suites(connection, suites | former)
    steps = life.advance(known, outcomes, listings, measured)
    findings.apply(connection, steps)
    return steps


def advance_gaps(
    connection: Connection,
    outcomes: Sequence[Outcome],
    measured: life.Measurement,
    max_ages: Mapping[str, timedelta],
    *,
    narrow: bool = False,
) -> list[StandingGap]:
    """Bring the gaps forward; the same run again changes nothing.

    A narrow run opens what nobody knew of, and says nothing of what a gap keeps from us elsewhere.
    """
    standing = gaps.standing(connection)
    if narrow:
        found = gap_life.met(
            outcomes,
            run=measured.run,
            as_of=measured.as_of,
            owners=measured.owners,
            max_ages=max_ages,
        )
        known = {gap.key for gap in standing if gap.is_open}
        new = [gap for gap in found if gap.key not in known]
        gaps.write(connection, new)
        return new
    changed = gap_life.advance(
        standing,
        outcomes,
        run=measured.run,
        as_of=measured.as_of,
        owners=measured.owners,
        max_ages=max_ages,
    )
    gaps.write(connection, changed)
    return changed
