"""The moments of an incident, as Airflow keeps them: what is none is left out, never guessed."""

from __future__ import annotations

import asyncio

import pytest

from zicha.duties.time import moment_of
from zicha.pipeline.alerts.announcing import CREDENTIAL
from zicha.pipeline.alerts.following import MOST_MOMENTS
from zicha_airflow import assets
from zicha_airflow.incident_moments import SLACK, IncidentMoment, IncidentPulse, moment_at

CONF = {"moments": ["2026-11-21T02:30:00+08:00", "soon", "2026-11-21T02:30:00"]}


def test_a_moment_is_read_from_its_place_in_the_run():
    assert moment_at(CONF, 0) == moment_of("2026-11-21T02:30+08:00")


@pytest.mark.parametrize(
    ("conf", "place"),
    [(CONF, 1), (CONF, 2), (CONF, 3), ({}, 0), (None, 0), ({"moments": "x"}, 0)],
    ids=["no moment", "no zone", "beyond the last", "empty", "none", "no list"],
)
def test_what_is_no_moment_gives_no_deadline(conf, place):
    assert moment_at(conf, place) is None


def test_airflow_writes_a_moment_down_and_reads_it_back():
    kept = IncidentMoment(7).serialize_reference()

    assert IncidentMoment.deserialize_reference(kept) == IncidentMoment(7)
    assert IncidentMoment(7) != IncidentMoment(8)


def test_a_run_has_room_for_as_many_moments_as_the_library_gives_it():
    assert assets.MOST_MOMENTS == MOST_MOMENTS


def test_the_token_is_looked_for_under_the_name_that_the_library_asks_for():
    assert SLACK == CREDENTIAL


def test_the_pulse_fires_once_when_it_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("ZICHA_DATA", str(tmp_path / "data"))

    async def first():
        return await anext(IncidentPulse(poll_s=0.01).run())

    assert asyncio.run(first()).payload == {"pulse": "0/0"}
