from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fakes.aws import GARBLED, REFUSED, FakeAccount
from fakes.aws_examples import HEADER, line, report, users
from zicha.collectors.aws.iam_users import COLLECTOR
from zicha.model.verdict import Reason

EARLY, LATE = "2025-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"
LATE_AT = datetime(2026, 1, 1, tzinfo=UTC)
EARLY_AT = datetime(2025, 1, 1, tzinfo=UTC)


def table(account):
    return COLLECTOR.table(COLLECTOR.fetch(account))


def row(**said):
    return table(users(line("a", **said))).rows[0]


def test_a_person_with_a_second_factor():
    found = row()

    assert (found["has_password"], found["has_second_factor"]) == (True, True)
    assert (found["active_keys"], found["oldest_key_rotated_at"]) == (0, None)


def test_only_active_keys_count():
    found = row(
        access_key_1_active="false", access_key_1_last_rotated=EARLY,
        access_key_2_active="true", access_key_2_last_rotated=LATE,
    )  # fmt: skip

    assert (found["active_keys"], found["oldest_key_rotated_at"]) == (1, LATE_AT)


def test_the_older_of_two_keys_speaks():
    found = row(
        access_key_1_active="true", access_key_1_last_rotated=EARLY,
        access_key_2_active="true", access_key_2_last_rotated=LATE,
    )  # fmt: skip

    assert (found["active_keys"], found["oldest_key_rotated_at"]) == (2, EARLY_AT)


@pytest.mark.parametrize(
    ("used", "active_at"), [(LATE, LATE_AT), ("N/A", EARLY_AT), ("no_information", EARLY_AT)]
)
def test_a_key_never_used_lies_idle_since_it_was_made(used, active_at):
    found = row(
        access_key_1_active="true",
        access_key_1_last_rotated=EARLY,
        access_key_1_last_used_date=used,
    )

    assert found["idlest_key_active_at"] == active_at


def test_a_password_never_used_lies_idle_since_it_was_set():
    found = row(
        password_last_used="no_information", password_last_changed=LATE, user_creation_time=EARLY
    )

    assert found["password_last_active_at"] == LATE_AT


def test_the_root_user_has_a_password_although_older_reports_do_not_say_so():
    (root,) = table(users(line("<root_account>", password_enabled="not_supported"))).rows

    assert (root["is_root"], root["has_password"]) == (True, True)


def test_an_account_of_the_china_partition_has_no_root_row_and_needs_none():
    assert not any(found["is_root"] for found in table(users(line("a"), line("b"))).rows)


def test_a_person_with_a_key_mixes_two_kinds():
    assert row(access_key_1_active="true")["mixes_password_and_key"] is True
    assert (
        row(password_enabled="false", access_key_1_active="true")["mixes_password_and_key"] is False
    )


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("mfa_active", "has_second_factor"),
        ("access_key_1_active", "active_keys"),
        ("password_last_changed", "password_changed_at"),
        ("password_enabled", "has_password"),
    ],
)
def test_a_word_nobody_knows_costs_what_reads_it(column, cell):
    found = table(users(line("a", **{column: "maybe"}), line("b"))).rows

    assert found[0][cell].reason is Reason.MALFORMED
    assert found[1][cell] == row()[cell]


def test_a_report_without_its_header_is_malformed():
    account = users()
    account.answers["get_credential_report", ""] = {"Content": "<html>"}

    (state,) = table(account).states.values()
    assert state.reason is Reason.MALFORMED


def test_a_report_without_a_line_is_a_complete_listing_of_nobody():
    found = table(users())

    assert (found.rows, [s.reason for s in found.states.values()]) == ((), [None])


def test_a_report_that_may_not_be_made_is_still_read_if_there_is_one():
    account = users(line("a"))
    account.answers["generate_credential_report", ""] = REFUSED

    assert len(table(account).rows) == 1


def test_without_a_report_the_refusal_to_make_one_is_what_to_mend():
    account = FakeAccount(
        {("generate_credential_report", ""): REFUSED, ("get_credential_report", ""): GARBLED}
    )

    (state,) = table(account).states.values()
    assert (state.reason, state.permission) == (Reason.REFUSED, "iam:GenerateCredentialReport")


def test_a_name_with_a_comma_keeps_its_columns():
    quoted = line("a").replace("a,", '"a,b",', 1)
    account = users()
    account.answers["get_credential_report", ""] = report(quoted)

    assert [found["user"] for found in table(account).rows] == ["a,b"]
    assert HEADER.startswith("user,arn")
