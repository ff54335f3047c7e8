"""Lawful deletion: the bytes go, the proof stays, and nothing else can be passed off as it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fakes.ledgers import FIRST, TABLES, a_day, a_table, copy_of, flip, place_in, tamper
from zicha.custody.entry import Kind, commitment, entry_of
from zicha.model.errors import ConfigError, MissingEvidenceError
from zicha.pipeline.custody import expiring
from zicha.pipeline.custody.expiring import expire
from zicha.pipeline.custody.holding import hold_rows, place_hold, release_hold
from zicha.pipeline.custody.retaining import class_rows, object_rows
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.tombstones import PLACED
from zicha.pipeline.custody.verification import verify
from zicha.storage import evidence, ledger, ledgered, runs
from zicha.storage.ledger import Draft

ACTOR = "os:1000@host"
WHY = "the yearly clean-up"
DAYS = 1096
OBJECTS = 2 * TABLES
LOGS = "cloudtrail/events"


def later(folder, days=DAYS):
    return place_in(folder, FIRST + timedelta(days=days))


def deleted(place, because=WHY):
    return expire(place, really=True, because=because, actor=ACTOR)


def faults(place):
    return sorted({fault["kind"] for fault in verify(place)["faults"]})


def entries(place):
    with place.database.read() as connection:
        return [entry_of(line.body) for line in ledger.lines(connection)]


@pytest.fixture
def folder(tmp_path):
    a_day(place_in(tmp_path / "data"))
    return tmp_path / "data"


def test_nothing_expires_before_its_time(folder):
    assert expire(later(folder, DAYS - 1))["expired"] == []


def test_without_really_it_only_says_what_would_go(folder):
    place = later(folder)

    found = expire(place)

    assert (found["really"], len(found["expired"])) == (False, OBJECTS)
    assert {one["class"] for one in found["expired"]} == {"configuration"}
    assert len(list(place.store.digests())) == OBJECTS
    assert Kind.DELETION not in [entry.kind for entry in entries(place)]


def test_the_bytes_go_and_index_entries_and_a_provable_tombstone_stay(folder):
    place = later(folder)
    digest = next(place.store.digests())

    found = deleted(place)

    assert (len(found["expired"]), len(found["removed"])) == (OBJECTS, OBJECTS)
    assert list(place.store.digests()) == []
    with place.database.read() as connection:
        assert len(evidence.of_run(connection, "2026-11-20-001")) == TABLES
        people = ledger.person_id(connection, ACTOR)
    act, *tombstones = [entry for entry in entries(place) if entry.kind is Kind.DELETION]
    assert (act.by, act.about["act"], act.about["objects"]) == (people, found["act"], OBJECTS)
    assert sorted(one.digest for entry in tombstones for one in entry.commits) == sorted(
        one["digest"] for one in found["expired"]
    )
    assert {entry.about["rule"] for entry in tombstones} == {"configuration"}
    assert all(entry.commits[0].sm3 for entry in tombstones)
    assert ACTOR not in str(entries(place))
    alone = verify(place, digest)
    assert (alone["ok"], alone["expired"][0]["rule"]) == (True, "configuration")
    assert alone["expired"][0]["detail"].startswith("expired by rule configuration on 2029-11-20")


def test_verification_says_expired_and_never_missing(folder):
    place = later(folder)
    deleted(place)

    found = verify(place)

    assert (found["ok"], found["faults"], len(found["expired"])) == (True, [], OBJECTS)


def test_a_deletion_needs_a_reason(folder):
    place = later(folder)

    with pytest.raises(ConfigError, match="--because"):
        deleted(place, because=" ")
    assert len(list(place.store.digests())) == OBJECTS


def test_done_twice_is_done_once(folder):
    place = later(folder)
    deleted(place)
    before = entries(place)

    again = deleted(place)

    assert (again["expired"], again["removed"], again["act"]) == ([], [], "")
    assert entries(place) == before


def test_a_deletion_without_a_tombstone_is_a_fault(folder):
    place = later(folder)
    place.store.remove(next(place.store.digests()))

    assert faults(place) == ["missing"]


def test_what_is_missing_or_altered_cannot_be_passed_off_as_expired(folder):
    place = later(folder)
    gone, altered, *_ = place.store.digests()
    place.store.remove(gone)
    flip(place.store.path_of(altered))

    found = deleted(place)

    assert sorted(one["digest"] for one in found["refused"]) == sorted([gone, altered])
    assert len(found["removed"]) == OBJECTS - 2
    assert faults(place) == ["altered", "missing"]


def test_a_tombstone_that_waits_for_its_number_excuses_nothing(folder):
    place = later(folder)
    digest = next(place.store.digests())
    _forge_tombstone(place, digest)
    place.store.remove(digest)

    assert faults(place) == ["missing"]


def test_a_forged_tombstone_before_the_floor_is_named(folder):
    place = later(folder, 365)
    digest = next(place.store.digests())
    _forge_tombstone(place, digest)
    seal_ledger(place)
    place.store.remove(digest)

    assert faults(place) == ["deleted-early"]
    assert faults_of_item(place, digest) == ["deleted-early"]


def test_a_tombstone_of_what_was_never_sealed_is_named(folder):
    place = later(folder)
    _forge_tombstone(place, "sha256:" + "0" * 64)
    seal_ledger(place)

    assert faults(place) == ["deletion-unfounded"]


def test_a_hold_blocks_expiry_and_is_an_entry_until_it_is_released(folder):
    place = later(folder)
    digest = next(place.store.digests())
    hold = place_hold(place, {"digest": digest}, "an inspector asked for it", ACTOR)

    assert [row["objects"] for row in hold_rows(place)] == [1]
    assert len(deleted(place)["removed"]) == OBJECTS - 1
    assert list(place.store.digests()) == [digest]
    held = next(entry for entry in entries(place) if entry.kind is Kind.HOLD)
    assert (held.about["act"], held.about["covers"]) == (PLACED, {"digest": digest})
    assert "inspector" not in str(held)

    release_hold(place, hold.id, "the inspection is over", ACTOR)

    assert hold_rows(place) == []
    assert deleted(place)["removed"] == [digest]
    assert verify(place)["ok"]


def test_a_deletion_under_a_hold_is_named_whoever_wrote_its_tombstone(folder):
    place = later(folder)
    digest = next(place.store.digests())
    place_hold(place, {}, "everything, for the prosecutor", ACTOR)
    _forge_tombstone(place, digest)
    seal_ledger(place)
    place.store.remove(digest)

    assert faults(place) == ["deleted-under-hold"]


def test_a_hold_survives_the_deletion_of_its_row(folder):
    place = later(folder)
    place_hold(place, {}, "everything", ACTOR)
    tamper(folder, lambda c: c.execute("DELETE FROM declarations"))

    assert expire(place)["expired"] == []


@pytest.mark.parametrize(
    ("covers", "says"),
    [
        ({"digest": "sha256:0"}, "no digest"),
        ({"run": "2026-01-01-001"}, "has the run"),
        ({"source": "no-such-source"}, "has the source"),
        ({"from": "2026-13-01"}, "no evidence day"),
        ({"from": "2026-11-02", "until": "2026-11-01"}, "lies after"),
        ({"subject": "x"}, "knows no subject"),
    ],
)
def test_a_hold_with_a_slip_in_it_is_refused(folder, covers, says):
    with pytest.raises(ConfigError, match=says):
        place_hold(later(folder), covers, "why", ACTOR)


def test_an_unknown_hold_cannot_be_released_and_every_act_needs_a_reason(folder):
    place = later(folder)

    with pytest.raises(ConfigError, match="no hold h-0"):
        release_hold(place, "h-0", "why", ACTOR)
    with pytest.raises(ConfigError, match="--because"):
        place_hold(place, {}, "", ACTOR)


def test_logs_go_after_the_users_own_days_and_never_before_six_months(tmp_path):
    place = place_in(tmp_path / "data")
    run = a_day(place, tables=0, seal=False)
    a_table(place, run, LOGS)
    seal_ledger(place)

    assert [row["chosen"] for row in class_rows(place) if row["id"] == "logs"] == [400]
    assert expire(later(tmp_path / "data", 399))["expired"] == []
    assert {o["class"] for o in expire(later(tmp_path / "data", 400))["expired"]} == {"logs"}
    assert len(object_rows(place)) == 2


def test_what_is_sealed_again_after_its_deletion_must_be_there_again(folder):
    with (first := later(folder)).database.read() as connection:
        record = evidence.of_run(connection, "2026-11-20-001")[0]
    held = [first.store.get(digest) for digest in (record.pack_digest, record.rows_digest)]
    deleted(first)
    place = later(folder, DAYS + 1)
    run = a_day(place, tables=0, seal=False)
    _seal_again(place, run, *held)
    seal_ledger(place)

    assert verify(place)["ok"]
    assert len(verify(place)["expired"]) == OBJECTS - 2
    for digest in list(place.store.digests()):
        place.store.remove(digest)
    assert faults(place) == ["missing"]


def test_a_deletion_that_died_before_the_removal_is_ended(folder, monkeypatch):
    place = later(folder)

    def died(*args):
        raise InterruptedError

    monkeypatch.setattr(expiring, "_remove", died)
    with pytest.raises(InterruptedError):
        deleted(place)
    monkeypatch.undo()

    assert verify(place)["ok"]
    assert len(expire(place)["left_over"]) == OBJECTS
    assert len(deleted(place)["removed"]) == OBJECTS
    assert list(place.store.digests()) == []


def test_a_deletion_that_died_before_its_signature_deleted_nothing(folder, monkeypatch):
    place = later(folder)

    def died(*args):
        raise InterruptedError

    monkeypatch.setattr(expiring, "seal_ledger", died)
    with pytest.raises(InterruptedError):
        deleted(place)
    monkeypatch.undo()

    assert len(list(place.store.digests())) == OBJECTS
    assert verify(place)["ok"]
    seal_ledger(place)
    assert len(deleted(place)["removed"]) == OBJECTS


def test_bytes_that_a_restored_copy_brought_back_go_again(folder, tmp_path):
    copy_of(folder / "evidence", tmp_path / "backup")
    place = later(folder)
    deleted(place)
    copied = place.store.root
    for path in (tmp_path / "backup").rglob("*"):
        if path.is_file():
            target = copied / path.relative_to(tmp_path / "backup")
            target.write_bytes(path.read_bytes())

    assert verify(place)["ok"]
    assert len(deleted(place)["removed"]) == OBJECTS


def test_nothing_is_deleted_while_a_collection_is_open(folder):
    place = later(folder)
    with place.database.write() as connection:
        runs.open_run(
            connection,
            run="open",
            day=place.today(),
            trigger="manual",
            scope_digest="",
            scope={},
            at=place.clock(),
        )

    with pytest.raises(ConfigError, match="run open is collecting"):
        deleted(place)
    assert len(list(place.store.digests())) == OBJECTS


def test_an_expired_object_tells_its_reader_where_to_ask(folder):
    place = later(folder)
    digest = next(place.store.digests())
    deleted(place)

    with pytest.raises(MissingEvidenceError, match=f"verify --item {digest}"):
        place.store.get(digest)


def faults_of_item(place, digest):
    return [fault["kind"] for fault in verify(place, digest)["faults"]]


def _forge_tombstone(place, digest):
    with place.database.write() as connection:
        about = {"act": "d-0", "rule": "logs"}
        held = ledgered.of_digest(ledgered.PAYLOAD, digest, 0)
        draft = Draft(f"tombstone/{digest}", Kind.DELETION, about, (held,))
        ledger.append(connection, [draft], place.clock())


def _seal_again(place, run, pack, rows):
    """The same bytes as on the first day, as an unchanged table gives them."""
    sealed = place.store.put(pack), place.store.put(rows)
    with place.database.write() as connection:
        record = evidence.record(
            connection,
            run=run,
            source="recorded-host",
            table="table-again",
            pack=sealed[0],
            rows=sealed[1],
            content_mark="mark:0",
            row_count=1,
            gap_count=0,
            redaction={},
            collected_at=place.clock(),
            sealed_at=place.clock(),
        )
        draft = ledgered.of_evidence(record, commitment(pack), commitment(rows))
        ledger.append(connection, [draft], place.clock())
