from __future__ import annotations

import json
from datetime import timedelta

import pytest

from fakes.aws import REFUSED, Cut
from fakes.aws_examples import NOW
from fakes.aws_resources import (
    HOUSE,
    STRANGER,
    answering,
    key,
    key_policy,
    keys,
    organisation,
    secret,
)
from zicha.collectors.aws.kms_keys import COLLECTOR as KEYS
from zicha.collectors.aws.organizations import COLLECTOR as ORGANISATIONS
from zicha.collectors.aws.secrets import COLLECTOR as SECRETS
from zicha.model.evidence import Answer
from zicha.model.verdict import Reason

OUTSIDE = f"arn:aws-cn:iam::{STRANGER}:role/partner"


def rows(collector, account):
    return collector.table(collector.fetch(account)).rows


def only(collector, account):
    (row,) = rows(collector, account)
    return row


def with_policy(policy):
    account = keys(key("a"))
    account.answers["get_key_policy", "a"] = policy
    return only(KEYS, account)


@pytest.mark.parametrize(
    ("policy", "anyone", "lent"),
    [
        (key_policy(HOUSE), False, ""),
        (key_policy("*"), True, ""),
        (key_policy(HOUSE, "*"), True, ""),
        (key_policy("*", StringEquals={"kms:CallerAccount": "111122223333"}), False, ""),
        (key_policy("*", StringEquals={"kms:ViaService": "s3.cn-north-1.amazonaws.com"}), True, ""),
        (key_policy("*", StringEquals={"kms:CallerAccount": STRANGER}), False, STRANGER),
        (key_policy("*", StringNotEquals={"kms:CallerAccount": "111122223333"}), True, ""),
        (key_policy("*", StringLike={"kms:CallerAccount": "*"}), True, ""),
        (key_policy(HOUSE, OUTSIDE), False, STRANGER),
        (key_policy(STRANGER), False, STRANGER),
    ],
)
def test_whom_the_policy_of_a_key_lets_in(policy, anyone, lent):
    row = with_policy(policy)

    assert (row["is_open_to_anyone"], row["lent_to"], row["is_lent"]) == (anyone, lent, bool(lent))


def test_a_policy_that_is_no_policy_costs_its_cells():
    row = with_policy({"Policy": "{"})

    assert row["is_open_to_anyone"].reason is Reason.MALFORMED
    assert row["rotates"] is True


@pytest.mark.parametrize(
    "details",
    [
        {"KeyManager": "AWS"},
        {"KeySpec": "RSA_2048"},
        {"Origin": "EXTERNAL"},
        {"KeyState": "Disabled"},
    ],
)
def test_what_cannot_rotate_is_neither_asked_nor_blamed_for_it(details):
    account = keys(key("a", **details))

    assert only(KEYS, account)["rotates"] is None
    assert ("kms", "get_key_rotation_status", "a") not in account.asked


def test_of_a_key_that_the_provider_manages_nothing_more_is_asked():
    account = keys(key("a", KeyManager="AWS"))

    row = only(KEYS, account)

    assert (row["is_own"], row["is_open_to_anyone"]) == (False, None)
    assert ("kms", "get_key_policy", "a") not in account.asked


def test_a_key_that_may_not_be_described_is_unread_and_the_other_is_not():
    account = keys(key("a"), key("b"))
    account.answers["describe_key", "a"] = REFUSED

    one, other = rows(KEYS, account)

    assert one["is_open_to_anyone"].permission == "kms:DescribeKey"
    assert other["rotates"] is True


def test_a_secret_that_never_rotated_says_nothing_of_it():
    told = {k: v for k, v in secret("a").items() if not k.startswith(("Rotation", "LastRotated"))}

    row = only(SECRETS, answering(list_secrets={"SecretList": [told]}))

    assert row["rotates"] is False
    assert row["renewed_at"] == NOW - timedelta(days=300)


def test_neither_value_nor_description_of_a_secret_is_kept():
    told = secret("a", Description="canary-7f3a", SecretString="canary-7f3a")

    kept = list(SECRETS.fetch(answering(list_secrets={"SecretList": [told]})))

    assert "canary" not in json.dumps([r.body for r in kept if isinstance(r, Answer)], default=str)


def test_an_account_of_no_organisation_is_no_member():
    row = only(ORGANISATIONS, organisation(describe_organization=None))

    assert (row["is_member"], row["bounds_its_members"]) == (False, None)


def test_a_member_is_not_asked_what_only_the_manager_may_tell():
    account = organisation(manager=STRANGER)

    row = only(ORGANISATIONS, account)

    assert (row["is_member"], row["manages_organization"]) == (True, False)
    assert [call for _, call, _ in account.asked] == ["describe_organization"]


@pytest.mark.parametrize(
    ("said", "bounds"),
    [
        ({}, True),
        ({"list_roots": {"Roots": [{"Id": "r", "PolicyTypes": []}]}}, False),
        ({"list_policies": {"Policies": [{"Id": "p", "AwsManaged": True}]}}, False),
    ],
)
def test_policies_bound_where_they_are_on_and_one_is_our_own(said, bounds):
    assert only(ORGANISATIONS, organisation(**said))["bounds_its_members"] is bounds


def test_in_a_cut_listing_of_policies_none_of_our_own_is_not_certain():
    cut = Cut({"Policies": [{"Id": "p", "AwsManaged": True}]})

    row = only(ORGANISATIONS, organisation(list_policies=cut))

    assert row["bounds_its_members"].reason is Reason.PARTIAL


def test_the_address_of_whoever_manages_it_is_not_kept():
    account = organisation()
    told = account.answers["describe_organization", ""]["Organization"]
    told["MasterAccountEmail"] = "li@example.cn"

    (first, *_) = ORGANISATIONS.fetch(account)

    assert "example.cn" not in json.dumps(first.body)
