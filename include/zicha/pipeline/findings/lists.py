"""Lists for people and scripts: what `commands.md` calls the machine-read outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from zicha.catalog.frameworks import Framework, Item
from zicha.catalog.gap_remedies import what_to_do
from zicha.catalog.owners import owner_text
from zicha.catalog.scope import Scope
from zicha.catalog.scope_objects import Object
from zicha.evaluation.claims import Claims
from zicha.model.coverage import Coverage
from zicha.model.errors import ConfigError
from zicha.model.finding import Finding, State
from zicha.model.outcome import Outcome
from zicha.model.text import Text
from zicha.model.verdict import FAIL, Severity, Status
from zicha.pipeline.findings.lives import Told, day_here, life_fields, told
from zicha.pipeline.findings.wanted import Wanted, fitting
from zicha.pipeline.runs.claimed import claimed_sources
from zicha.pipeline.runs.covering import judged_run, outcomes_of
from zicha.pipeline.runs.rules import rules
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings, gaps, runs
from zicha.storage import outcomes as outcome_store

ESTIMATE = Text("自查预估，非等级测评结论", "self-estimate, not an assessment conclusion")
PLACE_OF_A_SOURCE = {
    "account",
    "accounts",
    "partition",
    "regions",
    "credential",
    "reach",
    "groups",
    "address",
    "port",
    "file",
    "folder",
}


def said(text: Text) -> dict[str, str]:
    """A text as the outputs write it."""
    return asdict(text)


def systems(scope: Scope) -> list[dict[str, Any]]:
    """The graded systems that the scope declares."""
    return [
        {
            "id": system.id,
            "name": said(system.name),
            "entity": system.entity,
            "level": system.level,
            "kinds": list(system.kinds),
            "objects": [_object(object_) for object_ in scope.objects_in(system.id)],
        }
        for system in scope.systems
    ]


def sources(scope: Scope) -> list[dict[str, Any]]:
    """The sources that the scope declares, with what draws on them; nothing that opens a door."""
    drawn = {system.id: claimed_sources(scope, system.id) for system in scope.systems}
    rows = []
    for source in scope.sources:
        fed = [system for system in scope.systems if source.id in drawn[system.id]]
        rows.append(
            {
                "id": source.id,
                "name": said(source.name),
                "entity": fed[0].entity if fed else None,
                "level": max((system.level for system in fed), default=None),
                "kinds": [source.kind],
                "objects": [_object(o) for o in scope.objects if _draws_on(scope, o, source.id)],
                "systems": [system.id for system in fed],
                "recorded": source.recorded,
            }
            | source.model_dump(mode="json", include=PLACE_OF_A_SOURCE)
        )
    return rows


def _object(object_: Object) -> dict[str, Any]:
    return {"id": object_.id, "type": object_.type, "name": said(object_.name)}


def _draws_on(scope: Scope, object_: Object, source: str) -> bool:
    return any(
        source in (scope.groups.get(s.group, ()) if s.group else (s.source,))
        for s in object_.selects
    )


def outcome_rows(
    place: Workplace, *, run: str = "", status: str = "", suite: str = "", latest: bool = False
) -> list[dict[str, Any]]:
    """Per expectation and subject: of one run, or with `latest` the newest known of each.

    Raises:
        ConfigError: no suite in force has this id, and no outcome names it.
        MissingEvidenceError: nothing was judged yet.
    """
    with place.database.read() as connection:
        standing = outcome_store.standing(connection, status=status, suite=suite)
    if suite and not standing and suite not in rules().suites:
        raise ConfigError(f"no suite {suite}: there is {', '.join(sorted(rules().suites))}")
    since = {_key(s.outcome): s for s in standing}
    if latest:
        runs_of = {s.run: s for s in standing}
        days = {id_: _day(place, id_) for id_ in runs_of}
        return [_outcome(s.outcome, s.run, days[s.run], s.standing_since) for s in standing]
    judged = judged_run(place, run)
    rows = []
    for outcome in outcomes_of(place, judged.id):
        if status and outcome.verdict.status.value != status:
            continue
        if suite and outcome.suite != suite:
            continue
        stands = since.get(_key(outcome))
        moment = stands.standing_since if stands and stands.run == judged.id else None
        rows.append(_outcome(outcome, judged.id, judged.day, moment or outcome.measured_at))
    return rows


def finding_rows(
    place: Workplace, *, every: bool = False, wanted: Wanted | None = None
) -> list[dict[str, Any]]:
    """The open findings, or all of them; of these, those that fit the filter.

    Raises:
        ConfigError: the filter has a word that nothing is called.
    """
    with place.database.read() as connection:
        listed = findings.listed(connection, *([] if every else [State.OPEN]))
        newest = runs.latest(connection, runs.JUDGED, runs.REPORTED)
    run, today = newest.id if newest else "", day_here(place)
    every_one = told_of(place, worst_first(listed))
    shown = every_one if wanted is None else fitting(place, wanted, every_one)
    return [_finding(place, one, run, today) for one in shown]


def told_of(place: Workplace, listed: Sequence[Finding]) -> list[Told]:
    """Findings with all that is said of them: acts, waivers, systems, level of risk."""
    tags = _tags(place)
    of_finding = {finding.id: tags.get(_key(finding), {}) for finding in listed}
    return told(place, listed, systems_of_findings(place, listed), of_finding)


def worst_first(listed: Iterable[Finding]) -> list[Finding]:
    """By severity, then by age."""
    order = {severity: n for n, severity in enumerate(Severity)}
    return sorted(listed, key=lambda f: (order[f.severity], f.first_opened_at, f.id))


def finding_row(place: Workplace, finding: Finding, run: str) -> dict[str, Any]:
    """One finding as the outputs show it."""
    (one,) = told_of(place, [finding])
    return _finding(place, one, run, day_here(place))


def _finding(place: Workplace, one: Told, run: str, today: date) -> dict[str, Any]:
    finding = one.finding
    expectation = rules().expectation(finding.suite, finding.expectation)
    because = rules().because(finding)
    life = life_fields(one, today)
    first = ("state", "measured")
    return {
        "id": finding.id,
        **{name: life.pop(name) for name in first},
        "severity": finding.severity.value,
        "risk": life.pop("risk"),
        "subject": finding.subject_id,
        "subject_type": finding.subject_type,
        "source": finding.source,
        "expectation": f"{finding.suite}#{finding.expectation}",
        "because": said(because) if because else None,
        "remedy": said(expectation.remedy) if expectation else None,
        "observed": finding.observed,
        "systems": list(one.systems),
        "opened": finding.opened_at,
        "due": life.pop("due"),
        "owner": life.pop("owner"),
        "owner_name": said(owner_text(place.scope, one.life.owner)),
        "not_remeasured_since": finding.unmeasured_since(run),
        "evidence_digest": finding.evidence_digest,
        **life,
    }


def systems_of_findings(place: Workplace, listed: Sequence[Finding]) -> dict[str, list[str]]:
    """By finding, the systems whose objects its subject belongs to.

    A finding about a place as a whole, such as an account, is of every object that draws on it.
    """
    tags = _tags(place)
    of_key: dict[tuple[object, ...], set[str]] = {}
    measured = [_as_outcome(finding, tags.get(_key(finding), {})) for finding in listed]
    objects = {object_.id: object_.systems for object_ in place.scope.objects}
    for (object_, _, _), claimed in Claims(
        place.scope, rules().checks(place.scope), measured
    ).of.items():
        for outcome in claimed:
            of_key.setdefault(_key(outcome), set()).update(objects[object_])
    return {finding.id: sorted(of_key.get(_key(finding), ())) for finding in listed}


def _tags(place: Workplace) -> dict[tuple[object, ...], Mapping[str, str]]:
    with place.database.read() as connection:
        standing = outcome_store.standing(connection, status=Status.FAIL.value)
    return {_key(one.outcome): one.outcome.tags for one in standing}


def _key(measured: Finding | Outcome) -> tuple[object, ...]:
    return measured.suite, measured.expectation, measured.source, measured.subject


def gap_rows(place: Workplace) -> list[dict[str, Any]]:
    """What could not be read, oldest first."""
    with place.database.read() as connection:
        standing = gaps.standing(connection)
    as_of = place.clock()
    return [
        {
            "source": gap.source,
            "reason": gap.reason.value,
            "permission": gap.permission or None,
            "since": gap.since,
            "remedy": gap.remedy,
            "code": found.code or None,
            "what_to_do": said(found.text),
            "affects": gap.affects,
            "owner": gap.owner or None,
            "owner_name": said(owner_text(place.scope, gap.owner)),
            "escalated": gap.escalates(as_of),
        }
        for gap in standing
        for found in (what_to_do(gap.reason, gap.permission, gap.remedy),)
    ]


def coverage_document(framework: Framework, found: Coverage) -> dict[str, Any]:
    """`zicha coverage`: every item, how it is proved, how it stands."""
    in_force = rules()
    by_control: dict[str, list[str]] = {}
    for suite in in_force.suites.values():
        for expectation in suite.expectations:
            for control in expectation.controls:
                by_control.setdefault(control, []).append(f"{suite.id}#{expectation.id}")
    covered = {item.id: item for item in found.items}
    return {
        "framework": framework.id,
        "system": found.system,
        "note": said(ESTIMATE),
        "rate": asdict(found.rate) if found.rate else None,
        "conclusion": said(found.conclusion.text),
        "counts": {status.value: n for status, n in found.counts().items()},
        "items": [
            {
                "id": item.id,
                "ref": item.ref,
                "says": said(item.says),
                "controls": [link.id for link in item.controls],
                "expectations": _expectations(item, by_control),
                "attestations": [
                    {"kind": link.kind, "proves": link.proves} for link in item.attestations
                ],
                "status": covered[item.id].status.value,
                "reason": said(covered[item.id].reason),
                "objects": [
                    {"id": cell.id, "status": cell.status.value, "reason": said(cell.reason)}
                    for cell in covered[item.id].objects
                ],
                "since": covered[item.id].since,
            }
            for item in framework.items
        ],
    }


def _expectations(item: Item, by_control: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Each expectation once, with the most that it proves of the item."""
    proves: dict[str, str] = {}
    for link in item.controls:
        for expectation in by_control.get(link.id, ()):
            if proves.get(expectation) != "full":
                proves[expectation] = link.proves
    return [{"id": expectation, "proves": said} for expectation, said in proves.items()]


def _day(place: Workplace, run: str) -> str:
    with place.database.read() as connection:
        return runs.get(connection, run).day


def _as_outcome(finding: Finding, tags: Mapping[str, str]) -> Outcome:
    return Outcome(
        finding.expectation,
        finding.subject,
        FAIL,
        finding.suite,
        finding.source,
        finding.account,
        finding.region,
        finding.subject_type,
        tags=tags,
    )


def _outcome(outcome: Outcome, run: str, day: str, since: object) -> dict[str, Any]:
    return {
        "run": run,
        "day": day,
        "measured_at": outcome.measured_at,
        "standing_since": since,
        "source": outcome.source,
        "account": outcome.account,
        "region": outcome.region,
        "subject_type": outcome.subject_type,
        "subject_id": outcome.subject_id,
        "suite": outcome.suite,
        "expectation": outcome.expectation,
        "controls": list(outcome.controls),
        "severity": outcome.severity.value,
        "status": outcome.verdict.status.value,
        "reason": outcome.verdict.because,
        "evidence_digest": outcome.evidence_digest,
        "observed": outcome.observed,
        "remedy": outcome.remedy,
    }
