from __future__ import annotations

import pytest

from fakes.aws import Cut
from fakes.aws_examples import ID, permissions, person, role
from zicha.collectors.aws.iam_policies import CALL, COLLECTOR
from zicha.model.verdict import Reason

HOUSE = {"AWS": f"arn:aws-cn:iam::{ID}:root"}
STRANGER = {"AWS": "arn:aws-cn:iam::999988887777:root"}


def rows(account):
    table = COLLECTOR.table(COLLECTOR.fetch(account))
    return {row["name"]: row for row in table.rows}


def allows(action, resource="*", **more):
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]}


def inline(document):
    return [{"PolicyName": "own", "PolicyDocument": document}]


def attached(arn):
    return [{"PolicyName": "x", "PolicyArn": arn}]


def who(document):
    return rows(permissions([person("a", UserPolicyList=inline(document))], []))["a"]


def flags(row):
    names = ("is_administrator", "may_raise_itself", "may_stop_the_log")
    return [name for name in names if row[name] is True]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (allows("*"), ["is_administrator"]),
        (allows(["s3:Get*", "*:*"]), ["is_administrator"]),
        ({"Statement": allows("*")["Statement"][0]}, ["is_administrator"]),
        (allows("*", "arn:aws-cn:s3:::b"), []),
        (allows("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), []),
        (allows("iam:*"), ["may_raise_itself"]),
        (allows("iam:put*"), ["may_raise_itself"]),
        (allows("iam:Get*"), []),
        (allows("cloudtrail:*"), ["may_stop_the_log"]),
        (allows("CloudTrail:stopLogging"), ["may_stop_the_log"]),
        (allows("cloudtrail:LookupEvents"), []),
        (allows(["iam:*", "cloudtrail:*"]), ["may_raise_itself", "may_stop_the_log"]),
        (
            {"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]},
            ["may_stop_the_log"],
        ),
        ({"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}, []),
    ],
)
def test_what_a_policy_allows_on_everything(document, found):
    assert flags(who(document)) == found


def test_a_policy_that_aws_calls_full_access_is_a_whole_service():
    arn = "arn:aws-cn:iam::aws:policy/AmazonS3FullAccess"

    account = permissions([person("a", AttachedManagedPolicies=attached(arn))], [])

    assert rows(account)["a"]["holds_a_whole_service"] is True


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("AdministratorAccess", ["is_administrator"]),
        ("IAMFullAccess", ["may_raise_itself"]),
        ("PowerUserAccess", ["may_stop_the_log"]),
        ("ReadOnlyAccess", []),
    ],
)
def test_policies_that_aws_manages_are_known_by_name(name, found):
    arn = f"arn:aws-cn:iam::aws:policy/{name}"

    account = permissions([person("a", AttachedManagedPolicies=attached(arn))], [])

    assert flags(rows(account)["a"]) == found


def test_a_group_speaks_through_its_members():
    staff = {"GroupName": "staff", "GroupPolicyList": inline(allows("*"))}

    found = rows(permissions([person("a", GroupList=["staff"]), person("b")], [], [staff]))

    assert (flags(found["a"]), flags(found["b"])) == (["is_administrator"], [])
    assert found["a"]["holds_policies_itself"] is False


def test_of_a_managed_policy_the_version_in_force_counts():
    arn = f"arn:aws-cn:iam::{ID}:policy/p"
    versions = [
        {"IsDefaultVersion": False, "Document": allows("*")},
        {"IsDefaultVersion": True, "Document": allows("s3:GetObject")},
    ]
    policy = {"Arn": arn, "PolicyVersionList": versions}

    found = rows(
        permissions([person("a", AttachedManagedPolicies=attached(arn))], [], [], [policy])
    )["a"]

    assert (flags(found), found["holds_policies_itself"]) == ([], True)


def test_a_policy_that_is_not_in_the_listing_makes_its_holder_unread_and_nobody_else():
    arn = f"arn:aws-cn:iam::{ID}:policy/elsewhere"
    account = permissions([person("a", AttachedManagedPolicies=attached(arn)), person("b")], [])

    found = rows(account)

    assert found["a"]["is_administrator"].reason is Reason.MALFORMED
    assert found["b"]["is_administrator"] is False


def test_in_a_cut_listing_a_missing_group_is_partial():
    account = permissions([person("a", GroupList=["staff"])], [])
    account.answers[CALL, ""] = Cut(account.answers[CALL, ""])

    assert rows(account)["a"]["is_administrator"].reason is Reason.PARTIAL


@pytest.mark.parametrize(
    ("trust", "condition", "anyone", "strangers"),
    [
        (HOUSE, {}, False, False),
        ({"Service": "ec2.amazonaws.com"}, {}, False, False),
        ({"AWS": "*"}, {}, True, False),
        ("*", {}, True, False),
        ({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False, False),
        ({"AWS": "*"}, {"Bool": {"aws:SecureTransport": "true"}}, True, False),
        ({"AWS": "*"}, {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, True, False),
        ({"AWS": "*"}, {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}, True, False),
        ({"AWS": "*"}, {"StringLike": {"aws:PrincipalOrgID": "*"}}, True, False),
        ({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": "arn:aws-cn:iam::*:role/x"}}, True, False),
        (STRANGER, {"StringNotEquals": {"sts:ExternalId": "x"}}, False, True),
        ({"AWS": f"arn:aws-cn:iam::999988887777:role/{ID}"}, {}, False, True),
        ({"AWS": ID}, {}, False, False),
        (STRANGER, {}, False, True),
        (STRANGER, {"StringEquals": {"sts:ExternalId": "x"}}, False, False),
    ],
)
def test_whom_a_role_trusts(trust, condition, anyone, strangers):
    found = rows(permissions([], [role("r", trust, condition)]))["r"]

    assert (found["trusts_anyone"], found["trusts_strangers"]) == (anyone, strangers)


def test_a_role_of_a_service_belongs_to_aws():
    one = role("r", HOUSE) | {"Arn": f"arn:aws-cn:iam::{ID}:role/aws-service-role/x/r"}

    assert rows(permissions([], [one]))["r"]["belongs_to_aws"] is True


def test_one_call_is_enough_for_any_number_of_users():
    account = permissions([person(f"u{n}") for n in range(50)], [])

    list(COLLECTOR.fetch(account))

    assert len(account.asked) == 1
