"""Time-stamps of a real authority: had, retried, shown, verified."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pytest

from fakes.ledgers import FIRST, a_day, place_in, tamper
from fakes.timestamp_server import authority, timestamp_server
from zicha.model.errors import ConfigError
from zicha.pipeline.checks import doctor
from zicha.pipeline.custody.anchoring import anchor
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.verification import verify


@pytest.fixture
def tsa(tmp_path):
    with timestamp_server(tmp_path / "authority") as found:
        yield found


def place_with(tmp_path, tsa, days=0, **more):
    url, root, _ = tsa
    named = {"ZICHA_TIMESTAMP_URL": url, "ZICHA_TIMESTAMP_CA": str(root), **more}
    now = FIRST + timedelta(days=days)
    return place_in(tmp_path / "data", now, second=tmp_path / "elsewhere", **named)


def test_the_last_checkpoint_of_each_day_is_stamped(tmp_path, tsa):
    for n in range(2):
        place = place_with(tmp_path, tsa, n)
        a_day(place)
        a_day(place)

    found = anchor(place)

    assert (found["stamped"], found["failed"], found["waiting"]) == (2, 0, 0)
    assert verify(place)["ok"]
    assert verify(place)["ledger"]["anchors"]["stamped"] == 2
    assert len(list((tmp_path / "elsewhere" / "timestamps").iterdir())) == 2


def test_a_failed_stamp_is_shown_and_had_at_the_next_sealing(tmp_path, tsa):
    place = place_with(tmp_path, tsa)
    a_day(place)
    tsa[2]["down"] = True
    assert anchor(place)["failed"] == 1
    check = next(c for c in doctor(place)["checks"] if c["name"] == "timestamps")
    assert not check["ok"]
    assert verify(place)["ledger"]["anchors"]["failed"] == 1

    tsa[2]["down"] = False
    later = place_with(tmp_path, tsa, 1)
    seal_ledger(later)
    found = anchor(later)

    assert (found["stamped"], found["failed"]) == (1, 0)


def test_a_silent_authority_is_asked_once_a_sealing_and_the_rest_waits(tmp_path, tsa):
    tsa[2]["down"] = True
    for n in range(3):
        place = place_with(tmp_path, tsa, n)
        a_day(place)

    found = anchor(place)

    assert (found["failed"], found["waiting"]) == (1, 2)
    tsa[2]["down"] = False
    assert anchor(place)["stamped"] == 3


def test_openssl_alone_verifies_the_stamp(tmp_path, tsa):
    place = place_with(tmp_path, tsa)
    a_day(place)
    anchor(place)
    (token,) = (tmp_path / "elsewhere" / "timestamps").iterdir()
    (checkpoint,) = (tmp_path / "elsewhere" / "checkpoints").iterdir()
    command = ["openssl", "ts", "-verify", "-data", checkpoint, "-in", token, "-CAfile", tsa[1]]

    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_a_stamp_of_another_authority_is_none(tmp_path, tsa):
    place = place_with(tmp_path, tsa, ZICHA_TIMESTAMP_CA=str(authority(tmp_path / "another")))
    a_day(place)

    assert anchor(place)["failed"] == 1


def test_a_stamp_that_was_exchanged_is_named(tmp_path, tsa):
    for n in range(2):
        place = place_with(tmp_path, tsa, n)
        a_day(place)
    anchor(place)
    tamper(
        tmp_path / "data",
        lambda c: c.execute(
            "UPDATE anchors SET token = (SELECT token FROM anchors WHERE checkpoint = 1)"
        ),
    )

    (fault,) = verify(place)["faults"]

    assert (fault["kind"], fault["where"]) == ("timestamp-bad", "time-stamp of checkpoint 9")


def test_without_an_authority_nothing_is_claimed(tmp_path):
    place = place_in(tmp_path / "data")
    a_day(place)

    assert anchor(place) == {"authority": "", "stamped": 0, "failed": 0, "waiting": 0}
    check = next(c for c in doctor(place)["checks"] if c["name"] == "timestamps")
    assert "no authority" in check["detail"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"ZICHA_TIMESTAMP_CA": ""}, "nobody can verify"),
        ({"ZICHA_TIMESTAMP_CA": "/dev/null"}, "holds no certificates"),
        ({"ZICHA_TIMESTAMP_URL": "file:///etc/passwd"}, "http"),
    ],
)
def test_a_wrong_setting_is_one_clear_sentence(tmp_path, tsa, named, said):
    place = place_with(tmp_path, tsa, **named)

    with pytest.raises(ConfigError, match=said):
        anchor(place)
