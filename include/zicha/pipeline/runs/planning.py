"""Opening a run and closing its books: one inspection a day, unless somebody wants another."""

from __future__ import annotations

import os
from collections.abc import Sequence

from zicha.catalog.scope import Scope
from zicha.custody.canonical import canonical_digest
from zicha.custody.manifest import manifest
from zicha.model.errors import ConfigError, MissingEvidenceError
from zicha.pipeline.runs.declaring import enter_waivers
from zicha.pipeline.runs.rules import digests_of_rules, frameworks, limits_of
from zicha.pipeline.workplace import Workplace, checked_day
from zicha.storage import evidence, ledger, ledgered, runs

BATCHES_PER_CORE = 4


def plan_collection(
    place: Workplace,
    day: str,
    *,
    again: bool = False,
    trigger: str = "daily",
    sources: Sequence[str] = (),
) -> list[str]:
    """Open the day's run and cut it into batches (`run/source+source`).

    An open run of the day is taken up where it stopped. A day that was collected already gives no
    batches, unless `again` asks for another run.

    Raises:
        ConfigError: the day is not today (state cannot be collected for a past day), or a source is
            not in the scope.
    """
    _check_is_today(place, checked_day(day))
    for wanted in sources:
        place.scope.source(wanted)
    asked = [s.id for s in place.scope.sources if not sources or s.id in sources]
    with place.database.write() as connection:
        standing = runs.of_day(connection, day)
        run = runs.open_run(
            connection,
            run=f"{day}-{len(standing) + 1:03d}",
            day=day,
            trigger=trigger,
            scope_digest=place.scope.digest,
            scope=stored_scope(place.scope, asked) | {"declared": declared(place)},
            at=place.clock(),
            again=again,
        )
        if run.state != runs.OPEN:
            return []
        if run.id not in {found.id for found in standing}:
            runs.plan(connection, run.id, asked)
            enter_waivers(place, connection)
        # A run that was taken up again keeps the sources it began with.
        planned = [b.source for b in runs.batches_of(connection, run.id) if b.state != runs.SEALED]
    place.progress.step("planned", run=run.id, sources=len(planned))
    most = BATCHES_PER_CORE * (os.cpu_count() or 1)
    size = max(1, -(-len(planned) // most))
    return [f"{run.id}/{'+'.join(names)}" for names in in_groups(planned, size)]


def close_collection(place: Workplace, day: str) -> str:
    """List every planned batch as sealed or errored, seal the manifest, and say which run it was.

    Raises:
        MissingEvidenceError: nobody opened a run for this day.
    """
    with place.database.read() as connection:
        of_day = runs.of_day(connection, checked_day(day))
    if not of_day:
        raise MissingEvidenceError(f"no collection was opened for {day}: run `zicha collect`")
    run = next((found for found in of_day if found.state == runs.OPEN), of_day[-1])
    return close_run(place, run)


def close_run(place: Workplace, run: runs.Run) -> str:
    """List every planned batch of this run as sealed or errored, and seal its manifest."""
    with place.database.write() as connection:
        if runs.kept(connection, run.id, "manifest"):
            return run.id
        # Killed after the books were closed, it takes up the manifest of that moment.
        closed_at = run.collected_at or place.clock()
        batches = runs.close_collection(connection, run.id, closed_at)
        sealed = evidence.of_run(connection, run.id)
        scope = runs.scope_of(connection, run.id)
    place.progress.step("books-closed", run=run.id)
    suites, catalogues = digests_of_rules()
    states = {batch.source: batch.state for batch in batches}
    data = manifest(
        run.id,
        run.day,
        trigger=run.trigger,
        scope_digest=run.scope_digest,
        stored_scope=canonical_digest(scope),
        started_at=run.started_at,
        closed_at=closed_at,
        evidence=[entry.listed for entry in sealed],
        batches=states,
        gaps={f"{e.source} {e.table_id}": e.gap_count for e in sealed if e.gap_count},
        suites=suites,
        catalogues=catalogues,
        tool_version=place.version,
    )
    stored = place.store.put(data)
    with place.database.write() as connection:
        runs.keep(connection, run.id, "manifest", stored)
        draft = ledgered.of_close(run.id, run.day, states, stored.held)
        ledger.append(connection, [draft], place.clock())
    place.progress.step("collection-closed", run=run.id, evidence=len(sealed))
    return run.id


def stored_scope(scope: Scope, sources: Sequence[str]) -> dict[str, object]:
    """What the run remembers of the scope: who was asked, and where."""
    return {
        "organisation": scope.organisation.id,
        "demo": scope.demo,
        "digest": scope.digest,
        "sources": list(sources),
        "systems": [system.id for system in scope.systems],
    }


def declared(place: Workplace) -> dict[str, object]:
    """What the scope declared as the run began, so that a later report can say what changed."""
    scope = place.scope
    return {
        "sources": [source.id for source in scope.sources],
        "systems": {system.id: system.level for system in scope.systems},
        "objects": {object_.id: object_.type for object_ in scope.objects},
        "thresholds": {limit.id: limit.value for limit in limits_of(place).values()},
        "catalogue": {id_: held.version for id_, held in frameworks().items()},
    }


def in_groups(names: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """The names in groups of at most `size`."""
    return [tuple(names[n : n + size]) for n in range(0, len(names), size)]


def _check_is_today(place: Workplace, day: str) -> None:
    today = place.today()
    if day < today:
        raise ConfigError(
            f"{day} is past: the state of a source can only be collected today ({today})"
        )
    if day > today:
        raise ConfigError(f"{day} has not begun in {place.scope.organisation.zone}: give {today}")
