from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta

import pytest

from zicha.custody.store import Sealed
from zicha.model.errors import ConfigError
from zicha.storage import evidence, runs
from zicha.storage.database import open_database

DAY = "2026-11-21"
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
FORK = multiprocessing.get_context("fork")


def opened(connection, run="r1", again=False, day=DAY, at=NOW):
    return runs.open_run(
        connection,
        run=run,
        day=day,
        trigger="daily",
        scope_digest="sha256:s",
        scope={"sources": ["demo"]},
        at=at,
        again=again,
    )


def open_from_another_process(url, run, found):
    database = open_database(url)
    with database.write() as connection:
        found.put(opened(connection, run).id)


def sealed(connection, *, digest="sha256:p", table="aws/s3", run="r1", at=NOW):
    return evidence.record(
        connection,
        run=run,
        source="demo",
        table=table,
        pack=Sealed(digest, 1),
        rows=Sealed("sha256:r", 2),
        content_mark="mark:x",
        row_count=3,
        gap_count=1,
        redaction={"mobile": 1},
        collected_at=at,
        sealed_at=at,
    )


def test_an_open_run_of_the_day_is_taken_up_even_if_another_is_wanted(database):
    with database.write() as connection:
        first = opened(connection)

        assert opened(connection, "r2") == first
        assert opened(connection, "r2", again=True) == first


def test_a_closed_run_stands_for_its_day_unless_another_is_wanted(database):
    with database.write() as connection:
        opened(connection)
        runs.close_collection(connection, "r1", NOW)

        assert opened(connection, "r2").id == "r1"
        assert opened(connection, "r2", again=True, at=NOW + timedelta(1)).id == "r2"
        assert [run.id for run in runs.of_day(connection, DAY)] == ["r1", "r2"]


def test_another_day_has_a_run_of_its_own(database):
    with database.write() as connection:
        opened(connection)

        assert opened(connection, "r2", day="2026-11-22").id == "r2"


def test_processes_that_open_the_same_day_at_once_get_the_same_run(database, migrated_url):
    found = FORK.Queue()
    others = [
        FORK.Process(target=open_from_another_process, args=(migrated_url, f"r{n}", found))
        for n in range(4)
    ]
    for other in others:
        other.start()
    ids = {found.get(timeout=60) for _ in others}
    for other in others:
        other.join(30)

    assert len(ids) == 1
    with database.read() as connection:
        assert {run.id for run in runs.of_day(connection, DAY)} == ids


def test_closing_lists_each_planned_batch_as_sealed_or_errored(database):
    with database.write() as connection:
        opened(connection)
        runs.plan(connection, "r1", ["a", "b", "c"])
        runs.plan(connection, "r1", ["a"])
        runs.end_batch(connection, "r1", "a", runs.SEALED, NOW)
        runs.end_batch(connection, "r1", "a", runs.ERRORED, NOW)
        runs.end_batch(connection, "r1", "b", runs.ERRORED, NOW, detail="boom")

        closed = runs.close_collection(connection, "r1", NOW)

        assert {batch.source: batch.state for batch in closed} == {
            "a": "sealed",
            "b": "errored",
            "c": "errored",
        }
        assert runs.get(connection, "r1").state == runs.COLLECTED
        assert runs.close_collection(connection, "r1", NOW + timedelta(1)) == closed
        assert runs.get(connection, "r1").collected_at == NOW


def test_a_run_never_goes_back(database):
    with database.write() as connection:
        opened(connection)
        runs.move(connection, "r1", runs.REPORTED, NOW)
        runs.move(connection, "r1", runs.JUDGED, NOW + timedelta(1))

        run = runs.get(connection, "r1")
        assert (run.state, run.ended_at, run.judged_at) == (runs.REPORTED, NOW, None)


def test_the_newest_run_may_be_asked_for_by_state(database):
    with database.write() as connection:
        opened(connection)
        runs.move(connection, "r1", runs.JUDGED, NOW)
        opened(connection, "r2", again=True, at=NOW + timedelta(1))

        assert runs.latest(connection).id == "r2"
        assert runs.latest(connection, runs.JUDGED, runs.REPORTED).id == "r1"
        assert runs.latest(connection, runs.COLLECTED) is None


def test_what_a_run_stored_comes_back(database):
    with database.write() as connection:
        opened(connection)
        runs.keep(connection, "r1", "manifest", Sealed("sha256:a", 1))
        runs.keep(connection, "r1", "manifest", Sealed("sha256:b", 2))

        assert runs.scope_of(connection, "r1") == {"sources": ["demo"]}
        assert runs.kept(connection, "r1", "manifest") == {"": Sealed("sha256:b", 2)}


def test_a_run_that_is_not_there_is_named(database):
    with database.read() as connection, pytest.raises(ConfigError, match="nothing-like-it"):
        runs.get(connection, "nothing-like-it")


def test_the_first_record_of_a_table_stays(database):
    with database.write() as connection:
        opened(connection)
        first = sealed(connection)

        assert sealed(connection, digest="sha256:other") == first
        assert evidence.of_run(connection, "r1") == [first]
        assert evidence.tables_of(connection, "r1", "demo") == {"aws/s3"}
        assert first.redaction == {"mobile": 1}
        assert first.collected_at == NOW


def test_the_latest_record_of_each_source_is_the_one_collected_last(database):
    with database.write() as connection:
        opened(connection)
        runs.close_collection(connection, "r1", NOW)
        opened(connection, "r2", again=True)
        newest = sealed(connection, run="r2", at=NOW + timedelta(1))
        sealed(connection)

        assert evidence.latest(connection, "aws/s3") == [newest]
        assert evidence.digests(connection) == {"sha256:p", "sha256:r"}
