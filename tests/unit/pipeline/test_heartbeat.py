"""Days without evidence: proved by a heartbeat, or shown as silent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fakes.ledgers import FIRST, a_day, flip, place_in
from zicha.custody.entry import Entry, Kind
from zicha.model.errors import TamperedEvidenceError
from zicha.pipeline.alerts import watching
from zicha.pipeline.alerts.watching import watch
from zicha.pipeline.custody.heartbeat import Days, days_of
from zicha.pipeline.custody.sealing import heartbeat
from zicha.pipeline.custody.verification import verify


def on(folder, day):
    return place_in(folder, FIRST + timedelta(days=day))


def label(day):
    return (FIRST + timedelta(days=day)).date().isoformat()


def test_verification_lists_days_without_evidence_and_days_of_silence(tmp_path):
    folder = tmp_path / "data"
    a_day(on(folder, 0))
    heartbeat(on(folder, 1))
    a_day(on(folder, 3))

    found = verify(on(folder, 4))["days"]

    assert found == {
        "from": label(0),
        "until": label(3),
        "without_evidence": [label(1)],
        "silent": [label(2)],
    }


def test_today_is_not_over_and_an_empty_ledger_has_no_days(tmp_path):
    place = on(tmp_path / "data", 0)

    assert verify(place)["days"]["until"] == ""
    heartbeat(place)
    assert verify(place)["days"]["until"] == ""


def entry(kind, hours, **about):
    return Entry(kind, FIRST + timedelta(hours=hours), "00", about)


def test_a_heartbeat_written_later_is_no_witness_and_a_run_past_midnight_is(tmp_path):
    zone = on(tmp_path / "data", 0).zone
    start = entry(Kind.EVIDENCE, 0)
    backdated = entry(Kind.HEARTBEAT, 48, day=label(1))
    past_midnight = entry(Kind.HEARTBEAT, 48, day=label(1), run="r")

    assert days_of([start, backdated], label(2), zone).silent == (label(1),)
    assert days_of([start, past_midnight], label(2), zone).without_evidence == (label(1),)


def test_what_was_imported_speaks_of_no_day(tmp_path):
    zone = on(tmp_path / "data", 0).zone

    assert days_of([entry(Kind.IMPORTED, 0)], label(3), zone) == Days()


@pytest.fixture
def told(monkeypatch):
    heard = []
    monkeypatch.setattr(watching, "tell_health", lambda place, line: heard.append(line))
    return heard


def test_books_in_order_are_told_to_nobody(tmp_path, told):
    a_day(on(tmp_path / "data", 0))

    assert watch(on(tmp_path / "data", 1))["silent"] is False
    assert told == []


def test_a_fault_is_told_by_its_kind_and_fails_the_task(tmp_path, told):
    place = on(tmp_path / "data", 0)
    a_day(place)
    digest = next(place.store.digests())
    flip(place.store.path_of(digest))

    with pytest.raises(TamperedEvidenceError, match="altered 1"):
        watch(place)
    assert told == ["核验发现异常 verification found faults: altered 1"]
    assert digest not in told[0]


def test_a_silent_yesterday_is_told_once(tmp_path, told):
    folder = tmp_path / "data"
    a_day(on(folder, 0))

    watch(on(folder, 2))
    heartbeat(on(folder, 2))
    watch(on(folder, 3))

    assert told == [f"当日无任何记录 nothing in the ledger of: {label(1)}"]
