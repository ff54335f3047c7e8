"""Coverage of a run: every item of a framework for a system, joined from outcomes and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.frameworks import Framework
from zicha.catalog.scope_answers import Attestation
from zicha.catalog.scope_entities import System
from zicha.catalog.yaml_files import parse_model
from zicha.custody.outcome_rows import outcomes_from_parquet
from zicha.evaluation.coverage import Known, cover, know
from zicha.evaluation.rollup_rules import load_rules
from zicha.model.coverage import NOTHING, Coverage
from zicha.model.errors import ConfigError, MissingEvidenceError
from zicha.model.outcome import Outcome
from zicha.model.text import Text
from zicha.model.verdict import Reason, unknown
from zicha.pipeline.runs.rules import frameworks, rules
from zicha.pipeline.workplace import Workplace
from zicha.storage import attestations, runs

LEVELS = {2: "mlps-l2", 3: "mlps-l3"}
EVERY_LICENSEE = "miit-self-inspection"


def judged_run(place: Workplace, run: str = "") -> runs.Run:
    """The run of this id, or the newest that was judged.

    Raises:
        MissingEvidenceError: nothing was judged yet.
    """
    with place.database.read() as connection:
        if run:
            found: runs.Run | None = runs.get(connection, run)
        else:
            found = runs.latest(connection, runs.JUDGED, runs.REPORTED)
    if found is None or found.state not in {runs.JUDGED, runs.REPORTED}:
        raise MissingEvidenceError(f"{run or 'nothing'} was judged yet: run `zicha run` first")
    return found


def outcomes_of(place: Workplace, run: str) -> list[Outcome]:
    """Every outcome of a run, passes included, as they were sealed."""
    with place.database.read() as connection:
        sealed = runs.kept(connection, run, "outcomes")
    return [
        outcome
        for one in sealed.values()
        for outcome in outcomes_from_parquet(place.store.get(one.digest))
    ]


def standing_outcomes(place: Workplace, judged: runs.Run) -> list[Outcome]:
    """The outcomes of a run, and of the sources it did not ask the newest earlier ones.

    What has outlived the `max_age` of its table by the run's moment is stale, not a pass.
    """
    return with_earlier(place, judged, outcomes_of(place, judged.id))


def with_earlier(place: Workplace, judged: runs.Run, own: Sequence[Outcome]) -> list[Outcome]:
    """A run's own outcomes, and of the sources it did not ask the newest earlier ones."""
    found = list(own)
    asked = {batch.source for batch in batches_of(place, judged.id)}
    for source in place.scope.sources:
        if source.id in asked:
            continue
        with place.database.read() as connection:
            earlier = runs.newest_with(connection, source.id, judged)
        if earlier is not None:
            found += [
                _aged(outcome, judged.started_at)
                for outcome in outcomes_of(place, earlier.id)
                if outcome.source == source.id
            ]
    return found


def batches_of(place: Workplace, run: str) -> list[runs.Batch]:
    """The sources a run asked, and how that ended."""
    with place.database.read() as connection:
        return runs.batches_of(connection, run)


def _aged(outcome: Outcome, as_of: datetime) -> Outcome:
    in_force = rules()
    suite = in_force.suites.get(outcome.suite)
    if suite is None or outcome.measured_at is None:
        return outcome
    if as_of - outcome.measured_at <= in_force.table_of(suite).max_age:
        return outcome
    since = outcome.measured_at.isoformat(timespec="minutes")
    return replace(
        outcome, verdict=unknown(Reason.STALE), remedy=f"measured at {since}: collect again"
    )


def known_of(place: Workplace, outcomes: list[Outcome], as_of: datetime) -> Known:
    """What a run knows, whatever framework it is held against."""
    return know(
        place.scope,
        rules().checks(place.scope),
        outcomes,
        loaded=loaded_attestations(place),
        kinds=load_attestation_kinds(),
        rules=load_rules(),
        as_of=as_of,
    )


def loaded_attestations(place: Workplace) -> list[Attestation]:
    """The attestations that people loaded from sheets."""
    with place.database.read() as connection:
        standing = attestations.standing(connection, attestations.ATTESTATION)
    return [parse_model(one.body, Attestation, f"attestation {one.id}") for one in standing]


def frameworks_of(system: System) -> list[str]:
    """The frameworks a system is held against: its MLPS level's, and the MIIT heads."""
    own = [LEVELS[system.level]] if system.level in LEVELS else []
    return [*own, EVERY_LICENSEE]


def lacks_framework(system: System) -> Text:
    """That the catalogue holds no items of the system's level; empty where it does."""
    if system.level in LEVELS:
        return NOTHING
    held_zh, held_en = "、".join(map(str, LEVELS)), " and ".join(map(str, LEVELS))
    return Text(
        f"{system.name.zh}定为{system.level}级；条款目录只有等级保护{held_zh}级，"
        f"{system.level}级要求（含高风险情形与重大隐患触发项）一项也未检查：未判定，不等于符合。",
        f"{system.name.en} is graded level {system.level}; the catalogue holds the items of levels "
        f"{held_en} only, so nothing of level {system.level} was inspected, its high-risk cases "
        "and hazard triggers included: undetermined, which is no pass.",
    )


def framework(id_: str) -> Framework:
    """One framework by its id."""
    known = frameworks()
    if id_ not in known:
        raise ConfigError(f"no framework {id_}: there is {', '.join(sorted(known))}")
    return known[id_]


def coverage(place: Workplace, framework_id: str, system: str, run: str = "") -> Coverage:
    """One framework for one system, from the newest judged run or the one named."""
    judged = judged_run(place, run)
    known = known_of(place, standing_outcomes(place, judged), judged.started_at)
    return cover(framework(framework_id), place.scope.system(system), known)
