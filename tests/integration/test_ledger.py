"""The ledger through its life: written, numbered, signed, imported, rotated."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fakes.ledgers import FIRST, TABLES, a_day, a_table, days, place_in, tamper
from zicha.custody.entry import Kind, entry_of
from zicha.custody.merkle import Tree
from zicha.custody.signing import NAME
from zicha.model.errors import ConfigError, TamperedEvidenceError
from zicha.pipeline.custody import rotation
from zicha.pipeline.custody.rotation import rotate_key
from zicha.pipeline.custody.sealing import LEDGER, heartbeat, root_of, seal_ledger
from zicha.pipeline.custody.verification import verify
from zicha.storage import ledger
from zicha.storage.database import open_database, sqlite_url
from zicha.storage.migrate import SCRIPTS, migrate


def kinds(place):
    with place.database.read() as connection:
        return [entry_of(line.body).kind for line in ledger.lines(connection)]


def test_a_day_is_entered_signed_and_verified(tmp_path):
    place = days(tmp_path / "data", 1)

    found = verify(place)

    assert kinds(place) == [Kind.EVIDENCE] * TABLES + [Kind.KEY]
    assert (found["ok"], found["faults"]) == (True, [])
    assert found["ledger"] | {"anchors": {}} == {
        "entries": TABLES + 1,
        "waiting": 0,
        "checkpoints": 1,
        "second_place": 1,
        "anchors": {},
    }


def test_what_was_not_numbered_yet_is_no_fault(tmp_path):
    place = days(tmp_path / "data", 1)
    a_day(place, seal=False)

    found = verify(place)

    assert (found["ok"], found["ledger"]["waiting"]) == (True, TABLES)


def test_sealing_again_signs_nothing_new(tmp_path):
    place = days(tmp_path / "data", 2)

    before = root_of(place)
    seal_ledger(place)

    assert root_of(place) == before
    assert verify(place)["ledger"]["checkpoints"] == 2


def test_a_task_that_is_done_again_adds_no_entry(tmp_path):
    place = place_in(tmp_path / "data")
    run = a_day(place)

    a_table(place, run, "table-0")
    seal_ledger(place)

    assert kinds(place).count(Kind.EVIDENCE) == TABLES
    assert verify(place)["ok"]


def test_the_ledgers_own_tables_refuse_to_be_changed(tmp_path):
    place = days(tmp_path / "data", 1)

    for table in ("ledger_records", "ledger", "checkpoints"):
        with pytest.raises(DBAPIError, match="append-only"), place.database.write() as connection:
            connection.execute(text(f"DELETE FROM {table}"))


def test_a_day_without_evidence_leaves_a_heartbeat(tmp_path):
    place = place_in(tmp_path / "data")

    heartbeat(place)
    heartbeat(place)

    assert sorted(kinds(place)) == [Kind.HEARTBEAT, Kind.KEY]
    assert verify(place)["ok"]


def test_the_short_root_is_what_somebody_outside_can_hold_against_us(tmp_path):
    place = days(tmp_path / "data", 2)
    kept = root_of(place)["short"]
    a_day(place_in(tmp_path / "data", FIRST + timedelta(days=5)))

    assert verify(place, root=kept)["ok"]
    assert verify(place, root="3:" + "0" * 16)["faults"][0]["kind"] == "ledger-forked"
    assert verify(place, root="999:" + "0" * 16)["faults"][0]["kind"] == "ledger-truncated"
    with pytest.raises(ConfigError, match="SIZE:DIGITS"):
        verify(place, root="nonsense")


def test_one_item_is_verified_alone(tmp_path):
    place = days(tmp_path / "data", 2)
    digest = next(place.store.digests())

    assert verify(place, digest) | {"ledger": {}} == {
        "expired": [],
        "ok": True,
        "items": 1,
        "faults": [],
        "ledger": {},
    }
    stray = place.store.put(b"nobody indexed this").digest
    assert [f["kind"] for f in verify(place, stray)["faults"]] == ["unledgered"]


def test_an_entry_names_nobody(tmp_path):
    place = place_in(tmp_path / "data")

    with place.database.write() as connection:
        one = ledger.person_id(connection, "os:li.lei@host")
        same = ledger.person_id(connection, "os:li.lei@host")
        erased = ledger.erase_person(connection, "os:li.lei@host")
        other = ledger.person_id(connection, "os:li.lei@host")

    assert one == same != other
    assert one.startswith("p-")
    assert erased


def test_the_tiles_can_be_rebuilt_from_the_rows(tmp_path):
    place = days(tmp_path / "data", 3)
    folder = tmp_path / "data" / LEDGER
    before = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    for path in before:
        (folder / path).unlink()

    seal_ledger(place)

    after = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert after == before


def test_a_process_that_died_before_the_copies_is_no_fault_and_is_caught_up(tmp_path, monkeypatch):
    place = days(tmp_path / "data", 1)

    def died(*args):
        raise InterruptedError

    monkeypatch.setattr("zicha.pipeline.custody.sealing.copies", died)
    with pytest.raises(InterruptedError):
        a_day(place_in(tmp_path / "data", FIRST + timedelta(days=1)))
    monkeypatch.undo()

    assert verify(place)["ok"]
    assert verify(place)["ledger"]["second_place"] == 1
    seal_ledger(place)
    assert verify(place)["ledger"]["second_place"] == 2
    assert verify(place)["ok"]


def test_runs_from_before_are_entered_as_imported_with_the_time_of_import(tmp_path):
    place = place_in(tmp_path / "data")
    run = a_day(place, seal=False)

    def forget(connection):
        connection.execute("DELETE FROM ledger_records")
        connection.execute("INSERT INTO runs_before_ledger VALUES (?)", (run,))

    tamper(tmp_path / "data", forget)
    later = place_in(tmp_path / "data", FIRST + timedelta(days=3))
    seal_ledger(later)

    with later.database.read() as connection:
        entries = [entry_of(line.body) for line in ledger.lines(connection)]
    assert [e.kind for e in entries] == [Kind.IMPORTED] * TABLES + [Kind.KEY]
    assert {e.at for e in entries} == {FIRST + timedelta(days=3)}
    assert all(e.commitment("pack").sm3 for e in entries[:-1])
    assert verify(later)["ok"]


def test_a_database_of_an_earlier_version_remembers_which_runs_to_import(tmp_path):
    database = open_database(sqlite_url(tmp_path / "old.sqlite"))
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO runs (id, day, trigger, scope_digest, scope, state, started_at) "
                "VALUES ('r', '2026-11-01', 'daily', '', '{}', 'judged', '2026-11-01')"
            )
        )

    migrate(database)

    with database.read() as connection:
        assert ledger.runs_before(connection) == ["r"]


def test_a_tree_that_does_not_extend_the_last_checkpoint_is_not_signed(tmp_path):
    place = days(tmp_path / "data", 2)
    tamper(
        tmp_path / "data",
        lambda c: c.execute("UPDATE ledger SET leaf = ? WHERE seq = 1", ("00" * 32,)),
    )

    with pytest.raises(TamperedEvidenceError, match="does not extend"):
        a_day(place)
    with place.database.read() as connection:
        assert len(ledger.signed(connection)) == 2


def test_an_emptied_second_place_stops_the_signing(tmp_path):
    place = days(tmp_path / "data", 2, second=tmp_path / "elsewhere")
    for path in (tmp_path / "elsewhere" / "checkpoints").iterdir():
        path.unlink()

    with pytest.raises(TamperedEvidenceError, match="holds no checkpoint"):
        a_day(place)


def test_a_second_place_of_another_ledger_is_refused(tmp_path):
    place = days(tmp_path / "data", 1, second=tmp_path / "elsewhere")
    (name,) = (tmp_path / "elsewhere" / "checkpoints").iterdir()
    name.write_text(name.read_text().replace("zicha/", "another/", 1))

    with pytest.raises(ConfigError, match="name the right folder"):
        seal_ledger(place)
    with pytest.raises(ConfigError, match="name the right folder"):
        verify(place)


def test_a_rotated_key_is_introduced_by_the_one_before(tmp_path):
    place = days(tmp_path / "data", 2)

    found = rotate_key(place)
    a_day(place_in(tmp_path / "data", FIRST + timedelta(days=9)))

    assert root_of(place)["key"] == found["new"]
    assert verify(place)["faults"] == []
    assert kinds(place).count(Kind.KEY) == 2


def test_a_rotation_that_died_before_its_file_was_moved_is_ended(tmp_path, monkeypatch):
    place = days(tmp_path / "data", 1)
    moved = Path.replace

    def died(path, to):
        if path.name == rotation.NEXT:
            raise InterruptedError
        return moved(path, to)

    monkeypatch.setattr(Path, "replace", died)
    with pytest.raises(InterruptedError):
        rotate_key(place)
    monkeypatch.undo()

    with pytest.raises(TamperedEvidenceError, match="rotate-key"):
        seal_ledger(place)
    rotate_key(place)

    assert not (tmp_path / "data" / rotation.NEXT).exists()
    assert verify(place)["ok"]


def test_a_foreign_key_signs_nothing(tmp_path):
    place = days(tmp_path / "data", 1)
    (tmp_path / "data" / NAME).unlink()

    with pytest.raises(TamperedEvidenceError, match="restore the key"):
        seal_ledger(place)


def test_the_tree_of_the_rows_is_the_one_that_was_signed(tmp_path):
    place = days(tmp_path / "data", 3)

    with place.database.read() as connection:
        tree = Tree(ledger.leaves(connection))
        signed = ledger.signed(connection)

    assert [tree.root(one.size).hex() for one in signed] == [one.root for one in signed]
