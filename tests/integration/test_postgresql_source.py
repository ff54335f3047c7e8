"""Against a real PostgreSQL server, with and without the grants that show everything."""

from __future__ import annotations

import json

import psycopg
import pytest

from fakes.certificates import authority_and_server
from fakes.databases import PASSWORD, OnePassword, documented_sql, source_of
from fakes.postgres import PostgresUnavailableError, postgres_server
from zicha.collectors import collectors
from zicha.model.evidence import Answer, Gap, Unread
from zicha.sources.database import open_database

CANARY = "CANARY-of-a-password-99"
HOSTILE = "=cmd|' /C calc'!A0\n\"<!channel>"
SETUP = """
CREATE ROLE plain LOGIN PASSWORD '{password}';
CREATE ROLE boss LOGIN SUPERUSER PASSWORD '{canary}';
CREATE ROLE heir LOGIN; GRANT boss TO heir;
CREATE ROLE porter LOGIN; GRANT pg_execute_server_program TO porter;
SET password_encryption = md5;
CREATE ROLE lazy LOGIN PASSWORD 'lazy';
CREATE ROLE older LOGIN PASSWORD '{canary}';
CREATE TABLE public.open_to_all (a int); GRANT SELECT, INSERT ON public.open_to_all TO PUBLIC;
ALTER ROLE older SET log_statement = 'none';
ALTER ROLE older IN DATABASE postgres SET idle_session_timeout = '2h';
ALTER ROLE older SET work_mem = '8MB';
"""
DOCUMENTED = documented_sql(
    0,
    ("ROLE zicha", "ROLE seer"),
    ("TO zicha", "TO seer"),
    ("choose-one", PASSWORD),
    (" CONNECTION LIMIT 4", ""),
)
HBA = """
hostssl all plain,seer 127.0.0.1/32 scram-sha-256
hostnossl all plain,seer 127.0.0.1/32 scram-sha-256
host all boss 10.9.0.0/16 reject
hostssl all all 10.9.1.0/24 scram-sha-256
host all all 0.0.0.0/0 md5
host all nobody 192.168.0.0/16 trust
"""
SETTINGS = (
    "log_connections=on",
    "log_statement=ddl",
    "log_line_prefix=%m %u@%d %h ",
    "logging_collector=on",
    "log_filename=week-%a.log",
    "log_truncate_on_rotation=on",
    "archive_mode=on",
    "archive_command=/bin/true",
    "idle_session_timeout=10min",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    authority_and_server(folder)
    try:
        with postgres_server(SETTINGS, HBA, folder) as url:
            with psycopg.connect(url, autocommit=True) as connection:
                _set_up(connection)
                # Afterwards: the passwords of older days would not pass it.
                connection.execute("ALTER SYSTEM SET session_preload_libraries = 'passwordcheck'")
                connection.execute("SELECT pg_reload_conf()")
            yield url, folder
    except PostgresUnavailableError as error:
        pytest.skip(str(error))


def _set_up(connection):
    mine = SETUP.format(password=PASSWORD, canary=CANARY).split(";\n")
    for statement in (*DOCUMENTED, *mine):
        if statement.strip():
            connection.execute(statement)
    name = '"' + HOSTILE.replace('"', '""') + '"'
    connection.execute(f"CREATE ROLE {name} LOGIN")
    connection.execute(f"CREATE DATABASE {name}")
    connection.execute("CREATE DATABASE closed")
    connection.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")


def opened(server, user, folder=None, **more):
    url, certificates = server
    return open_database(source_of(url, user, **more), OnePassword(), folder or certificates)


def table(server, user, name, **more):
    asked = opened(server, user, **more)
    collector = collectors()[f"postgresql/{name}"]
    found = collector.table(collector.fetch(asked))
    asked.close()
    return found


def only(found):
    (row,) = found.rows
    return row


def by(found, column):
    return {row[column]: row for row in found.rows}


def test_with_the_grants_of_the_page_every_cell_is_read(server):
    for name in ("settings", "roles", "hba_rules"):
        found = table(server, "seer", name)

        unread = {c.remedy for row in found.rows for c in row.values() if isinstance(c, Unread)}
        assert (unread, [s.reason for s in found.states.values()]) == (set(), [None])


def test_what_a_missing_grant_hides_is_unread_and_names_the_grant(server):
    row = only(table(server, "plain", "settings"))

    hidden = {n: c.permission for n, c in row.items() if isinstance(c, Unread)}
    settings = "GRANT pg_read_all_settings TO plain"
    assert hidden == {
        "tls_min_version": settings,
        "checks_new_passwords": settings,
        "password_min_length": settings,
        "login_failures_before_lock": settings,
        "records_changes": settings,
        "log_days_before_overwriting": settings,
        "has_live_copy": "GRANT pg_read_all_stats TO plain",
    }


def test_the_settings_in_force_are_told(server):
    row = only(table(server, "seer", "settings"))

    said = {n: row[n] for n in row if n not in {"server", "version", "support_ends_at"}}
    assert said == {
        "tls_is_on": True,
        "tls_min_version": "TLSv1.2",
        "listens_beyond_loopback": False,
        "password_encryption": "scram-sha-256",
        "checks_new_passwords": True,
        "password_min_length": 8,
        "login_failures_before_lock": None,
        "idle_session_seconds": 600,
        "logs_connections": True,
        "records_definitions": True,
        "records_changes": False,
        "names_who_and_where": True,
        "log_days_before_overwriting": 7,
        "archives_changes": True,
        "last_archived_at": None,
        "archiving_fails": False,
        "has_live_copy": False,
        "detects_damage": False,
    }


def test_the_state_of_a_password_is_told_and_its_hash_never_leaves_the_server(server):
    url, _ = server
    asked = opened(server, "seer")
    replies = list(collectors()["postgresql/roles"].fetch(asked))
    roles = by(collectors()["postgresql/roles"].table(replies), "role")
    with psycopg.connect(url) as connection:
        hashes = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolpassword > ''")
        secrets = [row[0] for row in hashes]

    heard = json.dumps([r.body for r in replies if isinstance(r, Answer)])
    assert [s for s in (CANARY, *secrets) if s in heard] == []
    assert {n: roles[n]["password_state"] for n in ("heir", "lazy", "older", "plain")} == {
        "heir": "none",
        "lazy": "md5 of its own name",
        "older": "md5",
        "plain": "scram-sha-256",
    }


def test_a_superuser_who_asks_is_told_the_same_states_and_no_hash_either(server):
    asked = opened(server, "zicha")
    replies = list(collectors()["postgresql/roles"].fetch(asked))

    heard = json.dumps([r.body for r in replies])
    assert "SCRAM-SHA-256$" not in heard
    assert (
        by(collectors()["postgresql/roles"].table(replies), "role")["older"]["password_state"]
        == "md5"
    )


def test_what_single_roles_are_let_off_is_told_to_every_role(server):
    found = table(server, "plain", "own_settings")

    told = {(r["where"], r["setting"]): r["undoes_the_servers"] for r in found.rows}
    assert told == {
        ("role older", "log_statement"): True,
        ("role older in database postgres", "idle_session_timeout"): False,
    }
    assert [row["idle_session_seconds"] for row in found.rows if "in" in row["where"]] == [7200]


def test_without_the_view_only_the_passwords_are_unread(server):
    roles = by(table(server, "plain", "roles"), "role")

    assert roles["heir"]["password_state"] == Unread(
        "refused",
        roles["heir"]["password_state"].remedy,
        'GRANT SELECT ON zicha.password_states TO "plain"',
    )
    assert roles["heir"]["becomes_superuser"] is True
    assert roles["porter"]["reaches_operating_system"] is True
    assert roles["plain"]["reaches_operating_system"] is False


def test_a_hostile_name_is_a_name(server):
    assert HOSTILE in by(table(server, "seer", "roles"), "role")
    assert (
        by(table(server, "seer", "databases"), "database")[HOSTILE]["tables_everybody_reads"] == 0
    )


def test_rights_of_everybody_are_told_per_database_and_a_closed_one_names_the_grant(server):
    found = by(table(server, "plain", "databases"), "database")

    assert found["postgres"]["tables_everybody_writes"] == 1
    assert found["closed"]["everybody_connects"] is False
    assert found["closed"]["everybody_creates"].permission == (
        'GRANT CONNECT ON DATABASE "closed" TO "plain"'
    )


def test_lines_that_let_superusers_in_from_afar_are_told_from_those_that_do_not(server):
    found = by(table(server, "seer", "hba_rules"), "rule")

    assert {rule for rule, row in found.items() if row["lets_in_a_superuser"]} == {
        # The first role is a superuser whom nobody turns away.
        "hostssl all all 10.9.1.0/24 scram-sha-256",
        "host all all 0.0.0.0/0 md5",
    }
    assert {rule for rule, row in found.items() if row["lets_in_from_anywhere"]} == {
        "host all all 0.0.0.0/0 md5"
    }


def test_without_the_grant_the_lines_of_the_file_are_a_gap_that_names_it(server):
    (state,) = table(server, "plain", "hba_rules").states.values()

    assert state.reason == "refused"
    assert state.permission.startswith("GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules()")


def test_the_session_cannot_write(server):
    asked = opened(server, "zicha")

    insert = "INSERT INTO public.open_to_all VALUES (1) RETURNING a"
    said = asked.ask("write", f"WITH made AS ({insert}) SELECT a FROM made")

    assert isinstance(said, Gap)
    assert "read-only" in said.remedy


def test_tls_is_verified_and_said(server):
    asked = opened(server, "seer", tls="required", ca_file="ca.pem")

    (reply, *_) = collectors()["postgresql/databases"].fetch(asked)

    assert reply.heard["wire"] == "tls"


def test_a_server_of_another_authority_is_never_talked_to(server, tmp_path):
    authority_and_server(tmp_path)

    said = opened(server, "seer", tmp_path, tls="required", ca_file="ca.pem").ask(
        "x", "SELECT 1 AS a"
    )

    assert (said.reason, "TLS failed" in said.remedy) == ("unreachable", True)


def test_a_wrong_password_is_refused_in_one_sentence(server):
    url, folder = server
    asked = open_database(source_of(url, "seer"), OnePassword("wrong"), folder)

    said = asked.ask("x", "SELECT 1 AS a")

    assert (said.reason, "wrong" in said.remedy) == ("refused", False)
    assert said.remedy.startswith("db: login of seer")


def test_a_statement_without_end_ends(server, monkeypatch):
    monkeypatch.setattr("zicha.sources.postgresql.OPTIONS", "-c statement_timeout=200ms")

    said = opened(server, "seer").ask("slow", "SELECT pg_sleep(60) AS s")

    assert said.reason == "unreachable"


def test_a_server_that_answers_nothing_is_left(server, monkeypatch):
    monkeypatch.setattr("zicha.sources.postgresql.OPTIONS", "")
    monkeypatch.setattr("zicha.sources.database.SECONDS", 0.3)
    asked = opened(server, "seer")

    first = asked.ask("slow", "SELECT pg_sleep(60) AS s")
    second = asked.ask("quick", "SELECT 1 AS a")

    assert [first.reason, second.reason] == ["unreachable", "unreachable"]


def test_a_listing_that_is_too_long_is_cut_and_says_so(server):
    said = opened(server, "seer").ask("long", "SELECT generate_series(1, 100) AS n", limit=10)

    assert (said.cut, len(said.body["rows"])) == ("partial", 10)
