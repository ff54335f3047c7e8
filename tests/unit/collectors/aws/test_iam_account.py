from __future__ import annotations

import pytest

from fakes.aws import REFUSED
from fakes.aws_examples import settings
from zicha.collectors.aws.iam_account import COLLECTOR
from zicha.model.verdict import Reason


def row(account):
    return COLLECTOR.table(COLLECTOR.fetch(account)).rows[0]


def with_policy(**changes):
    account = settings()
    policy = account.answers["get_account_password_policy", ""]["PasswordPolicy"]
    account.answers["get_account_password_policy", ""] = {"PasswordPolicy": policy | changes}
    return row(account)


def test_a_strict_policy_reads_like_one():
    found = with_policy()

    assert (found["password_min_length"], found["password_max_age_days"]) == (12, 90)
    assert found["password_mixes_characters"] is True


def test_no_policy_is_a_value():
    account = settings()
    account.answers["get_account_password_policy", ""] = None

    found = row(account)

    assert (found["has_password_policy"], found["password_min_length"]) == (False, None)
    assert found["password_mixes_characters"] is False


def test_passwords_that_never_expire_have_no_age():
    assert with_policy(ExpirePasswords=False, MaxPasswordAge=0)["password_max_age_days"] is None


@pytest.mark.parametrize("rule", ["RequireSymbols", "RequireNumbers", "RequireUppercaseCharacters"])
def test_one_kind_of_character_less_is_no_mix(rule):
    assert with_policy(**{rule: False})["password_mixes_characters"] is False


def test_the_china_partition_has_no_root_user():
    found = row(settings(partition="aws-cn"))

    assert found["has_root"] is False
    assert (found["root_has_second_factor"], found["root_has_access_keys"]) == (None, None)


@pytest.mark.parametrize(("mfa", "keys"), [(1, 0), (0, 1), (0, 2)])
def test_elsewhere_the_summary_speaks_of_the_root_user(mfa, keys):
    account = settings(partition="aws")
    summary = {"Users": 1, "AccountMFAEnabled": mfa, "AccountAccessKeysPresent": keys}
    account.answers["get_account_summary", ""] = {"SummaryMap": summary}

    found = row(account)

    assert found["root_has_second_factor"] is bool(mfa)
    assert found["root_has_access_keys"] is bool(keys)


def test_a_refused_policy_leaves_the_root_user_readable():
    account = settings(partition="aws")
    account.answers["get_account_password_policy", ""] = REFUSED

    found = row(account)

    assert found["password_min_length"].reason is Reason.REFUSED
    assert found["password_min_length"].permission == "iam:GetAccountPasswordPolicy"
    assert found["root_has_second_factor"] is True
