"""How the answers of database servers are laid out: versions and settings no test server has."""

from __future__ import annotations

import pytest

from fakes.replies import load
from zicha.collectors import collectors
from zicha.model.evidence import Answer, Unread

OWN = "postgresql/own_settings"
PG_SETTINGS, MY_SETTINGS = "postgresql/settings", "mysql/settings"


def laid_out(id_, call, change):
    """The recorded rows of one server, one answer of which is changed."""
    replies = [
        Answer(r.place, r.call, r.about, {"rows": change([dict(row) for row in r.body["rows"]])})
        if r.call == call
        else r
        for r in load(id_)
    ]
    return collectors()[id_].table(replies)


def pg_row(**settings):
    def change(rows):
        names = {row["name"] for row in rows}
        settings_ = {name.replace("__", "."): value for name, value in settings.items()}
        kept = [
            row | {"setting": settings_.get(row["name"], row["setting"])}
            for row in rows
            if settings_.get(row["name"], "") is not None
        ]
        more = [n for n in settings_ if n not in names]
        return kept + [{"name": n, "setting": settings_[n], "unit": None} for n in more]

    (row,) = laid_out(PG_SETTINGS, "pg_settings", change).rows
    return row


def my_row(**variables):
    def change(rows):
        given = {name.replace("__", "."): value for name, value in variables.items()}
        kept = [row for row in rows if row["Variable_name"] not in given]
        return kept + [{"Variable_name": n, "Value": v} for n, v in given.items() if v is not None]

    (row,) = laid_out(MY_SETTINGS, "SHOW GLOBAL VARIABLES", change).rows
    return row


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("postgresql-%Y-%m-%d_%H%M%S.log", None),
        ("postgresql-%a.log", 7),
        ("postgresql-%d.log", 28),
        ("postgresql-%m-%d.log", 365),
        ("postgresql-%j.log", 365),
        ("postgresql-%H.log", 1),
        ("postgresql.log", 1),
        ("epoch-%s.log", None),
    ],
)
def test_a_log_is_overwritten_when_its_name_returns(name, days):
    assert pg_row(log_filename=name)["log_days_before_overwriting"] == days


def test_a_log_that_is_not_emptied_is_not_overwritten():
    row = pg_row(log_filename="x-%a.log", log_truncate_on_rotation="off")

    assert row["log_days_before_overwriting"] is None


def test_a_log_that_is_handed_on_has_an_unknown_life():
    found = pg_row(logging_collector="off")["log_days_before_overwriting"]

    assert isinstance(found, Unread)
    assert found.reason == "not-collected"


@pytest.mark.parametrize(
    ("said", "logs"),
    [
        ("on", True),
        ("off", False),
        ("", False),
        ("receipt", False),
        ("receipt,authorization", True),
        ("all", True),
    ],
)
def test_stages_of_version_18_are_understood(said, logs):
    assert pg_row(log_connections=said)["logs_connections"] is logs


@pytest.mark.parametrize(
    ("libraries", "classes", "defines", "writes"),
    [
        ("pgaudit", "role, ddl, write", True, True),
        ("pgaudit", "all", True, True),
        ("pgaudit", "all, -write", True, False),
        ("$libdir/pgaudit", "ddl", True, False),
        ("pgaudit", "read", False, False),
        ("pg_stat_statements", "all", False, False),
    ],
)
def test_what_pgaudit_records_follows_its_classes(libraries, classes, defines, writes):
    row = pg_row(shared_preload_libraries=libraries, log_statement="none", pgaudit__log=classes)

    assert (row["records_definitions"], row["records_changes"]) == (defines, writes)


def test_credcheck_says_length_and_lock_out():
    row = pg_row(
        shared_preload_libraries="credcheck",
        credcheck__password_min_length="12",
        credcheck__max_auth_failure="5",
    )

    assert (row["password_min_length"], row["login_failures_before_lock"]) == (12, 5)


@pytest.mark.parametrize(
    ("mode", "command", "archives"),
    [
        ("on", "/bin/cp", True),
        ("off", "/bin/cp", False),
        ("on", "", False),
        ("on", "(disabled)", False),
    ],
)
def test_archiving_takes_a_mode_and_a_way(mode, command, archives):
    row = pg_row(archive_mode=mode, archive_command=command, archive_library="")

    assert row["archives_changes"] is archives


@pytest.mark.parametrize(
    ("listens", "beyond"),
    [("*", True), ("localhost", False), ("", False), ("127.0.0.1, 10.0.0.5", True)],
)
def test_loopback_is_not_the_network(listens, beyond):
    assert pg_row(listen_addresses=listens)["listens_beyond_loopback"] is beyond


def test_a_setting_that_every_version_has_and_is_missing_is_malformed():
    assert pg_row(wal_level=None)["archives_changes"].reason == "malformed"


def test_an_unknown_version_has_an_unknown_end():
    assert pg_row(server_version="99.1")["support_ends_at"].reason == "not-collected"


HBA = {"databases": ["all"], "users": ["all"], "netmask": None, "error": None, "method": "md5"}


def hba(*rules):
    def change(_):
        return [HBA | {"line_number": n, "type": "host"} | rule for n, rule in enumerate(rules, 1)]

    return laid_out("postgresql/hba_rules", "pg_hba_file_rules", change)


@pytest.mark.parametrize(
    ("rule", "is_remote", "is_wide"),
    [
        ({"address": "127.0.0.1", "netmask": "255.255.255.255"}, False, False),
        ({"address": "samehost"}, False, False),
        ({"address": "samenet"}, True, False),
        ({"address": "all"}, True, True),
        ({"address": "::", "netmask": "::"}, True, True),
        ({"address": "10.0.0.0", "netmask": "255.0.0.0"}, True, False),
        ({"address": "64.0.0.0", "netmask": "192.0.0.0"}, True, True),
        ({"address": "203.0.113.0", "netmask": "255.255.255.0"}, True, False),
        ({"address": ".example.com"}, True, False),
    ],
)
def test_addresses_are_read_as_the_server_reads_them(rule, is_remote, is_wide):
    (row,) = hba(rule).rows

    assert (row["is_remote"], row["lets_in_from_anywhere"]) == (is_remote, is_wide)


@pytest.mark.parametrize(
    ("above", "turned_away"),
    [
        ({"users": ["boss", "zicha"], "address": "all"}, True),
        ({"users": ["boss"], "address": "all"}, False),
        ({"users": ["all"], "address": "10.0.0.0", "netmask": "255.0.0.0"}, True),
        ({"users": ["boss", "zicha"], "address": "10.1.1.0", "netmask": "255.255.255.0"}, False),
        ({"users": ["boss", "zicha"], "address": "all", "databases": ["one"]}, False),
        ({"users": ["boss", "zicha"], "address": "all", "type": "hostssl"}, False),
    ],
)
def test_superusers_are_turned_away_only_by_a_line_that_covers_them(above, turned_away):
    inner = {"address": "10.1.0.0", "netmask": "255.255.0.0"}
    _, row = hba(above | {"method": "reject"}, inner).rows

    assert row["lets_in_a_superuser"] is not turned_away


def test_a_line_that_is_wrong_is_a_row_of_its_own():
    broken = dict.fromkeys(HBA) | {"type": None, "error": 'invalid type "<b>"'}
    (row,) = hba(broken).rows

    assert (row["is_understood"], row["rule"]) == (False, 'line 1: invalid type "<b>"')


@pytest.mark.parametrize(
    ("variables", "connects", "defines", "writes"),
    [
        ({"server_audit_logging": "OFF"}, False, False, False),
        ({"server_audit_events": ""}, True, True, True),
        ({"server_audit_events": "CONNECT"}, True, False, False),
        ({"server_audit_events": "QUERY"}, False, True, True),
        ({"server_audit_logging": None, "audit_log_policy": "ALL"}, True, True, True),
        ({"server_audit_logging": None, "audit_log_policy": "LOGINS"}, True, False, False),
        ({"server_audit_logging": "OFF", "general_log": "ON"}, True, True, True),
    ],
)
def test_what_the_audit_of_mysql_records_follows_its_events(variables, connects, defines, writes):
    row = my_row(**variables)

    said = (row["records_connections"], row["records_definitions"], row["records_changes"])
    assert said == (connects, defines, writes)


def test_mysql_without_have_ssl_has_tls_by_its_certificate():
    assert my_row(have_ssl=None, ssl_cert="server.pem")["tls_is_on"] is True
    assert my_row(have_ssl=None, ssl_cert="")["tls_is_on"] is False


def test_an_old_server_that_does_not_tell_leaves_cells_unread():
    row = my_row(tls_version=None, bind_address=None)

    assert [row[n].reason for n in ("tls_versions", "listens_beyond_loopback")] == [
        "not-collected",
        "not-collected",
    ]


@pytest.mark.parametrize(("said", "any_file"), [("", True), (None, False), ("/srv", False)])
def test_files_are_open_to_sql_only_where_the_variable_is_empty(said, any_file):
    def change(rows):
        rest = [row for row in rows if row["Variable_name"] != "secure_file_priv"]
        return [*rest, {"Variable_name": "secure_file_priv", "Value": said}]

    (row,) = laid_out(MY_SETTINGS, "SHOW GLOBAL VARIABLES", change).rows
    assert row["reaches_any_file"] is any_file


def test_the_binary_log_is_kept_as_long_as_the_finer_variable_says():
    row = my_row(log_bin="ON", binlog_expire_logs_seconds="2592000", expire_logs_days="10")

    assert row["changes_kept_days"] == 30


@pytest.mark.parametrize(
    ("setting", "value", "undoes", "seconds"),
    [
        ("log_statement", "none", True, None),
        ("log_statement", "ddl", False, None),
        ("log_connections", "off", True, None),
        ("password_encryption", "md5", True, None),
        ("password_encryption", "scram-sha-256", False, None),
        ("pgaudit.log", "", True, None),
        ("session_preload_libraries", '""', True, None),
        ("idle_session_timeout", "0", True, None),
        ("idle_session_timeout", "90000", False, 90),
        ("idle_session_timeout", "12h", False, 43200),
    ],
)
def test_a_setting_of_a_role_undoes_the_servers_or_does_not(setting, value, undoes, seconds):
    said = {"role": "app", "database": "shop", "setting": setting, "value": value}

    (row,) = laid_out(OWN, "pg_db_role_setting", lambda _: [said]).rows

    assert row["where"] == "role app in database shop"
    assert (row["undoes_the_servers"], row["idle_session_seconds"]) == (undoes, seconds)


def test_a_length_of_time_that_is_none_is_unread():
    said = {"role": "app", "database": "", "setting": "idle_session_timeout", "value": "soon"}

    (row,) = laid_out(OWN, "pg_db_role_setting", lambda _: [said]).rows

    assert isinstance(row["idle_session_seconds"], Unread)


def test_a_setting_of_our_own_role_does_not_speak_for_the_server():
    def change(rows):
        return [
            row | {"source": "user", "setting": "all"} if row["name"] == "log_statement" else row
            for row in rows
        ]

    (row,) = laid_out(PG_SETTINGS, "pg_settings", change).rows

    assert isinstance(row["records_definitions"], Unread)
    assert "RESET log_statement" in row["records_definitions"].remedy
