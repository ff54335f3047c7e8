"""Narrow runs: only the subjects that a change touched are asked about, sealed and judged."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zicha.catalog.scope_sources import Source
from zicha.catalog.suites import Expectation, Suite
from zicha.collectors import collectors
from zicha.collectors.change.events import COLLECTOR as EVENTS
from zicha.evaluation.outcomes import evaluate
from zicha.evaluation.views import View
from zicha.findings.listings import listings_of
from zicha.model.collector import MALFORMED, Collector, PlaceState, Table
from zicha.model.errors import ConfigError, SourceError
from zicha.model.evidence import Gap, Reply
from zicha.model.outcome import Outcome
from zicha.model.verdict import Reason, unknown
from zicha.pipeline.runs.collecting import seal
from zicha.pipeline.runs.judging import Judged, keep_judgement
from zicha.pipeline.runs.planning import stored_scope
from zicha.pipeline.runs.rules import limits_of, rules
from zicha.pipeline.runs.sources import opened
from zicha.pipeline.runs.tables import RunTables
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, runs

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

Wanted = Mapping[str, Any]
"""What is looked at: source, collector, account, region, and the columns that name one subject.

Without such columns, everything of the place is meant.
"""

Subject = tuple[str, ...]


def run_id(day: str, messages: Iterable[str]) -> str:
    """The id of the run that these messages cause; it sorts after the day's own runs."""
    digest = hashlib.sha256("\n".join(sorted(messages)).encode()).hexdigest()
    return f"{day}-e{digest[:12]}"


def scope_of_run(
    place: Workplace, wanted: Sequence[Wanted], events: Sequence[Wanted] = ()
) -> dict[str, Any]:
    """What the run remembers of its scope: these subjects and events, and nothing beside them."""
    sources = sorted({one["source"] for one in (*wanted, *events)})
    narrow = {"subjects": [dict(one) for one in wanted], "events": [dict(one) for one in events]}
    return stored_scope(place.scope, sources) | narrow


def collect_subjects(
    place: Workplace, run: runs.Run, wanted: Sequence[Wanted], events: Sequence[Wanted] = ()
) -> int:
    """Ask about the subjects of a run and seal the answers; how many requests that took.

    The events that are evidence by themselves are sealed beside them. A source that cannot be read
    is sealed as gaps. What is sealed already is not asked again.
    """
    calls, asked, told = 0, _by(wanted, "source"), _by(events, "source")
    for id_ in sorted({*asked, *told}):
        source, mine = place.scope.source(id_), asked.get(id_, [])
        with place.database.write() as connection:
            runs.plan(connection, run.id, [id_])
        with place.database.read() as connection:
            sealed = evidence.tables_of(connection, run.id, id_)
        left = {c: w for c, w in _by(mine, "collector").items() if c not in sealed}
        if id_ in told and EVENTS.id not in sealed:
            seal(place, run.id, source, EVENTS, list(EVENTS.fetch(told[id_])))
        if left:
            calls += _ask(place, run, source, left)
        with place.database.write() as connection:
            runs.end_batch(connection, run.id, id_, runs.SEALED, place.clock())
    return calls


def judge_subjects(place: Workplace, run: runs.Run) -> dict[str, Any]:
    """Judge what a narrow run sealed: rows of its subjects only, no table as a whole."""
    with place.database.read() as connection:
        scope = runs.scope_of(connection, run.id)
    tables, judged, limits = RunTables(place, rules(), run), Judged(), limits_of(place)
    asked = _asked_of(scope["subjects"], scope["events"])
    for suite in rules().suites.values():
        table_of = rules().table_of(suite)
        if not isinstance(table_of, Collector) or table_of.id not in asked:
            continue
        of_rows = tuple(one for one in suite.expectations if _can_judge(table_of, one))
        if not of_rows:
            continue
        narrow = suite.model_copy(update={"expectations": of_rows})
        table = tables.table(table_of)
        subjects = asked[table_of.id]
        is_told = table_of is EVENTS
        whole = [] if is_told else _places(table_of, _whole(subjects.values()))
        judged.max_ages[suite.id] = table_of.max_age
        judged.outcomes += evaluate(
            narrow, table, (), run.started_at, limits, table_of.max_age, table_of.subject_type
        )
        if not is_told:
            judged.outcomes += _unread(narrow, table, subjects, table_of.subject_type)
        judged.listings += listings_of(suite.id, table, subjects.keys(), whole)
    return keep_judgement(place, run, judged, narrow=True)


def left_to_the_daily_run(place: Workplace, wanted: Sequence[Wanted]) -> list[Suite]:
    """The suites that read what was looked at and say nothing of it, or not all, until then.

    A view or a table as a whole rests on every row it reads, and those are of the daily run.
    """
    asked = {one["collector"] for one in wanted}
    return [suite for suite in rules().suites.values() if _waits(place, suite, asked)]


def _waits(place: Workplace, suite: Suite, asked: set[str]) -> bool:
    table = rules().table_of(suite)
    if isinstance(table, View):
        return bool(asked & table.reads.keys() and rules().places(place.scope, table))
    return table.id in asked and not all(_can_judge(table, one) for one in suite.expectations)


def _can_judge(collector: Collector, expectation: Expectation) -> bool:
    """Whether a resource looked at alone tells all that the expectation reads.

    What it does not tell stays as the whole listing had it: nobody measured it anew.
    """
    lacks = {*collector.narrow_lacks} & {*expectation.reads, *expectation.only_if}
    return expectation.judges == "rows" and not lacks


def _ask(
    place: Workplace, run: runs.Run, source: Source, left: Mapping[str, Sequence[Wanted]]
) -> int:
    try:
        with opened(place, source, run.id) as found:
            for id_, wanted in left.items():
                collector = collectors()[id_]
                replies = _replies(collector, wanted, found)
                subjects = {subject_of(collector, one) for one in wanted if one["names"]}
                whole = _places(collector, _whole(wanted))
                seal(place, run.id, source, collector, replies, subjects, whole)
            return int(getattr(found, "calls", 0))
    except (SourceError, ConfigError) as error:
        permission = getattr(error, "permission", "")
        for id_, wanted in left.items():
            collector = collectors()[id_]
            gaps: list[Reply] = [
                Gap(where, collector.lists, "", error.reason, str(error), permission)
                for where in _places(collector, wanted)
            ]
            seal(place, run.id, source, collector, gaps)
    return 0


def _whole(wanted: Iterable[Wanted]) -> list[Wanted]:
    return [one for one in wanted if not one["names"]]


def _replies(collector: Collector, wanted: Sequence[Wanted], found: AwsAccount) -> list[Reply]:
    whole, single = _whole(wanted), [_columns(one) for one in wanted if one["names"]]
    if single and collector.narrow is None:
        raise ConfigError(f"{collector.id} cannot ask about one resource: correct its event route")
    said: list[Reply] = []
    try:
        if single and collector.narrow is not None:
            said.extend(collector.narrow(found, single))
        if whole:
            with found.within(sorted({one["region"] for one in whole} - {""})):
                said.extend(collector.fetch(found))
    except MALFORMED as error:
        remedy = f"{collector.id}: an answer could not be walked ({type(error).__name__})"
        said += [
            Gap(where, collector.lists, "", Reason.MALFORMED, remedy)
            for where in _places(collector, wanted)
        ]
    return said


def _columns(wanted: Wanted) -> dict[str, str]:
    return {"account": wanted["account"], "region": wanted["region"], **wanted["names"]}


def subject_of(collector: Collector, wanted: Wanted) -> Subject:
    """The subject's key in the collector's table."""
    columns = _columns(wanted)
    return tuple(columns[name] for name in collector.subject)


def _key(collector: Collector, wanted: Wanted) -> Subject:
    """Its subject, or the place where everything is wanted."""
    if wanted["names"]:
        return subject_of(collector, wanted)
    return _place(collector.places, wanted)


def _place(places: Sequence[str], wanted: Wanted) -> tuple[str, ...]:
    return tuple(_columns(wanted)[name] for name in places)


def _places(collector: Collector, wanted: Iterable[Wanted]) -> list[tuple[str, ...]]:
    return sorted({_place(collector.places, one) for one in wanted})


def _asked_of(
    wanted: Sequence[Wanted], events: Sequence[Wanted]
) -> dict[str, dict[Subject, Wanted]]:
    """By collector: the subjects of the run, with where they were sought."""
    found: dict[str, dict[Subject, Wanted]] = defaultdict(dict)
    for one in wanted:
        collector = collectors()[one["collector"]]
        found[collector.id][_key(collector, one)] = one
    for one in events:
        found[EVENTS.id][one["account"], one["region"], one["event_id"]] = one
    return found


def _unread(
    suite: Suite, table: Table, subjects: Mapping[Subject, Wanted], subject_type: str
) -> list[Outcome]:
    """Unknown, with the listing's reason, for what could not be asked about.

    Of a place that was asked as a whole and answered in part, what answered is judged too.
    """
    found: list[Outcome] = []
    held = {table.key_of(row) for row in table.rows}
    for subject, wanted in subjects.items():
        where = _place(table.places, wanted)
        state = table.states.get(where, PlaceState(Reason.ERRORED))
        if subject not in held and state.reason is not None:
            found += [
                _unknown(suite, one, subject, wanted, state, subject_type)
                for one in suite.expectations
            ]
    return found


def _unknown(  # noqa: PLR0917 - one caller
    suite: Suite,
    expectation: Expectation,
    subject: Subject,
    wanted: Wanted,
    state: PlaceState,
    subject_type: str,
) -> Outcome:
    return Outcome(
        expectation=expectation.id,
        subject=subject,
        verdict=unknown(state.reason or Reason.ERRORED),
        suite=suite.id,
        source=wanted["source"],
        account=wanted["account"],
        region=wanted["region"],
        subject_type=subject_type,
        controls=expectation.controls,
        severity=expectation.severity,
        measured_at=state.collected_at,
        evidence_digest=state.evidence_digest,
        remedy=state.remedy,
        permission=state.permission,
    )


def _by(wanted: Iterable[Wanted], key: str) -> dict[str, list[Wanted]]:
    found: dict[str, list[Wanted]] = defaultdict(list)
    for one in wanted:
        found[one[key]].append(one)
    return dict(sorted(found.items()))
