from __future__ import annotations

from fakes.aws_examples import keyed, line, users
from zicha.collectors.aws.iam_access_keys import COLLECTOR
from zicha.collectors.aws.iam_users import COLLECTOR as USERS
from zicha.model.evidence import Unread


def rows(*lines):
    table = COLLECTOR.table(COLLECTOR.fetch(users(*lines)))
    return {row["key"]: row for row in table.rows}


def test_a_user_without_keys_has_no_row():
    assert rows(line("li")) == {}


def test_each_key_of_a_user_has_its_own_row():
    second = {
        "access_key_2_active": "false",
        "access_key_2_last_rotated": "2026-01-01T00:00:00+00:00",
    }

    found = rows(keyed("svc", **second))

    assert {key: row["is_active"] for key, row in found.items()} == {"svc#1": True, "svc#2": False}


def test_only_an_active_key_waits_for_its_first_use():
    unused = {"access_key_1_last_used_date": "N/A"}

    found = rows(
        keyed("a"), keyed("b", **unused), keyed("c", access_key_1_active="false", **unused)
    )

    waiting = {key for key, row in found.items() if row["waits_for_use_since"]}
    assert waiting == {"b#1"}


def test_a_moment_that_cannot_be_read_costs_that_cell_only():
    found = rows(keyed("a", access_key_1_last_used_date="yesterday"), keyed("b"))

    assert isinstance(found["a#1"]["waits_for_use_since"], Unread)
    assert found["b#1"]["waits_for_use_since"] is None
    assert found["a#1"]["is_active"] is True


def test_an_active_key_without_a_date_is_unknown_and_not_out_of_question():
    undated = {"access_key_1_last_rotated": "N/A", "access_key_1_last_used_date": "N/A"}

    (key,) = rows(keyed("a", **undated)).values()
    table = USERS.table(USERS.fetch(users(keyed("a", **undated))))

    assert isinstance(key["waits_for_use_since"], Unread)
    assert isinstance(table.rows[0]["oldest_key_rotated_at"], Unread)
    assert isinstance(table.rows[0]["idlest_key_active_at"], Unread)


def test_a_key_of_the_root_user_is_told_apart():
    assert rows(keyed("<root_account>"))["<root_account>#1"]["is_of_root"] is True
