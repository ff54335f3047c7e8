"""What holds for every database server, whichever driver speaks to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from fakes.databases import OnePassword, fake_server, source_of
from zicha.catalog.scope_sources import MysqlSource, PostgresqlSource
from zicha.collectors import collectors
from zicha.model.errors import ConfigError, ThrottledError, UnreachableError
from zicha.model.evidence import Gap
from zicha.sources.database import DatabaseServer, RefusedSqlError, open_database
from zicha.sources.database_recorded import record, recorded_server

MOMENT = datetime(2026, 11, 22, tzinfo=UTC)
GRANT = "GRANT PROCESS ON *.* TO {user}"


def test_an_answer_holds_plain_rows():
    server, _ = fake_server(
        [{"n": Decimal(3), "f": Decimal("1.5"), "b": "中文".encode(), "x": None}]
    )

    assert server.ask("q", "SELECT 1").body == {
        "rows": [{"n": 3, "f": 1.5, "b": "中文", "x": None}]
    }


@pytest.mark.parametrize("odd", [b"\xff", datetime(2026, 1, 1, tzinfo=UTC), [1], {"a": 1}])
def test_a_value_that_no_question_asks_for_is_malformed(odd):
    server, _ = fake_server([{"x": odd}])

    assert server.ask("q", "SELECT 1").reason == "malformed"


def test_a_refusal_names_the_grant_for_whoever_asks():
    server, _ = fake_server(RefusedSqlError("permission denied"))

    said = server.ask("q", "SELECT 1", grant=GRANT)

    assert (said.reason, said.permission) == ("refused", 'GRANT PROCESS ON *.* TO "zicha"')
    assert said.remedy == (
        'db refused (permission denied): run `GRANT PROCESS ON *.* TO "zicha"` as its administrator'
    )


def test_more_rows_than_the_limit_are_cut():
    server, _ = fake_server([{"n": n} for n in range(9)])

    said = server.ask("q", "SELECT 1", limit=8)

    assert (said.cut, len(said.body["rows"])) == ("partial", 8)


def test_as_many_rows_as_the_limit_are_whole():
    server, _ = fake_server([{"n": n} for n in range(8)])

    assert server.ask("q", "SELECT 1", limit=8).cut is None


def test_a_listing_too_long_for_its_letters_is_cut():
    server, _ = fake_server([{"name": "x" * 3_000_000}] * 4)

    said = server.ask("q", "SELECT 1")

    assert (said.cut, len(said.body["rows"])) == ("partial", 2)


def test_a_server_out_of_reach_is_tried_twice_and_asked_no_more():
    tried = []

    def connect(database):
        tried.append(database)
        raise UnreachableError("no route: check address, port and firewall")

    server = DatabaseServer("db", "zicha", connect)

    said = [server.ask(name, "SELECT 1") for name in "abc"]

    assert ([reply.reason for reply in said], tried) == (["unreachable"] * 3, ["", ""])


def test_besides_the_first_one_database_is_held_at_a_time():
    opened = []

    def connect(_):
        _, session = fake_server([{"a": 1}])
        opened.append(session)
        return session

    server = DatabaseServer("db", "zicha", connect)
    for database in ("", "one", "two", "three", ""):
        server.ask("q", "SELECT 1", database=database)

    assert [session.is_lost for session in opened] == [False, True, True, False]


def test_a_full_server_is_not_pressed():
    tried = []

    def connect(database):
        tried.append(database)
        raise ThrottledError("too many connections: free one")

    said = DatabaseServer("db", "zicha", connect).ask("q", "SELECT 1")

    assert (said.reason, len(tried)) == ("throttled", 1)


def test_one_failing_question_leaves_the_connection_to_the_next():
    server, session = fake_server(UnreachableError("no answer in 15 seconds"))
    first = server.ask("q", "SELECT 1")
    session.said = [{"a": 1}]

    assert isinstance(first, Gap)
    assert server.ask("q", "SELECT 1").body == {"rows": [{"a": 1}]}


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_recorded_server_says_what_it_said_then(kind, tmp_path):
    server, _ = fake_server([{"role": "=1+1", "user": "u"}])
    asked = [c for c in collectors().values() if c.source == kind]
    path = tmp_path / "db.json"
    path.write_text(json.dumps(record(server, asked, MOMENT)))

    replies = [reply for c in asked for reply in c.fetch(recorded_server("db", path))]

    heard = [
        reply for c in asked for reply in c.fetch(fake_server([{"role": "=1+1", "user": "u"}])[0])
    ]
    assert [(r.call, r.body) for r in replies] == [(r.call, r.body) for r in heard]
    assert {r.heard["reach"] for r in replies} == {"recorded"}


def test_a_recording_keeps_gaps_and_cuts(tmp_path):
    server, session = fake_server([{"n": n} for n in range(11)])
    server.ask("long", "SELECT n", limit=10)
    session.said = RefusedSqlError("denied")
    server.ask("closed", "SELECT x", grant=GRANT)
    path = tmp_path / "db.json"
    path.write_text(json.dumps(_recording(server)))

    again = recorded_server("db", path)

    assert again.ask("long", "SELECT n", limit=10).cut == "partial"
    assert again.ask("closed", "SELECT x", grant=GRANT).reason == "refused"
    assert again.ask("new", "SELECT y").reason == "not-collected"


def _recording(server):
    from zicha.sources.database_recorded import _entry

    said = {"recorded": True, "recorded_at": MOMENT.isoformat(), "user": "zicha"}
    return said | {"replies": [_entry(each) for each in server.tape]}


@pytest.mark.parametrize("text", ["{}", "[]", "no json", '{"recorded": true, "recorded_at": "x"}'])
def test_what_is_no_recording_is_refused_in_one_sentence(text, tmp_path):
    (tmp_path / "db.json").write_text(text)

    with pytest.raises(ConfigError, match=r"^db\.json: not"):
        recorded_server("db", tmp_path / "db.json")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"user": ""}, "needs user: add it"),
        ({"recorded": True}, "recorded must be true where there is a file"),
        ({"file": "x.json"}, "recorded must be true where there is a file"),
        ({"ca_file": "ca.pem"}, "ca_file is given and tls is none"),
        ({"tls": "maybe"}, "'required' or 'none'"),
    ],
)
def test_a_source_that_does_not_hold_together_is_refused(more, says):
    with pytest.raises(ValueError, match=says):
        source_of("postgresql://127.0.0.1:5432/", "zicha", **more)


def test_a_missing_ca_file_is_named(tmp_path):
    source = source_of("mysql://127.0.0.1:3306/", "zicha", tls="required", ca_file="ca.pem")

    with pytest.raises(ConfigError, match=r"source db: ca\.pem is not a file"):
        open_database(source, OnePassword(), tmp_path)


def test_tls_is_what_a_source_asks_for_unless_it_says_otherwise():
    assert PostgresqlSource.model_fields["tls"].default == "required"
    assert MysqlSource.model_fields["tls"].default == "required"


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_closed_port_is_a_gap_with_a_remedy(kind, tmp_path):
    source = source_of(f"{kind}://127.0.0.1:9/", "zicha")

    said = open_database(source, OnePassword(), tmp_path).ask("q", "SELECT 1")

    assert (said.reason, "check address, port and firewall" in said.remedy) == ("unreachable", True)
