"""Erasing a person's name: gone from rows and ledger, and everything still verifies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import String, cast, func, select

from fakes.database_switch import on_sqlite
from fakes.ledgers import FIRST, a_day, place_in, tamper
from zicha.model.errors import ConfigError
from zicha.pipeline.authority import record_refusal
from zicha.pipeline.custody.erasing import erase, people_rows
from zicha.pipeline.custody.holding import hold_rows, place_hold
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.verification import verify
from zicha.storage import finding_acts, ledger, ledgered_findings, ledgered_presses, presses
from zicha.storage.schema_base import metadata

LEAVER, OFFICER = "slack:U0LEAVER", "os:0@console"


@pytest.fixture
def folder(tmp_path):
    place = place_in(tmp_path)
    a_day(place)
    record_refusal(place, LEAVER, "waive", "f-1", "no role")
    place_hold(place, {}, "an inspection", LEAVER)
    with place.database.write() as connection:
        by = ledger.person_id(connection, LEAVER)
        row = finding_acts.append(
            connection,
            finding_acts.FINDING,
            "f-1",
            "assign",
            body={"owner": LEAVER, "spell": 1, "because": "the team decided"},
            at=place.clock(),
            actor=OFFICER,
        )
        words = {"act": "ack", "about": "f-1", "outcome": presses.DONE, "because": ""}
        other = {"key": "k-1", "actor": LEAVER, **words, "at": place.clock()}
        presses.record(connection, other)
        drafts = [
            ledgered_findings.of_act(finding_acts.FINDING, row, by),
            ledgered_presses.of_press(other, by),
        ]
        ledger.append(connection, drafts, place.clock())
    seal_ledger(place)
    return tmp_path


@pytest.fixture
def place(folder):
    return place_in(folder, FIRST + timedelta(days=1))


def stands(place, name):
    """The tables in which the name stands anywhere."""
    found = set()
    with place.database.read() as connection:
        for table in metadata.sorted_tables:
            for column in table.c:
                said = select(func.count()).where(cast(column, String).contains(name))
                if connection.execute(said.select_from(table)).scalar_one():
                    found.add(table.name)
    return found


def test_before_it_is_meant_it_says_where_the_name_stands_and_changes_nothing(place):
    found = erase(place, LEAVER, actor=OFFICER)

    assert found["rows"] == {
        "refused_acts": 1,
        "declarations": 1,
        "finding_acts": 1,
        "button_presses": 1,
    }
    assert stands(place, LEAVER) == {*found["rows"], "ledger_people"}
    assert {row["actor"] for row in people_rows(place)} == {LEAVER}


def test_the_name_is_gone_everywhere_and_everything_still_verifies(place):
    id_ = erase(place, LEAVER, actor=OFFICER)["person"]

    done = erase(place, LEAVER, really=True, because="asked by the person", actor=OFFICER)

    assert stands(place, LEAVER) == set()
    assert [row["covers"] for row in hold_rows(place)] == [{}]
    found = verify(place)
    assert found["faults"] == []
    assert found["erased"] == [{"person": id_, "rows": 3, "at": "2026-11-21T04:00:00+00:00"}]
    with place.database.read() as connection:
        (act,) = finding_acts.history(connection, finding_acts.FINDING)
    assert act["body"] == {"owner": id_, "spell": 1, "because": "the team decided"}
    assert done["act"].startswith("e-")


def test_a_second_name_in_the_same_row_can_be_erased_too(place):
    erase(place, LEAVER, really=True, because="asked", actor=OFFICER)
    with place.database.write() as connection:
        ledger.person_id(connection, OFFICER)

    erase(place, OFFICER, really=True, because="asked", actor="os:1@console")

    assert stands(place, OFFICER) == set()
    assert verify(place)["faults"] == []


@pytest.mark.parametrize(
    ("name", "actor", "because", "says"),
    [
        (LEAVER, LEAVER, "x", "is who types this: another officer must erase the name"),
        ("slack:U0NOBODY", OFFICER, "x", "nobody is known as slack:U0NOBODY"),
        ("done", OFFICER, "x", "nobody is known as done"),
        (LEAVER, OFFICER, " ", "say why"),
    ],
)
def test_what_may_not_be_erased_is_refused_in_one_sentence(place, name, actor, because, says):
    with pytest.raises(ConfigError, match=says):
        erase(place, name, really=True, because=because, actor=actor)

    assert verify(place)["faults"] == []
    assert "refused_acts" in stands(place, LEAVER)


@on_sqlite
def test_a_row_that_was_edited_is_not_covered_by_an_erasure(folder, place):
    _change(folder, "DROP TRIGGER refused_acts_refuses_update")
    _change(folder, "UPDATE refused_acts SET act = 'other'")

    with pytest.raises(ConfigError, match="clear up what `zicha verify` finds"):
        erase(place, LEAVER, really=True, because="x", actor=OFFICER)

    assert "refused_acts" in stands(place, LEAVER)


@on_sqlite
@pytest.mark.parametrize("table", ["refused_acts", "finding_acts", "button_presses"])
def test_a_row_that_is_edited_or_taken_out_after_the_erasure_is_named(folder, place, table):
    erase(place, LEAVER, really=True, because="asked", actor=OFFICER)

    with pytest.raises(Exception, match="append-only"):
        _change(folder, f"UPDATE {table} SET act = 'other'")
    _change(folder, f"DROP TRIGGER {table}_refuses_update")
    _change(folder, f"UPDATE {table} SET act = 'other'")
    assert {"row-altered", "unledgered"} & {one["kind"] for one in verify(place)["faults"]}

    _change(folder, f"DROP TRIGGER {table}_refuses_delete")
    _change(folder, f"DELETE FROM {table}")
    assert "row-missing" in {one["kind"] for one in verify(place)["faults"]}


def _change(folder, statement):
    tamper(folder, lambda connection: connection.execute(statement))
