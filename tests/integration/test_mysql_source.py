"""Against a real MariaDB server, with and without the grants that show everything."""

from __future__ import annotations

import json

import pytest

from fakes.certificates import authority_and_server
from fakes.databases import PASSWORD, OnePassword, documented_sql, source_of
from fakes.mariadb import MariadbUnavailableError, mariadb_server
from zicha.collectors import collectors
from zicha.collectors.mysql.accounts import MARIADB, MYSQL
from zicha.model.evidence import Answer, Unread
from zicha.sources.database import open_database

CANARY = "CANARY-of-a-password-99"
HOSTILE = "=cmd|' /C calc'!A0\n\"<!channel>"
DOCUMENTED = documented_sql(
    1,
    ("zicha@'10.20.%'", "seer@'127.0.0.1'"),
    ("choose-one", PASSWORD),
    (" REQUIRE SSL WITH MAX_USER_CONNECTIONS 4", ""),
)
SETUP = (
    f"CREATE USER plain@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
    "CREATE USER ''@'localhost'",
    f"CREATE USER boss@'10.%' IDENTIFIED BY '{CANARY}' PASSWORD EXPIRE INTERVAL 30 DAY",
    "GRANT ALL ON *.* TO boss@'10.%' WITH GRANT OPTION",
    "CREATE USER lazy@'%' IDENTIFIED BY 'lazy'",
    "CREATE USER gone@'%' ACCOUNT LOCK",
    "CREATE USER local@'localhost' IDENTIFIED VIA unix_socket",
    "INSTALL SONAME 'auth_ed25519'",
    f"CREATE USER modern@'10.1.1.1' IDENTIFIED VIA ed25519 USING PASSWORD('{CANARY}') REQUIRE SSL",
    "CREATE ROLE auditor",
    "CREATE USER `" + HOSTILE + "`@'10.1.1.2'",
    *DOCUMENTED,
    f"CREATE USER chief@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
    "GRANT ALL ON *.* TO chief@'127.0.0.1'",
    "INSTALL SONAME 'simple_password_check'",
    "SET GLOBAL default_password_lifetime = 90",
)
SETTINGS = (
    "plugin-load-add=server_audit",
    "server_audit_logging=ON",
    "server_audit_events=CONNECT,QUERY_DDL",
    "max_password_errors=5",
    "log-bin=changes",
    "expire_logs_days=8",
    "wait_timeout=600",
    "interactive_timeout=900",
    "secure_file_priv=/var/lib",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    authority_and_server(folder)
    try:
        with mariadb_server(SETTINGS, SETUP, folder) as url:
            yield url, folder
    except MariadbUnavailableError as error:
        pytest.skip(str(error))


def opened(server, user, folder=None, **more):
    url, certificates = server
    return open_database(source_of(url, user, **more), OnePassword(), folder or certificates)


def table(server, user, name, **more):
    asked = opened(server, user, **more)
    collector = collectors()[f"mysql/{name}"]
    found = collector.table(collector.fetch(asked))
    asked.close()
    return found


def by_account(found):
    return {row["account"]: row for row in found.rows}


def test_with_the_grants_of_the_page_every_cell_is_read(server):
    for name in ("settings", "accounts"):
        found = table(server, "seer", name)

        unread = {c.remedy for row in found.rows for c in row.values() if isinstance(c, Unread)}
        assert (unread, [s.reason for s in found.states.values()]) == (set(), [None])


def test_what_a_missing_grant_hides_is_unread_and_names_the_grant(server):
    (row,) = table(server, "plain", "settings").rows

    hidden = {n: c.permission for n, c in row.items() if isinstance(c, Unread)}
    assert hidden == {"has_replica": "GRANT PROCESS ON *.* TO 'plain'@'127.0.0.1'"}


def test_without_the_view_the_accounts_are_a_gap_that_names_the_grant(server):
    (state,) = table(server, "plain", "accounts").states.values()

    wanted = "GRANT SELECT ON zicha.account_states TO 'plain'@'127.0.0.1'"
    assert (state.reason, state.permission) == ("refused", wanted)


def test_the_settings_in_force_are_told(server):
    (row,) = table(server, "seer", "settings").rows

    said = {n: row[n] for n in row if n not in {"server", "version", "support_ends_at"}}
    assert said == {
        "product": "mariadb",
        "listens_beyond_loopback": False,
        "tls_is_on": True,
        "tls_is_required": False,
        "tls_versions": "TLSv1.2,TLSv1.3",
        "checks_new_passwords": True,
        "password_min_length": 8,
        "password_max_days": 90,
        "login_failures_before_lock": 5,
        "idle_session_seconds": 900,
        "records_connections": True,
        "records_definitions": True,
        "records_changes": False,
        "leaves_users_out": False,
        "keeps_changes": True,
        "changes_kept_days": 8,
        "has_replica": False,
        "encrypts_new_tables": False,
        "reads_files_of_clients": True,
        "reaches_any_file": False,
    }


def test_the_state_of_a_password_is_told_and_its_hash_never_leaves_the_server(server):
    collector = collectors()["mysql/accounts"]
    replies = list(collector.fetch(opened(server, "seer")))
    direct = list(collector.fetch(opened(server, "chief")))
    found = by_account(collector.table(replies))

    heard = json.dumps([r.body for r in (*replies, *direct) if isinstance(r, Answer)])
    assert (CANARY in heard, '"*' in heard) == (False, False)
    assert collector.table(direct).rows == collector.table(replies).rows
    said = {name: row["password_state"] for name, row in found.items() if "root" not in name}
    assert said == {
        "''@'localhost'": "empty",
        "'auditor'": "empty",
        "'boss'@'10.%'": "double sha1",
        "'chief'@'127.0.0.1'": "double sha1",
        "'gone'@'%'": "empty",
        "'lazy'@'%'": "its own name",
        "'local'@'localhost'": "external",
        "'mariadb.sys'@'localhost'": "empty",
        "'modern'@'10.1.1.1'": "ed25519",
        "'plain'@'127.0.0.1'": "double sha1",
        "'seer'@'127.0.0.1'": "double sha1",
        "'" + HOSTILE.replace("'", "''") + "'@'10.1.1.2'": "empty",
    }


def test_who_may_log_in_from_where_and_with_what_is_told(server):
    found = by_account(table(server, "seer", "accounts"))

    boss, gone = found["'boss'@'10.%'"], found["'gone'@'%'"]
    assert (boss["is_remote_administrator"], boss["reaches_files"], boss["password_max_days"]) == (
        True,
        True,
        30,
    )
    assert (gone["can_log_in"], gone["comes_from_anywhere"]) == (False, False)
    assert found["'lazy'@'%'"]["comes_from_anywhere"] is True
    assert found["'auditor'"]["can_log_in"] is False
    assert found["'local'@'localhost'"]["logs_in_with_password"] is False
    assert found["'modern'@'10.1.1.1'"]["needs_tls"] is True


def test_the_session_cannot_write(server):
    asked = opened(server, "chief")

    said = asked.ask("write", "DELETE FROM mysql.global_priv WHERE User = 'lazy'")

    assert "READ ONLY" in said.remedy


def test_tls_is_verified_and_said(server):
    asked = opened(server, "seer", tls="required", ca_file="ca.pem")

    (reply, *_) = collectors()["mysql/settings"].fetch(asked)

    assert (reply.heard["wire"], asked.ask("x", "SHOW STATUS LIKE 'Ssl_version'").body["rows"]) == (
        "tls",
        [{"Variable_name": "Ssl_version", "Value": "TLSv1.3"}],
    )


def test_a_server_of_another_authority_is_never_talked_to(server, tmp_path):
    authority_and_server(tmp_path)

    said = opened(server, "seer", tmp_path, tls="required", ca_file="ca.pem").ask("x", "SELECT 1")

    assert (said.reason, "TLS failed" in said.remedy) == ("unreachable", True)


def test_a_wrong_password_is_refused_in_one_sentence(server):
    url, folder = server
    asked = open_database(source_of(url, "plain"), OnePassword("wrong"), folder)

    said = asked.ask("x", "SELECT 1")

    assert (said.reason, said.remedy.startswith("db: login of plain")) == ("refused", True)


def test_a_statement_without_end_ends(server, monkeypatch):
    monkeypatch.setattr("zicha.sources.mysql.STATEMENT_SECONDS", 0.2)

    said = opened(server, "seer").ask("slow", "SELECT SLEEP(60) AS s")

    assert said.reason == "unreachable"


def test_a_server_that_answers_nothing_is_left(server, monkeypatch):
    monkeypatch.setattr("zicha.sources.database.SECONDS", 0.3)
    asked = opened(server, "seer")

    first = asked.ask("slow", "SELECT SLEEP(60) AS s")
    second = asked.ask("quick", "SELECT 1")

    assert [first.reason, second.reason] == ["unreachable", "unreachable"]


def test_a_listing_that_is_too_long_is_cut_and_says_so(server):
    said = opened(server, "seer").ask("long", "SELECT * FROM information_schema.plugins", limit=10)
    shown = opened(server, "seer").ask("long", "SHOW GLOBAL VARIABLES", limit=10)

    assert [(r.cut, len(r.body["rows"])) for r in (said, shown)] == [("partial", 10)] * 2


@pytest.mark.parametrize(("number", "ours"), [(1, MARIADB), (2, MYSQL)], ids=["MariaDB", "MySQL"])
def test_the_view_of_the_page_says_what_the_tables_would(number, ours):
    wanted = " ".join(ours.replace("ORDER BY user, host", "").split())

    assert any(wanted in " ".join(each.split()) for each in documented_sql(number))
