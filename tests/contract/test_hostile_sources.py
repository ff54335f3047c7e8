"""Every collector, present and future, against hostile names and huge listings: never a crash.

What a source says goes the whole way: redacted, packed, unpacked, laid out, kept as rows, judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from fakes.replies import at, load
from fakes.suite_cases import RUN, SUITES
from zicha.catalog.thresholds import limits, load_thresholds
from zicha.collectors import collectors
from zicha.custody.pack import pack, unpack
from zicha.custody.redaction import Redactor
from zicha.custody.rows import from_parquet, to_parquet
from zicha.evaluation.outcomes import evaluate
from zicha.model.collector import Collector, Table
from zicha.model.evidence import Answer, Reply

HOSTILE: Mapping[str, str] = {
    "a line break": "a\nb\r\nc\u2028d",
    "quotes": "'\"`$(id)';--",
    "ten thousand signs": "长" * 10_000,
    "a formula": "=cmd|'/c calc'!A1",
    "a null byte": "a\x00b",
    "bytes that are no text": "a\udcff\udcfeb",
    "markup": "<script>&amp;<!channel>|*_~",
    "another direction": "\u202egnp.exe\u200b",
    "a path": "../../../../etc/passwd",
    "nothing": "",
}
NUMBERS: Mapping[str, float] = {
    "more than eight bytes hold": 10**30,
    "more than floats holds": 10**400,
}
# What stands where something of another shape was expected.
ODD: tuple[Any, ...] = (
    *(None, True, -1, [], {}, [None], [[]], [{}], {"a": 1}),
    *("", " ", "\n", '"x"y', 'a,"b\n', "²", "9" * 25, "[]", ":"),
)
# Judging takes a second each: these reach the engine as they are.
JUDGED = ("a line break", "a formula", "a null byte")
MANY = 2_000
every_collector = pytest.mark.parametrize("collector", collectors().values(), ids=collectors())
every_hostile = pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)


def sealed(collector: Collector, replies: list[Reply]) -> Table:
    """The table as judging finds it: from the sealed pack, kept as rows and read again."""
    _, kept = unpack(pack(replies, {"table": collector.id}, Redactor(b"k" * 32)))
    return from_parquet(to_parquet(collector.table(kept, RUN, "sha256:0", "hostile")))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each text in an answer."""
    inner = value.items() if isinstance(value, Mapping) else enumerate(value)
    for key, one in inner:
        if isinstance(one, Mapping | list):
            yield from leaves(one, (*path, key))
        elif isinstance(one, str):
            yield (*path, key)


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in an answer: objects and lists, and what stands in them."""
    for key, one in value.items() if isinstance(value, Mapping) else enumerate(value):
        yield (*path, key)
        if isinstance(one, Mapping | list):
            yield from nodes(one, (*path, key))


def with_text(reply: Answer, path: tuple[Any, ...], text: Any) -> Answer:
    """The answer with one of its texts, or what else stands there, replaced."""
    body: Any = deepcopy(reply.body)
    inside = body
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = text
    return replace(reply, body=body)


def answers(replies: list[Reply]) -> Iterator[tuple[int, Answer]]:
    for number, reply in enumerate(replies):
        if isinstance(reply, Answer) and reply.body:
            yield number, reply


def says_why(table: Table) -> bool:
    """Whatever is not complete has a reason and a remedy, in one line of text."""
    return all(state.reason is None or state.remedy.strip() for state in table.states.values())


@every_collector
def test_each_text_of_a_source_in_turn_made_hostile_makes_rows_or_a_reason(collector):
    replies, words = load(collector.id), list(HOSTILE.values())
    turn = 0
    for number, reply in answers(replies):
        for path in leaves(reply.body):
            heard = list(replies)
            heard[number] = with_text(reply, path, words[turn % len(words)])
            turn += 1

            table = collector.table(heard, RUN, "sha256:0", "hostile")

            assert says_why(table), path
    assert turn


@every_collector
def test_each_thing_in_an_answer_in_turn_of_another_shape_makes_rows_or_a_reason(collector):
    replies = load(collector.id)
    for number, reply in answers(replies):
        for path in nodes(reply.body):
            for odd in ODD:
                heard = list(replies)
                heard[number] = with_text(reply, path, odd)

                table = collector.table(heard, RUN, "sha256:0", "hostile")

                assert says_why(table), (path, odd)


@every_collector
@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_numbers_that_count_nothing_are_sealed_and_kept_as_unread(collector, number):
    replies = [_with_numbers(reply, number) for reply in load(collector.id)]

    table = sealed(collector, replies)

    assert says_why(table)


def _with_numbers(reply: Reply, number: float) -> Reply:
    if not isinstance(reply, Answer) or not reply.body:
        return reply
    return replace(reply, body=_numbered(reply.body, number))


def _numbered(value: Any, number: float) -> Any:
    """Every number in an answer replaced; texts of digits too, as commands print them."""
    if isinstance(value, Mapping):
        return {key: _numbered(one, number) for key, one in value.items()}
    if isinstance(value, list):
        return [_numbered(one, number) for one in value]
    if isinstance(value, str):
        return re.sub(r"\b\d{1,10}\b", str(number), value)
    return number if type(value) in {int, float} else value


@every_collector
@every_hostile
def test_a_source_all_of_whose_texts_are_hostile_is_sealed_and_kept(collector, hostile):
    replies = load(collector.id)
    for number, reply in list(answers(replies)):
        changed = reply
        for path in leaves(reply.body):
            changed = with_text(changed, path, hostile)
        replies[number] = changed

    assert says_why(sealed(collector, replies))


@every_collector
@pytest.mark.parametrize("hostile", [HOSTILE[name] for name in JUDGED], ids=JUDGED)
def test_what_the_source_calls_its_resources_changes_no_verdict_of_the_others(collector, hostile):
    replies = load(collector.id)
    sound = {key(o): o.verdict for o in judged(collector, sealed(collector, replies))}
    longer = [*at("other", _renamed(collector, replies, hostile)), *replies]

    found = {key(o): o.verdict for o in judged(collector, sealed(collector, longer))}

    assert {k: v for k, v in found.items() if k in sound} == sound


def key(outcome):
    return (outcome.expectation, *outcome.subject)


def _renamed(collector: Collector, replies: list[Reply], hostile: str) -> list[Reply]:
    """The first resource under another name, wherever that name stands whole."""
    rows = collector.table(replies, RUN).rows
    name = str(rows[0][collector.subject[-1]]) if rows else ""
    return [_replaced(reply, {name: f"{name}{hostile}"}) for reply in replies]


def _replaced(reply: Reply, names: Mapping[str, str]) -> Reply:
    if not isinstance(reply, Answer) or not reply.body:
        return reply
    for path in leaves(reply.body):
        inside: Any = reply.body
        for step in path:
            inside = inside[step]
        if inside in names:
            reply = with_text(reply, path, names[inside])
    return reply


def judged(collector: Collector, table: Table) -> list[Any]:
    """What every suite of the collector says of the table."""
    places = [dict(zip(collector.places, place, strict=True)) for place in table.states]
    in_force = limits(load_thresholds(), {})
    return [
        outcome
        for suite in SUITES.values()
        if suite.evidence == collector.id
        for outcome in evaluate(suite, table, places, RUN, in_force, collector.max_age)
    ]


@every_collector
def test_a_huge_listing_is_laid_out_whole_or_says_why_not(collector):
    replies = [_many(reply) for reply in load(collector.id)]

    table = sealed(collector, replies)

    assert says_why(table)
    is_complete = all(state.reason is None for state in table.states.values())
    is_one = set(collector.subject) <= set(collector.places)
    assert not is_complete or is_one or len(table.rows) >= len(load_rows(collector))


def load_rows(collector: Collector) -> tuple[Any, ...]:
    return collector.table(load(collector.id), RUN).rows


def _many(reply: Reply) -> Reply:
    """Every list of things many times over, each under a name of its own; each text many lines."""
    if not isinstance(reply, Answer) or not reply.body:
        return reply
    return replace(reply, body={name: _multiplied(value) for name, value in reply.body.items()})


def _multiplied(value: Any) -> Any:
    if isinstance(value, str) and "\n" in value:
        return value + value.partition("\n")[2] * (MANY // 10)
    if not isinstance(value, list) or not value or not isinstance(value[0], Mapping):
        return value
    more = [
        {k: f"{v}-{n}" if isinstance(v, str) and _names(k) else v for k, v in one.items()}
        for n in range(MANY // len(value))
        for one in value
    ]
    return [*value, *more]


def _names(field: str) -> bool:
    return field.lower().endswith(("name", "id", "arn"))
