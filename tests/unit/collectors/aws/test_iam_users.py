from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fakes.aws import GARBLED, REFUSED, Cut, FakeAccount
from fakes.aws_examples import HEADER, line, report, users
from zicha.collectors.aws.iam_users import COLLECTOR
from zicha.model.evidence import Unread
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
    account.answers["get_credential_report", ""] = report() | {"Content": "<html>"}

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


USER = {"UserName": "a", "Arn": "arn:aws-cn:iam::111122223333:user/a", "CreateDate": EARLY_AT}
OLD_KEY = {"AccessKeyId": "AKIA0", "Status": "Active", "CreateDate": EARLY_AT}
OFF_KEY = {"AccessKeyId": "AKIA1", "Status": "Inactive", "CreateDate": EARLY_AT}


def alone(**said):
    answers = {
        ("get_user", "a"): {"User": USER},
        ("list_mfa_devices", "a"): {"MFADevices": [{"UserName": "a", "SerialNumber": "x"}]},
        ("get_login_profile", "a"): {"LoginProfile": {"UserName": "a", "CreateDate": EARLY_AT}},
        ("list_access_keys", "a"): {"AccessKeyMetadata": [OFF_KEY, OLD_KEY]},
        ("get_access_key_last_used", "a#1"): {"AccessKeyLastUsed": {"LastUsedDate": LATE_AT}},
    }
    return FakeAccount(answers | {key: said[key[0]] for key in answers if key[0] in said})


def asked_alone(account):
    return COLLECTOR.table(COLLECTOR.narrow(account, [{"account": account.id, "user": "a"}]))


def test_a_user_asked_about_alone_is_laid_out_as_the_report_does():
    account = alone()

    (found,) = asked_alone(account).rows

    assert (found["has_password"], found["has_second_factor"]) == (True, True)
    assert (found["active_keys"], found["oldest_key_rotated_at"]) == (1, EARLY_AT)
    assert (found["idlest_key_active_at"], found["mixes_password_and_key"]) == (LATE_AT, True)
    assert found["is_root"] is False
    assert len(account.asked) == 5


def test_what_only_the_report_tells_is_unread_and_never_guessed():
    (found,) = asked_alone(alone()).rows

    lacks = {name for name, said in found.items() if isinstance(said, Unread)}
    assert lacks == set(COLLECTOR.narrow_lacks)


@pytest.mark.parametrize(
    ("said", "column", "value"),
    [
        ({"get_login_profile": None}, "has_password", False),
        ({"list_mfa_devices": {"MFADevices": []}}, "has_second_factor", False),
        ({"list_access_keys": {"AccessKeyMetadata": [OFF_KEY]}}, "active_keys", 0),
        ({"list_access_keys": {"AccessKeyMetadata": []}}, "has_active_key", False),
        ({"get_access_key_last_used": {"AccessKeyLastUsed": {}}}, "idlest_key_active_at", EARLY_AT),
    ],
)
def test_what_a_user_does_not_have_is_said_by_iam_itself(said, column, value):
    (found,) = asked_alone(alone(**said)).rows

    assert found[column] == value


@pytest.mark.parametrize(
    ("said", "column"),
    [
        ({"get_login_profile": {"LoginProfile": {}}}, "has_password"),
        ({"list_mfa_devices": Cut({"MFADevices": []})}, "has_second_factor"),
        ({"list_mfa_devices": {"MFADevices": "none"}}, "has_second_factor"),
        ({"list_access_keys": Cut({"AccessKeyMetadata": [OFF_KEY]})}, "active_keys"),
        ({"list_access_keys": {"AccessKeyMetadata": [OFF_KEY | {"Status": "?"}]}}, "active_keys"),
        ({"list_access_keys": {"AccessKeyMetadata": [OFF_KEY, {"Status": "Active", "CreateDate": LATE_AT}]}}, "idlest_key_active_at"),
        ({"get_access_key_last_used": REFUSED}, "idlest_key_active_at"),
        ({"get_access_key_last_used": {"AccessKeyLastUsed": {"LastUsedDate": LATE}}}, "idlest_key_active_at"),
    ],
)  # fmt: skip
def test_an_answer_about_a_user_that_is_cut_or_odd_costs_what_reads_it(said, column):
    found = asked_alone(alone(**said))

    (row,) = found.rows
    assert isinstance(row[column], Unread)
    assert [state.reason for state in found.states.values()] == [None]


def test_a_user_who_is_not_there_is_a_complete_answer_and_a_refusal_is_none():
    gone, refused = asked_alone(alone(get_user=None)), asked_alone(alone(get_user=REFUSED))

    assert [state.reason for state in gone.states.values()] == [None]
    assert [state.permission for state in refused.states.values()] == ["iam:GetUser"]
    assert gone.rows == refused.rows == ()


def test_no_id_of_a_key_is_kept():
    account = alone()

    assert "AKIA" not in repr(list(COLLECTOR.narrow(account, [{"user": "a"}])))


def test_a_report_is_as_old_as_it_says_and_never_younger_than_its_fetching():
    early, late = EARLY_AT, LATE_AT
    account = users(line("a"))
    account.answers["get_credential_report", ""] |= {"GeneratedTime": early}

    replies = list(COLLECTOR.fetch(account))

    assert [s.collected_at for s in COLLECTOR.table(replies, late).states.values()] == [early]
    before = early.replace(year=2024)
    assert [s.collected_at for s in COLLECTOR.table(replies, before).states.values()] == [before]


@pytest.mark.parametrize("said", [None, "2026-01-01", LATE_AT.replace(tzinfo=None)])
def test_a_report_that_does_not_say_when_it_was_made_is_malformed_and_has_no_rows(said):
    account = users(line("a"))
    account.answers["get_credential_report", ""] |= {"GeneratedTime": said}

    found = table(account)

    assert ([s.reason for s in found.states.values()], found.rows) == ([Reason.MALFORMED], ())
