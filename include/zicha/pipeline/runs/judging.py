"""Judging a run: every suite over its table, then findings and gaps, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from zicha.catalog.terms import load_terms
from zicha.custody.outcome_rows import outcomes_to_parquet
from zicha.custody.store import Sealed
from zicha.duties.working_days import working_days_after
from zicha.evaluation.outcomes import evaluate
from zicha.findings.life import Measurement
from zicha.findings.listings import listings_of
from zicha.findings.names import former_names
from zicha.findings.record import advance_findings, advance_gaps
from zicha.model.errors import EvidenceError, MissingEvidenceError
from zicha.model.finding import Listing, Listings
from zicha.model.outcome import Outcome
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.runs.claimed import owners_of_sources
from zicha.pipeline.runs.conformity import KIND, conformity_of, written
from zicha.pipeline.runs.mending import mend
from zicha.pipeline.runs.rules import Rules, limits_of, rules
from zicha.pipeline.runs.tables import RunTables
from zicha.pipeline.workplace import Workplace, checked_day
from zicha.storage import announcements, findings, ledger, ledgered, runs
from zicha.storage import outcomes as outcome_store


@dataclass(slots=True)
class Judged:
    """What the suites said of one run."""

    outcomes: list[Outcome] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    max_ages: dict[str, timedelta] = field(default_factory=dict)


def judge(place: Workplace, day: str) -> dict[str, Any]:
    """Judge the day's newest collected run; the same run again gives the same and changes nothing.

    Raises:
        MissingEvidenceError: no collection of this day was closed.
    """
    run = closed_run(place, day)
    return keep_judgement(place, run, judge_tables(place, rules(), run))


def keep_judgement(
    place: Workplace, run: runs.Run, found: Judged, *, narrow: bool = False
) -> dict[str, Any]:
    """Seal what the suites said of a run, and bring outcomes, findings and gaps forward."""
    data = outcomes_to_parquet(found.outcomes)
    sealed = place.store.put(data)
    made = None if narrow else _seal_conformity(place, run, found.outcomes)
    place.progress.step("outcomes-sealed", run=run.id, outcomes=len(found.outcomes))
    measured = _measurement(place, run)
    with place.database.write() as connection:
        runs.keep(connection, run.id, "outcomes", sealed)
        outcome_store.record(connection, run.id, found.outcomes, run.started_at)
        listings = Listings(found.listings)
        retired = outcome_store.retire(connection, run.id, listings, run.started_at, place.clock())
        steps = advance_findings(connection, found.outcomes, listings, measured)
        steps += mend(connection, found.outcomes, listings, measured)
        changed = advance_gaps(connection, found.outcomes, measured, found.max_ages, narrow=narrow)
        drafts = [
            ledgered.of_outcomes(
                run.id,
                by_status(found.outcomes),
                sealed.held,
                len(retired["gone"]) if retired else 0,
            ),
            *map(ledgered.of_finding, findings.history(connection, run=run.id)),
            *map(ledgered.of_gap, changed),
        ]
        if retired is not None:
            drafts.append(ledgered.of_retirement(retired))
        if made is not None:
            runs.keep(connection, run.id, KIND, made)
            drafts.append(ledgered.of_conformity(run.id, made.held))
        ledger.append(connection, drafts, place.clock())
        runs.move(connection, run.id, runs.JUDGED, place.clock())
        announcements.owe(connection, run.id, place.clock())
    place.progress.step("judged", run=run.id, findings=len(steps))
    seal_ledger(place)
    return {"run": run.id, "outcomes": by_status(found.outcomes)}


def _seal_conformity(place: Workplace, run: runs.Run, outcomes: Sequence[Outcome]) -> Sealed | None:
    """What they make of each system; nothing where what an earlier run sealed cannot be read."""
    try:
        return place.store.put(written(conformity_of(place, run, outcomes)))
    except EvidenceError as error:
        place.progress.step("conformity-not-kept", run=run.id, why=str(error))
        return None


def judge_tables(place: Workplace, in_force: Rules, run: runs.Run) -> Judged:
    """Every outcome of a run, from sealed evidence only."""
    tables = RunTables(place, in_force, run)
    limits = limits_of(place)
    judged = Judged()
    for suite in in_force.suites.values():
        wanted = in_force.table_of(suite)
        scope = tables.scope(wanted)
        if not scope:
            continue
        table = tables.table(wanted)
        judged.max_ages[suite.id] = wanted.max_age
        judged.outcomes += evaluate(
            suite, table, scope, run.started_at, limits, wanted.max_age, wanted.subject_type
        )
        judged.listings += listings_of(suite.id, table.as_of(run.started_at, wanted.max_age))
        place.progress.step("suite-judged", suite=suite.id, outcomes=len(judged.outcomes))
    return judged


def closed_run(place: Workplace, day: str) -> runs.Run:
    """The newest run of the day whose collection is closed."""
    with place.database.read() as connection:
        of_day = runs.of_day(connection, checked_day(day))
    closed = [run for run in of_day if run.state != runs.OPEN]
    if not closed:
        raise MissingEvidenceError(f"no collection of {day} is closed: run `zicha collect` first")
    return closed[-1]


def by_status(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many outcomes stand in each status; each status is there."""
    counted = Counter(outcome.verdict.status.value for outcome in outcomes)
    return {status: counted[status] for status in ("pass", "fail", "unknown", "not-applicable")}


def _measurement(place: Workplace, run: runs.Run) -> Measurement:
    return Measurement(
        run=run.id,
        day=date.fromisoformat(run.day),
        as_of=run.started_at,
        entity=place.scope.organisation.id,
        terms=load_terms(scope=place.scope),
        after=working_days_after,
        owners=owners_of_sources(place.scope),
        formerly=former_names(rules().suites.values()),
    )
