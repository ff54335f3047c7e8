"""A neglected and a hardened database through a whole inspection: they differ as they should."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import psycopg
import pytest

from fakes.certificates import authority_and_server
from fakes.databases import PASSWORD, documented_sql
from fakes.mariadb import MariadbUnavailableError, mariadb_server
from fakes.postgres import PostgresUnavailableError, postgres_server
from integration.one_day import EXAMPLE, Steps
from zicha.pipeline import close_collection, collect, judge, open_workplace, plan_collection
from zicha.pipeline.findings.lists import finding_rows, gap_rows
from zicha.pipeline.runs.covering import judged_run, standing_outcomes

pytestmark = pytest.mark.slow

SOURCES = ("neglected-pg", "hardened-pg", "neglected-my", "hardened-my", "dead-pg")
MONTH = timedelta(days=30)
HOSTILE = '=1+1"<script>alert(1)</script>\n<!channel>'
SOURCE = """
  - id: {id}
    kind: {kind}
    name: {{zh: {id}, en: {id}}}
    address: 127.0.0.1
    port: {port}
    user: seer
    credential: db
    {tls}
"""
HARDENED_PG = (
    "log_connections=on",
    "log_statement=mod",
    "log_line_prefix=%m %u@%d %h ",
    "logging_collector=on",
    "log_filename=%Y-%m-%d.log",
    "idle_session_timeout=10min",
    "archive_mode=on",
    "archive_command=/bin/true",
    "listen_addresses=127.0.0.1,127.0.0.2",
)
HARDENED_MY = (
    "plugin-load-add=server_audit",
    "server_audit_logging=ON",
    "max_password_errors=5",
    "log-bin=changes",
    "wait_timeout=600",
    "interactive_timeout=600",
    "secure_file_priv=/var/lib",
    "local_infile=OFF",
    "require_secure_transport=ON",
)
CLEAN_MY = (
    "INSTALL SONAME 'auth_ed25519'",
    "DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> 'localhost'",
    "FLUSH PRIVILEGES",
    "ALTER USER root@localhost IDENTIFIED VIA unix_socket",
)
OURS_MY = documented_sql(
    1,
    ("zicha@'10.20.%'", "seer@'127.0.0.1'"),
    ("choose-one", PASSWORD),
    (" REQUIRE SSL WITH MAX_USER_CONNECTIONS 4", ""),
)


def prepared(url, *more):
    ours = documented_sql(
        0, ("ROLE zicha", "ROLE seer"), ("TO zicha", "TO seer"), ("choose-one", PASSWORD)
    )
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (*ours, *more):
            connection.execute(statement)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("day")
    scope = folder / "scope"
    shutil.copytree(EXAMPLE, scope)
    authority_and_server(scope)
    strict = "hostssl all seer 127.0.0.1/32 scram-sha-256\n"
    loose = "host all seer 127.0.0.1/32 scram-sha-256\nhost all all 0.0.0.0/0 trust\n"
    name = '"' + HOSTILE.replace('"', '""') + '"'
    try:
        with (
            postgres_server(hba=loose) as old_pg,
            postgres_server(HARDENED_PG, strict, scope) as new_pg,
            mariadb_server(statements=(*OURS_MY, "CREATE USER ''@'%'")) as old_my,
            mariadb_server(HARDENED_MY, (*OURS_MY, *CLEAN_MY), scope) as new_my,
        ):
            prepared(old_pg, f"CREATE ROLE {name} LOGIN SUPERUSER")
            prepared(new_pg, f"ALTER ROLE seer VALID UNTIL '{datetime.now(UTC) + MONTH:%F}'")
            urls = (old_pg, new_pg, old_my, new_my, "postgresql://127.0.0.1:9/")
            _declare(scope, urls)
            yield _inspected(folder, scope)
    except (PostgresUnavailableError, MariadbUnavailableError) as error:
        pytest.skip(str(error))


def _declare(scope, urls):
    text = (scope / "sources.yaml").read_text("utf-8")
    for id_, url in zip(SOURCES, urls, strict=True):
        found = urlsplit(url)
        tls = "ca_file: ca.pem" if id_.startswith("hardened") else "tls: none"
        text += SOURCE.format(id=id_, kind=found.scheme, port=found.port, tls=tls)
    (scope / "sources.yaml").write_text(text, "utf-8")
    objects = (scope / "objects.yaml").read_text("utf-8")
    title = "name: {zh: 计费数据库, en: Billing database}\n    selects:\n"
    assert title in objects
    selects = f"{title}      - {{source: hardened-pg}}\n      - {{source: neglected-pg}}\n"
    (scope / "objects.yaml").write_text(objects.replace(title, selects), "utf-8")


def _inspected(folder, scope):
    environ = {
        "ZICHA_DATA": str(folder / "data"),
        "ZICHA_SCOPE": str(scope),
        "ZICHA_CREDENTIAL_DB": PASSWORD,
    }
    place = open_workplace(environ, progress=Steps(), clock=lambda: datetime.now(UTC))
    day = place.today()
    for batch in plan_collection(place, day, sources=SOURCES):
        collect(place, batch)
    close_collection(place, day)
    judge(place, day)
    return place


def failed(place, source):
    found = standing_outcomes(place, judged_run(place))
    return {o.expectation for o in found if o.source == source and o.verdict.status.value == "fail"}


def test_the_neglected_server_fails_where_the_hardened_one_does_not(place):
    pg = failed(place, "neglected-pg") - failed(place, "hardened-pg")
    my = failed(place, "neglected-my") - failed(place, "hardened-my")

    assert pg >= {
        "remote-connections-are-encrypted",
        "superusers-stay-on-the-machine",
        "addresses-are-named",
        "only-the-first-role-is-a-superuser",
        "connections-are-recorded",
        "definitions-are-recorded",
        "idle-sessions-end",
        "changes-are-archived",
        "passwords-end",
    }
    assert my >= {
        "every-account-has-a-name",
        "no-password-is-empty",
        "administrators-stay-on-the-machine",
        "connections-are-recorded",
        "changes-are-kept",
        "guessing-is-locked-out",
        "files-of-clients-stay-with-them",
    }


def test_the_hardened_servers_fail_only_in_what_nobody_set(place):
    assert failed(place, "hardened-pg") == {
        # The test itself comes in by a line of this kind.
        "nobody-comes-in-without-proof",
        "a-standby-follows",
        "damage-to-data-is-noticed",
        "guessing-is-locked-out",
        "new-passwords-are-checked",
        "not-everybody-may-connect",
        "the-archive-is-fresh",
    }
    assert failed(place, "hardened-my") == {
        "a-replica-follows",
        "new-passwords-are-checked",
        "new-tables-are-encrypted",
        "passwords-are-kept-as-strong-hashes",
        "passwords-expire",
    }


def test_a_server_that_is_not_there_is_a_gap_and_no_verdict(place):
    rows = [row for row in gap_rows(place) if row["source"] == "dead-pg"]

    assert {row["reason"] for row in rows} == {"unreachable"}
    assert failed(place, "dead-pg") == set()


def test_a_finding_names_the_hostile_role_as_it_is(place):
    assert [row for row in finding_rows(place) if HOSTILE in str(row["subject"])]
