from __future__ import annotations

import pytest

from fakes.aws_examples import ID, NOW, permissions, role, used_role
from zicha.collectors.aws.iam_roles import COLLECTOR
from zicha.model.evidence import Unread

STRANGER = "arn:aws-cn:iam::999988887777:root"
HOUSE = f"arn:aws-cn:iam::{ID}:root"
GITHUB = "arn:aws-cn:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
ANYTHING = {
    "PolicyName": "all",
    "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
}


def row(one):
    (found,) = COLLECTOR.table(COLLECTOR.fetch(permissions([], [one]))).rows
    return found


@pytest.mark.parametrize(
    ("trust", "accounts"),
    [
        ({"Service": "ec2.amazonaws.com.cn"}, ""),
        ({"AWS": HOUSE}, ""),
        ({"AWS": STRANGER}, "999988887777"),
        ({"AWS": [HOUSE, "999988887777"]}, "999988887777"),
        ({"AWS": "*"}, "*"),
        ("*", "*"),
        # A user who was deleted leaves an id of its own, which names no account.
        ({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}, ""),
    ],
)
def test_who_from_outside_may_assume_a_role(trust, accounts):
    found = row(used_role("a", trust))

    assert (found["outside_accounts"], found["lets_outsiders_in"]) == (accounts, bool(accounts))


def test_an_outsider_administers_only_where_the_role_does():
    plain = used_role("a", {"AWS": STRANGER})

    assert row(plain)["makes_outsiders_administrators"] is False
    assert row(plain | {"RolePolicyList": [ANYTHING]})["makes_outsiders_administrators"] is True


def test_a_trust_that_cannot_be_read_costs_its_own_cells():
    found = row(used_role("a") | {"AssumeRolePolicyDocument": "{not json"})

    assert isinstance(found["lets_outsiders_in"], Unread)
    assert isinstance(found["trusts_any_subject"], Unread)
    assert found["last_active_at"] is not None


@pytest.mark.parametrize(
    ("condition", "anyone"),
    [
        (None, True),
        ({"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, True),
        ({"StringLike": {"token.actions.githubusercontent.com:sub": "*"}}, True),
        ({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}, True),
        ({"StringNotLike": {"token.actions.githubusercontent.com:sub": "repo:us/app:*"}}, True),
        ({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:us/app:*"}}, False),
    ],
)
def test_a_provider_that_serves_everyone_needs_a_subject(condition, anyone):
    assert row(role("a", {"Federated": GITHUB}, condition))["trusts_any_subject"] is anyone


def test_a_provider_of_our_own_needs_none():
    own = {"Federated": "arn:aws-cn:iam::111122223333:saml-provider/company"}

    assert row(role("a", own))["trusts_any_subject"] is False


def test_a_role_that_was_never_used_is_as_old_as_itself():
    found = row(used_role("a", RoleLastUsed={}))

    assert found["last_used_at"] is None
    assert found["last_active_at"] == found["created_at"] < NOW
