"""Four writers at once, and writers that are killed: nothing lost, nothing double, nothing torn."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from itertools import count

import pytest
from sqlalchemy import NullPool, create_engine, text

from fakes.counts import only_long
from fakes.ledgers import a_table, place_in
from fakes.postgres import PostgresUnavailableError, postgres_server
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.verification import verify
from zicha.storage import ledger, runs

NUMBERS = count(1)
WRITERS, TABLES = 4, 12
SEED = 20261122
KILLS = 20
MANY = 200
FORK = multiprocessing.get_context("fork")


@pytest.fixture(scope="module")
def postgres():
    try:
        with postgres_server() as url:
            yield url
    except PostgresUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    if request.param == "sqlite":
        yield ""
        return
    server = request.getfixturevalue("postgres")
    name = f"zicha_{next(NUMBERS)}"
    address = server.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.rsplit("/", 1)[0] + f"/{name}"
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def opened(place):
    with place.database.write() as connection:
        return runs.open_run(
            connection,
            run="2026-11-20-001",
            day="2026-11-20",
            trigger="manual",
            scope_digest="sha256:" + "0" * 64,
            scope={},
            at=place.clock(),
        ).id


def write(folder, url, run, names):
    place = place_in(folder, url=url)
    for name in names:
        a_table(place, run, name)
        seal_ledger(place)


def started(*args):
    child = FORK.Process(target=write, args=args)
    child.start()
    return child


def names_of(writer, many=TABLES):
    return [f"w{writer}-t{n}" for n in range(many)]


def test_four_writers_at_once_lose_nothing(tmp_path, url):
    place = place_in(tmp_path / "data", url=url)
    run = opened(place)

    children = [started(tmp_path / "data", url, run, names_of(n)) for n in range(WRITERS)]
    for child in children:
        child.join(120)

    assert [child.exitcode for child in children] == [0] * WRITERS
    assert holds_exactly(place, {name for n in range(WRITERS) for name in names_of(n)})


def holds_exactly(place, wanted):
    found = verify(place)
    assert found["faults"] == []
    with place.database.read() as connection:
        keys = [line.key for line in ledger.lines(connection)]
    tables = [key.rsplit("/", 1)[1] for key in keys if key.startswith("evidence/")]
    assert len(keys) == len(set(keys))
    return sorted(tables) == sorted(wanted)


def killed_again_and_again(folder, url, kills):
    place = place_in(folder, url=url)
    run = opened(place)
    chance = random.Random(SEED)
    done = 0
    for n in range(kills):
        names = names_of(n, 6)
        children = [started(folder, url, run, names[i::2]) for i in range(2)]
        time.sleep(chance.uniform(0.02, 0.5))
        for child in children:
            os.kill(child.pid, signal.SIGKILL) if child.is_alive() else None
            child.join()
        # What was recorded is whole, at any moment and before anything is repaired.
        found = verify(place)
        assert found["faults"] == [], found["faults"]
        kept = found["ledger"]["entries"] + found["ledger"]["waiting"]
        assert kept >= done
        done = kept
    for n in range(kills):
        for name in names_of(n, 6):
            a_table(place, run, name)
    seal_ledger(place)
    assert place.store.sweep() >= 0
    return holds_exactly(place, {name for n in range(kills) for name in names_of(n, 6)})


@pytest.mark.slow
def test_twenty_kills_leave_nothing_torn_lost_or_double(tmp_path, url):
    assert killed_again_and_again(tmp_path / "data", url, KILLS)


@pytest.mark.slow
@only_long
@pytest.mark.timeout(900)
def test_two_hundred_kills_leave_nothing_torn_lost_or_double(tmp_path, url):
    assert killed_again_and_again(tmp_path / "data", url, MANY)
