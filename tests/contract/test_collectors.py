"""What holds for every collector, present and future, whatever each of its calls meets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from fakes.replies import FOLDER, NONE_BY_SILENCE, ODD_BODIES, at, load, spoilt
from fakes.suite_cases import RUN, SUITES
from zicha.catalog.thresholds import limits, load_thresholds
from zicha.collectors import collectors
from zicha.evaluation.outcomes import NOT_OFFERED, evaluate
from zicha.model.collector import Collector, Table, merged
from zicha.model.evidence import Answer, Replies, Reply, Unread
from zicha.model.outcome import Outcome

every_collector = pytest.mark.parametrize("collector", collectors().values(), ids=collectors())
JUDGED = [suite for suite in SUITES.values() if suite.evidence]
every_suite = pytest.mark.parametrize("suite", JUDGED, ids=[suite.id for suite in JUDGED])

# These start something whose answer another call brings.
TRIGGERS = {
    ("aws/iam_access_keys", "generate_credential_report"),
    ("aws/iam_users", "generate_credential_report"),
}


def table(collector: Collector, replies: list[Reply], place: str) -> Table:
    return collector.table(at(place, replies), RUN, source="recorded")


def variants(collector: Collector) -> Iterator[tuple[str, str, Reply | None, list[Reply]]]:
    """A place for each way in which one call can go wrong; the first is the sound one."""
    sound = load(collector.id) or []
    yield "place-0", "sound", None, sound
    for number, (name, reply, heard) in enumerate(spoilt(sound), 1):
        yield f"place-{number}", name, reply, heard


@every_collector
def test_it_says_what_it_is(collector):
    assert collector.permissions
    assert collector.max_age.total_seconds() > 0
    assert set(collector.places) <= collector.columns.keys()
    assert set(collector.subject) <= collector.columns.keys()
    assert set(collector.volatile) <= collector.columns.keys()
    assert set(collector.columns.values()) <= {str, int, float, bool, datetime}
    assert all(collector.columns[n] is str for n in (*collector.places, *collector.subject))
    assert collector.title.zh
    assert collector.title.en
    assert collector.subject_type


@every_collector
def test_its_recorded_answers_make_rows_of_two_resources(collector):
    found = table(collector, load(collector.id), "here")

    assert [(state.reason, state.remedy) for state in found.states.values()] == [(None, "")]
    wanted = 1 if set(collector.subject) <= set(collector.places) else 2
    assert len({found.key_of(row) for row in found.rows}) >= wanted
    assert len({found.key_of(row) for row in found.rows}) == len(found.rows)


@every_collector
def test_its_recorded_answers_are_all_read(collector):
    rows = table(collector, load(collector.id), "here").rows

    unread = {n: c.remedy for row in rows for n, c in row.items() if isinstance(c, Unread)}
    assert unread == {}


@every_collector
def test_laying_out_is_pure(collector):
    replies = Replies(load(collector.id))

    assert list(collector.tabulate(replies)) == list(collector.tabulate(replies))


@every_collector
def test_rows_are_placed_where_they_were_listed(collector):
    found = table(collector, load(collector.id), "elsewhere")

    assert {found.place_of(row) for row in found.rows} <= found.states.keys()


@every_collector
def test_a_complete_listing_of_nothing_is_complete_and_has_no_rows(collector):
    nothing = load(collector.id, "empty")
    if nothing is None:
        pytest.skip("there is no such thing as none of it")

    found = table(collector, nothing, "here")

    assert (found.rows, [state.reason for state in found.states.values()]) == ((), [None])


@every_collector
def test_a_call_gone_wrong_costs_cells_or_the_listing_and_changes_no_other_value(collector):
    sound = table(collector, load(collector.id), "here")
    before = {sound.key_of(row): row for row in sound.rows}
    wrong = []
    for name, reply, heard in spoilt(load(collector.id)):
        found = table(collector, heard, "here")
        (state,) = found.states.values()
        for row in found.rows:
            was = before.get(found.key_of(row))
            if was is None:
                wrong.append((name, reply.call, reply.about, "a new row"))
                continue
            changed = {n for n in was if row[n] != was[n] and not isinstance(row[n], Unread)}
            changed -= _excused(collector, name, reply)
            if changed and state.reason is None:
                wrong.append((name, reply.call, reply.about, changed))
        if len(found.rows) < len(before) and state.reason is None:
            wrong.append((name, reply.call, reply.about, "a row is lost, and nobody says so"))

    assert wrong == []


def _excused(collector: Collector, name: str, reply: Reply) -> set[str]:
    return NONE_BY_SILENCE.get((collector.id, reply.call), set()) if name in ODD_BODIES else set()


@every_collector
def test_no_call_is_asked_in_vain(collector):
    sound = table(collector, load(collector.id), "here")
    of_use = {call for name, call, found in _refused(collector) if found != sound}

    triggers = {call for id_, call in TRIGGERS if id_ == collector.id}
    assert {reply.call for reply in load(collector.id)} - of_use - triggers == set()


def _refused(collector: Collector) -> Iterator[tuple[str, str, Table]]:
    for name, reply, heard in spoilt(load(collector.id)):
        if name == "refused":
            yield name, reply.call, table(collector, heard, "here")


@every_suite
def test_each_call_gone_wrong_makes_unknown_what_reads_it_for_the_right_reason(suite):
    collector = collectors()[suite.evidence]
    found, named = _judged(suite, collector)
    sound = found["place-0"]
    wrong = []
    for place, name, reply, _ in named[1:]:
        reason = "malformed" if name in ODD_BODIES else name
        is_silence = bool(_excused(collector, name, reply))
        for key, outcome in found[place].items():
            was = sound.get(key)
            said, before = outcome.verdict, was.verdict if was else None
            if said == before or said.because == reason:
                continue
            if is_silence and said.status == "fail":
                continue
            wrong.append((name, reply.call, reply.about, *key, str(said), str(before)))
        lost = sound.keys() - found[place].keys()
        if lost and not any(o.verdict.status == "unknown" for o in found[place].values()):
            wrong.append((name, reply.call, reply.about, "lost", sorted(lost)))

    assert wrong == []


@every_suite
def test_each_call_gone_wrong_leaves_the_other_resource_alone(suite):
    collector = collectors()[suite.evidence]
    found, named = _judged(suite, collector)
    # What judges a listing as a whole hangs on every row of it.
    whole = {expectation.id for expectation in suite.expectations if expectation.judges == "table"}
    rows_only = {key for key in found["place-0"] if key[0] not in whole}
    subjects = {key[1][1:] for key in rows_only if key[1][1:]}
    wrong = []
    for place, name, reply, _ in named[1:]:
        mine = {subject for subject in subjects if reply.about in subject}
        for key, outcome in found[place].items():
            is_other = mine and key[1][1:] in subjects - mine and key[0] not in whole
            if is_other and outcome.verdict != found["place-0"][key].verdict:
                wrong.append((name, reply.call, reply.about, *key, str(outcome.verdict)))

    assert wrong == []


@every_suite
def test_where_the_service_is_not_offered_nothing_applies_and_nothing_passes(suite):
    collector = collectors()[suite.evidence]
    sound = load(collector.id)
    listing = next(reply for reply in sound if reply.call == collector.lists)
    absent = Answer(("absent", *listing.place[1:]), collector.lists, "", None, not_offered=True)
    both = merged([table(collector, sound, "sound"), collector.table([absent], RUN)])
    scope = [
        dict(zip(collector.places, (name, *listing.place[1:]), strict=True))
        for name in ("sound", "absent")
    ]

    found = evaluate(suite, both, scope, RUN, limits(load_thresholds(), {}), collector.max_age)

    told = [o.verdict for o in found if o.subject[0] == "absent"]
    assert told == [NOT_OFFERED] * len(suite.expectations)


_cache: dict[str, tuple] = {}


def _judged(suite, collector):
    """Every variant in one pooled table: what happens to one place must not touch another."""
    if suite.id not in _cache:
        named = list(variants(collector))
        pooled = merged([table(collector, heard, place) for place, _, _, heard in named])
        (at_first,) = {reply.place for reply in load(collector.id)}
        scope = [
            dict(zip(collector.places, (place, *at_first[1:]), strict=True)) for place, *_ in named
        ]
        outcomes = evaluate(
            suite, pooled, scope, RUN, limits(load_thresholds(), {}), collector.max_age
        )
        found: dict[str, dict[tuple, Outcome]] = {place: {} for place, *_ in named}
        for outcome in outcomes:
            key = (outcome.expectation, ("", *outcome.subject[1:]))
            found[outcome.subject[0]][key] = outcome
        _cache[suite.id] = found, named
    return _cache[suite.id]


@every_suite
def test_an_empty_place_beside_a_full_one_gets_what_the_suite_says_of_nothing(suite):
    collector = collectors()[suite.evidence]
    nothing = load(collector.id, "empty")
    if nothing is None:
        pytest.skip("there is no such thing as none of it")
    both = merged([table(collector, load(collector.id), "full"), table(collector, nothing, "none")])
    (at_first,) = {reply.place for reply in nothing}
    scope = [
        dict(zip(collector.places, (name, *at_first[1:]), strict=True)) for name in ("full", "none")
    ]

    found = evaluate(suite, both, scope, RUN, limits(load_thresholds(), {}), collector.max_age)

    of_none = [o.verdict.status for o in found if o.subject[0] == "none"]
    assert of_none == [suite.when_empty.status] * len(suite.expectations)


def test_no_recording_is_left_over():
    written = {str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.glob("*/*.json")}

    assert written - collectors().keys() == set()
