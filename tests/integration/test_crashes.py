"""A day that was killed and taken up again leaves what an undisturbed day leaves."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from fakes.counts import LONG
from fakes.postgres import PostgresUnavailableError, postgres_server
from integration.one_day import Steps, in_a_child, inspect, left_behind, workplace
from zicha.pipeline.custody.verification import verify

KILLED = -signal.SIGKILL
A_FEW = ("pack-sealed:2", "books-closed:1", "outcomes-sealed:1")
NAMED = (
    *("planned:1", "opening:1", "opening:2", "opening:3"),
    *("pack-sealed:1", "pack-sealed:4", "pack-sealed:8"),
    *("rows-sealed:1", "rows-sealed:5", "rows-sealed:8"),
    *("indexed:1", "indexed:4", "indexed:7", "indexed:8"),
    *("collected:1", "collected:2", "collected:3"),
    *("books-closed:1", "collection-closed:1"),
    *("suite-judged:1", "suite-judged:5", "outcomes-sealed:1", "judged:1"),
    *("ledger-signed:1", "message-claimed:1", "announced:1"),
)
SEED = 20261122


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    import great_expectations  # noqa: F401 - loaded once, before the children are forked

    folder = tmp_path_factory.mktemp("undisturbed")
    heard = folder / "steps"
    assert in_a_child(lambda: inspect(folder / "data", Steps(heard=heard))) == 0
    return folder


def survives(undisturbed: Path, folder: Path, *kills: str) -> None:
    for deadly in kills:
        assert in_a_child(lambda deadly=deadly: inspect(folder, Steps(deadly))) == KILLED
    assert in_a_child(lambda: inspect(folder, Steps())) == 0
    assert left_behind(folder) == left_behind(undisturbed / "data")
    assert verify(workplace(folder, Steps()))["faults"] == []


@pytest.mark.parametrize("deadly", A_FEW)
def test_a_day_killed_at_a_step_and_taken_up_again_leaves_the_same(undisturbed, tmp_path, deadly):
    survives(undisturbed, tmp_path, deadly)


@pytest.mark.slow
def test_a_day_killed_three_times_leaves_the_same(undisturbed, tmp_path):
    survives(undisturbed, tmp_path, "rows-sealed:1", "collected:1", "outcomes-sealed:1")


def test_every_named_point_is_one_that_a_day_reaches(undisturbed):
    reached = set((undisturbed / "steps").read_text().split())

    assert set(NAMED) <= reached
    assert len(NAMED) >= 25


@pytest.mark.slow
@pytest.mark.parametrize("deadly", NAMED if LONG else NAMED[::8])
def test_a_day_killed_at_any_named_step_leaves_the_same(undisturbed, tmp_path, deadly):
    survives(undisturbed, tmp_path, deadly)


@pytest.mark.slow
@pytest.mark.parametrize("attempt", range(20 if LONG else 3))
def test_a_day_killed_at_a_random_moment_leaves_the_same(undisturbed, tmp_path, attempt):
    moment = random.Random(SEED + attempt).uniform(0.05, 5.0)

    in_a_child(lambda: inspect(tmp_path, Steps()), kill_after=moment)

    assert in_a_child(lambda: inspect(tmp_path, Steps())) == 0
    assert left_behind(tmp_path) == left_behind(undisturbed / "data")


@pytest.fixture(scope="module")
def postgres():
    try:
        with postgres_server() as address:
            yield address
    except PostgresUnavailableError as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_a_day_on_postgresql_is_killed_and_ends_as_one_on_sqlite(undisturbed, postgres, tmp_path):
    deadly = Steps("outcomes-sealed:1")
    assert in_a_child(lambda: inspect(tmp_path, deadly, database=postgres)) == KILLED
    assert in_a_child(lambda: inspect(tmp_path, Steps(), database=postgres)) == 0

    found, wanted = left_behind(tmp_path, postgres), left_behind(undisturbed / "data")

    assert {name: sorted(found[name]) for name in found} == {
        name: sorted(wanted[name]) for name in wanted
    }
