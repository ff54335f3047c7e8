"""What somebody with the disk, the database or an old key can do: each is detected and named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import timedelta

import pytest

from fakes.database_switch import on_sqlite
from fakes.ledgers import (
    FIRST,
    TABLES,
    a_day,
    copy_of,
    days,
    flip,
    forge_signature,
    place_in,
    rewrite,
    tamper,
)
from zicha.custody.checkpoint import sign_checkpoint
from zicha.custody.merkle import Tree, leaf_hash
from zicha.custody.signing import NAME, file_signer
from zicha.model.errors import ZichaError
from zicha.pipeline.custody.rotation import rotate_key
from zicha.pipeline.custody.sealing import LEDGER, origin_of, root_of
from zicha.pipeline.custody.verification import verify

DAYS = 3
SECOND_DAY = FIRST + timedelta(days=1)
IN_SECOND_DAY = TABLES + 2
"""An entry that the second day's checkpoint was the first to cover."""


@pytest.fixture
def folder(tmp_path):
    days(tmp_path / "data", DAYS, second=tmp_path / "elsewhere")
    return tmp_path / "data"


@pytest.fixture
def check(tmp_path, folder):
    def faults():
        place = place_in(folder, FIRST + timedelta(days=9), second=tmp_path / "elsewhere")
        return {fault["kind"]: fault for fault in verify(place)["faults"]}

    return faults


def altered(body):
    said = json.loads(body)
    said["about"]["gaps"] = 7
    return json.dumps(said, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def test_an_untouched_ledger_has_no_fault(check):
    assert check() == {}


def test_a_flipped_bit_in_an_object_is_named(folder, check):
    path = min((folder / "evidence").glob("objects/sha256/*/*"))
    flip(path)

    found = check()

    assert list(found) == ["altered"]
    assert found["altered"]["where"] == f"sha256:{path.parent.name}{path.name}"
    assert found["altered"]["since"].startswith("2026-11-2")


def test_a_deleted_object_is_named(folder, check):
    min((folder / "evidence").glob("objects/sha256/*/*")).unlink()

    assert list(check()) == ["missing"]


def test_objects_that_were_cut_emptied_or_exchanged_are_named(folder, check):
    one, other, cut, emptied, *_ = sorted((folder / "evidence").glob("objects/sha256/*/*"))
    bytes_of_one, bytes_of_other = one.read_bytes(), other.read_bytes()
    changed = {
        one: bytes_of_other,
        other: bytes_of_one,
        cut: cut.read_bytes()[:-1],
        emptied: b"",
    }
    for path, data in changed.items():
        path.chmod(0o600)
        path.write_bytes(data)
    named = []

    place = place_in(folder, FIRST + timedelta(days=9), second=folder.parent / "elsewhere")
    for fault in verify(place)["faults"]:
        assert fault["kind"] == "altered"
        named.append(fault["where"])

    assert sorted(named) == sorted(f"sha256:{p.parent.name}{p.name}" for p in changed)
    assert check().keys() == {"altered"}


def test_a_flipped_bit_in_an_entry_is_named(folder, check):
    tamper(
        folder,
        lambda c: c.execute(
            "UPDATE ledger_records SET body = replace(body, '\"gaps\":0', '\"gaps\":1') WHERE id ="
            " (SELECT record FROM ledger WHERE seq = ?)",
            (IN_SECOND_DAY,),
        ),
    )

    found = check()

    assert found["entry-altered"]["where"] == f"entry {IN_SECOND_DAY}"
    assert found["entry-altered"]["since"] == SECOND_DAY.isoformat()
    assert found["ledger-forked"]["where"].endswith("checkpoint 9")


def test_an_entry_that_was_rewritten_with_its_hash_is_named(folder, check):
    def change(bodies):
        bodies[IN_SECOND_DAY] = altered(bodies[IN_SECOND_DAY])

    rewrite(folder, change)

    found = check()

    assert found["entry-altered"]["where"] == f"entry {IN_SECOND_DAY}"
    assert found["ledger-forked"]["since"] in {"", SECOND_DAY.isoformat()}


def test_a_deleted_line_is_named(folder, check):
    tamper(folder, lambda c: c.execute("DELETE FROM ledger WHERE seq = ?", (IN_SECOND_DAY,)))

    assert check()["entry-deleted"]["where"] == f"entry {IN_SECOND_DAY}"


def test_a_deletion_that_closes_the_gap_is_named(folder, check):
    rewrite(folder, lambda bodies: bodies.pop(IN_SECOND_DAY))

    found = check()

    assert found["entry-deleted"]["where"] == f"entry {IN_SECOND_DAY}"
    assert "ledger-forked" in found


def test_two_swapped_entries_are_named(folder, check):
    def change(bodies):
        n = IN_SECOND_DAY
        bodies[n], bodies[n + 1] = bodies[n + 1], bodies[n]

    rewrite(folder, change)

    found = check()

    assert found["entries-swapped"]["where"] == f"entries {IN_SECOND_DAY} to {IN_SECOND_DAY + 1}"


def test_a_back_dated_entry_is_named(folder, check):
    rewrite(folder, lambda bodies: bodies.insert(1, altered(bodies[0])))

    found = check()

    assert found["entry-inserted"]["where"] == "entry 1"
    assert "between 0 and 4" in found["ledger-forked"]["detail"]


def test_a_cut_tail_is_named(folder, check):
    def change(connection):
        connection.execute("DELETE FROM ledger WHERE seq >= 9")
        connection.execute("DELETE FROM checkpoints WHERE size > 9")

    tamper(folder, change)

    found = check()

    assert found["ledger-truncated"]["where"] == "second place checkpoint 13"
    assert "9 entries are left" in found["ledger-truncated"]["detail"]


@on_sqlite
def test_an_old_copy_put_back_is_named(folder, check, tmp_path):
    old = copy_of(folder, tmp_path / "yesterday")
    a_day(place_in(folder, FIRST + timedelta(days=4), second=tmp_path / "elsewhere"))
    shutil.rmtree(folder)
    copy_of(old, folder)

    found = check()

    assert found["ledger-truncated"]["where"] == "second place checkpoint 17"
    assert found["ledger-rolled-back"]["where"] == "checkpoint 17"


@on_sqlite
def test_an_old_copy_of_everything_is_only_betrayed_by_what_left_the_house(tmp_path):
    place = days(tmp_path / "data", 2)
    old = copy_of(tmp_path / "data", tmp_path / "yesterday")
    later = place_in(tmp_path / "data", FIRST + timedelta(days=4))
    a_day(later)
    printed = root_of(later)["short"]
    shutil.rmtree(tmp_path / "data")
    copy_of(old, tmp_path / "data")

    assert verify(place)["ok"]
    assert [f["kind"] for f in verify(place, root=printed)["faults"]] == ["ledger-truncated"]


def forge(place, key_folder, name=NAME):
    """Change an entry of the second day, and sign every checkpoint anew with some key."""
    folder = place.data

    def change(bodies):
        bodies[IN_SECOND_DAY] = altered(bodies[IN_SECOND_DAY])

    rewrite(folder, change)
    signer = file_signer(key_folder, origin_of(place), name)

    def resign(connection: sqlite3.Connection):
        leaves = [
            leaf_hash(body.encode())
            for (body,) in connection.execute(
                "SELECT body FROM ledger_records JOIN ledger ON record = id ORDER BY seq"
            )
        ]
        tree = Tree(leaves)
        for id_, size in connection.execute("SELECT id, size FROM checkpoints").fetchall():
            made = sign_checkpoint(signer.key.name, size, tree.root(size), [signer])
            connection.execute(
                "UPDATE checkpoints SET root = ?, key_id = ?, note = ? WHERE id = ?",
                (made.root.hex(), signer.key.hex_id, made.note, id_),
            )

    tamper(folder, resign)
    shutil.rmtree(folder / LEDGER)


def test_a_ledger_rewritten_and_signed_anew_with_its_own_key_is_named(folder, check, tmp_path):
    place = place_in(folder, second=tmp_path / "elsewhere")

    forge(place, folder)

    found = check()
    assert found["ledger-forked"]["where"] == "second place checkpoint 9"
    assert found["ledger-rolled-back"]["where"] == "checkpoint 13"


def test_a_ledger_signed_anew_with_a_stolen_older_key_is_named(folder, check, tmp_path):
    stolen = tmp_path / "thief"
    stolen.mkdir()
    shutil.copy(folder / NAME, stolen / NAME)
    place = place_in(folder, FIRST + timedelta(days=5), second=tmp_path / "elsewhere")
    rotated = rotate_key(place)

    forge(place, stolen)

    found = check()
    assert rotated["new"] in found["key-retired"]["detail"]
    assert found["key-retired"]["where"] == "checkpoint 14"
    assert "ledger-forked" in found


def test_a_signature_of_nobody_is_named(folder, check, tmp_path):
    other = tmp_path / "other"
    place = place_in(folder, second=tmp_path / "elsewhere")

    forge(place, other)

    assert "signature-bad" in check()


@on_sqlite
def test_a_replaced_database_is_named(folder, check, tmp_path):
    days(tmp_path / "another", 3)
    for name in ("zicha.sqlite", NAME):
        (folder / name).unlink()
        shutil.copy(tmp_path / "another" / name, folder / name)
    for name in ("zicha.sqlite-wal", "zicha.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)

    found = check()

    assert {"ledger-replaced", "key-unknown", "key-missing"} <= found.keys()


def test_a_checkpoint_with_another_signature_is_named(folder, check, tmp_path):
    forge_signature(sorted((tmp_path / "elsewhere" / "checkpoints").iterdir())[1])

    assert check()["signature-bad"]["where"] == "second place checkpoint 9"


def test_a_checkpoint_taken_from_the_second_place_is_named(folder, check, tmp_path):
    sorted((tmp_path / "elsewhere" / "checkpoints").iterdir())[1].unlink()

    assert check()["copy-missing"]["where"] == "checkpoint 9"


def test_an_edited_row_is_named(folder, check):
    tamper(folder, lambda c: c.execute("UPDATE evidence SET gap_count = 9 WHERE id = 2"))

    found = check()

    assert list(found) == ["row-altered"]
    assert found["row-altered"]["where"] == "evidence 2026-11-20-001 recorded-host table-1"


def test_a_row_that_was_removed_or_added_is_named(folder, check):
    tamper(folder, lambda c: c.execute("UPDATE evidence SET table_id = 'other' WHERE id = 2"))

    assert {"row-missing", "unledgered"} == check().keys()


def test_a_finding_that_was_closed_by_hand_is_named(folder, check):
    def change(connection):
        run = "2026-11-20-001"
        connection.execute(
            "INSERT INTO findings (id, entity, suite, expectation, subject, source, severity, "
            "state, run, opened_at, first_opened_at, last_measured_at, last_run, times_opened, "
            f"controls) VALUES ('f-1', 'e', 's', 'x', '[\"a\"]', 'h', 'critical', 'closed-passed',"
            f" '{run}', '{FIRST.isoformat()}', '{FIRST.isoformat()}', '{FIRST.isoformat()}',"
            f" '{run}', 1, '[]')"
        )

    tamper(folder, change)

    assert check()["row-altered"]["where"] == "finding f-1"


@pytest.mark.parametrize("where", ["objects", "entries", "checkpoints", "second"])
def test_no_byte_of_what_proves_can_be_flipped_unnoticed(folder, check, tmp_path, where):
    files = {
        "objects": sorted((folder / "evidence").glob("objects/sha256/*/*"))[:1],
        "second": sorted((tmp_path / "elsewhere" / "checkpoints").iterdir())[:1],
    }
    missed = []
    if where in files:
        (path,) = files[where]
        for at in range(0, path.stat().st_size, 3):
            flip(path, at)
            try:
                noticed = check()
            except ZichaError as error:
                noticed = error
            missed += [] if noticed else [at]
            flip(path, at)
    else:
        table, column = {
            "entries": ("ledger_records", "body"),
            "checkpoints": ("checkpoints", "note"),
        }[where]
        asked, told = f"SELECT {column} FROM {table} WHERE id = 2", []
        tamper(folder, lambda c: told.extend(c.execute(asked).fetchone()))
        (held,) = told
        for at in range(0, len(held), 17):
            other = held[:at] + chr(ord(held[at]) ^ 1) + held[at + 1 :]
            tamper(
                folder,
                lambda c, v=other: c.execute(f"UPDATE {table} SET {column} = ? WHERE id = 2", (v,)),
            )
            missed += [] if check() else [at]
        tamper(
            folder, lambda c: c.execute(f"UPDATE {table} SET {column} = ? WHERE id = 2", (held,))
        )

    assert missed == []
    assert check() == {}
