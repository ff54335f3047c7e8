from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from zicha.model.errors import ConfigError, ZichaError
from zicha.storage import file_systems
from zicha.storage.database import open_database, sqlite_url
from zicha.storage.migrate import migrate

WRITERS, APPENDS = 4, 100
FORK = multiprocessing.get_context("fork")


def append_many(url, writer):
    database = open_database(url)
    for number in range(APPENDS):
        with database.write() as connection:
            last = connection.execute(text("SELECT coalesce(max(n), 0) FROM numbered")).scalar_one()
            connection.execute(
                text("INSERT INTO numbered VALUES (:n, :by)"),
                {"n": last + 1, "by": f"{writer}-{number}"},
            )
    database.close()


def die_in_a_transaction(url):
    database = open_database(url)
    with database.write() as connection:
        connection.execute(text("INSERT INTO numbered VALUES (99, 'half')"))
        os.kill(os.getpid(), signal.SIGKILL)


def write_and_fail(database):
    with database.write() as connection:
        connection.execute(text("INSERT INTO numbered VALUES (1, 'x')"))
        raise ZeroDivisionError


def make_numbered(database):
    with database.write() as connection:
        connection.execute(text("CREATE TABLE numbered (n integer PRIMARY KEY, said text)"))


def all_numbers(database):
    with database.read() as connection:
        return connection.execute(text("SELECT n FROM numbered ORDER BY n")).scalars().all()


def test_every_append_of_four_processes_survives_and_none_takes_anothers_number(
    database, migrated_url
):
    make_numbered(database)

    writers = [FORK.Process(target=append_many, args=(migrated_url, n)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)

    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    assert all_numbers(database) == list(range(1, WRITERS * APPENDS + 1))


def test_a_killed_writer_leaves_nothing_and_blocks_nobody(database, migrated_url):
    make_numbered(database)

    victim = FORK.Process(target=die_in_a_transaction, args=(migrated_url,))
    victim.start()
    victim.join(60)

    assert victim.exitcode == -signal.SIGKILL
    with database.write() as connection:
        connection.execute(text("INSERT INTO numbered VALUES (1, 'after')"))
    assert all_numbers(database) == [1]


def write_beyond_the_limit(url, said):
    database = open_database(url)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    try:
        with database.write() as connection:
            for number in range(500):
                connection.execute(
                    text("INSERT INTO numbered VALUES (:n, :said)"),
                    {"n": number, "said": "x" * 5000},
                )
    except ZichaError as error:
        said.put(str(error))
    else:
        said.put("nothing was raised")


def test_a_full_disk_undoes_the_transaction_and_says_what_to_do(tmp_path):
    url = sqlite_url(tmp_path / "zicha.sqlite")
    database = open_database(url)
    make_numbered(database)
    said = FORK.Queue()

    child = FORK.Process(target=write_beyond_the_limit, args=(url, said))
    child.start()
    message = said.get(timeout=60)
    child.join(30)

    assert "free some space" in message
    assert all_numbers(database) == []


def test_an_error_of_the_database_does_not_show_what_was_written(database):
    make_numbered(database)

    with pytest.raises(DBAPIError) as caught, database.write() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "13812345678"})

    assert "13812345678" not in str(caught.value)


def test_an_error_inside_undoes_the_whole_transaction(database):
    make_numbered(database)

    with pytest.raises(ZeroDivisionError):
        write_and_fail(database)

    assert all_numbers(database) == []


def test_a_reader_changes_nothing(database):
    make_numbered(database)

    with database.read() as connection:
        connection.execute(text("INSERT INTO numbered VALUES (1, 'x')"))

    assert all_numbers(database) == []


def test_many_processes_may_migrate_at_once(url):
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: migrate(open_database(url)), range(4)))

    assert sorted(done) == [False, False, False, True]


def test_only_the_owner_can_read_the_file_and_its_journal(tmp_path):
    path = tmp_path / "new" / "zicha.sqlite"
    database = open_database(sqlite_url(path))
    make_numbered(database)

    with database.read():
        modes = {stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}

    assert modes == {0o600}


@pytest.mark.parametrize("table", ["evidence", "finding_events", "loaded_files"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_an_append_only_table_refuses_to_be_changed(database, table, statement):
    with database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO runs (id, day, trigger, scope_digest, scope, state, started_at) "
                "VALUES ('r', '2026-11-21', 'daily', '', '{}', 'open', '')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO evidence (run, source, table_id, pack_digest, pack_size, rows_digest, "
                "rows_size, content_mark, row_count, gap_count, redaction, collected_at, sealed_at)"
                " VALUES ('r', 's', 't', '', 0, '', 0, '', 0, 0, '{}', '', '')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO findings (id, entity, suite, expectation, subject, source, severity, "
                "state, run, opened_at, first_opened_at, last_measured_at, last_run, times_opened, "
                "controls) VALUES ('f', '', '', '', '[]', '', '', '', 'r', '', '', '', 'r', 1, '[]')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO finding_events (finding, run, change, after, severity, at) "
                "VALUES ('f', 'r', '', '', '', '')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO loaded_files (kind, name, digest, author, loaded_at) "
                "VALUES ('', '', '', '', '')"
            )
        )

    with pytest.raises(DBAPIError, match="append-only"), database.write() as connection:
        connection.execute(text(statement.format(table)))


@pytest.mark.parametrize(
    ("mounts", "kind"),
    [
        ("/dev/sda / ext4 rw 0 0\nserver:/x /data nfs4 rw 0 0", "nfs4"),
        ("/dev/sda / ext4 rw 0 0\n//s/x /data\\040folder cifs rw 0 0", "cifs"),
        ("/dev/sda / ext4 rw 0 0\nC: /mnt/c 9p rw 0 0", "9p"),
    ],
)
def test_a_network_file_system_is_refused_with_what_to_do(mounts, kind, tmp_path):
    folder = {"nfs4": "/data/zicha", "cifs": "/data folder/x", "9p": "/mnt/c/zicha"}[kind]

    with pytest.raises(ConfigError, match=f"{kind}.*local disk"):
        file_systems.refuse_network_file_system(file_systems.Path(folder), mounts)


@pytest.mark.parametrize("folder", ["/home/x", "/database", "/mnt/cc"])
def test_a_local_disk_beside_a_network_one_is_accepted(folder):
    mounts = "/dev/sda / ext4 rw 0 0\nserver:/x /data nfs4 rw 0 0\nC: /mnt/c 9p rw 0 0"

    assert file_systems.refuse_network_file_system(file_systems.Path(folder), mounts) is None


@pytest.mark.parametrize(
    "wrong", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://localhost/x"]
)
def test_a_wrong_address_is_one_clear_sentence(wrong):
    with pytest.raises(ConfigError, match="ZICHA_DATABASE_URL"):
        open_database(wrong)


def test_a_server_that_does_not_answer_is_named_without_its_password():
    with pytest.raises(ConfigError, match="start it, or correct") as caught:
        open_database("postgresql://zicha:hunter2@127.0.0.1:1/zicha")

    assert "hunter2" not in str(caught.value)


def test_a_path_with_odd_characters_is_one_file(tmp_path):
    path = tmp_path / "自查 100%?#x" / "z i.sqlite"

    open_database(sqlite_url(path)).close()

    assert path.exists()
