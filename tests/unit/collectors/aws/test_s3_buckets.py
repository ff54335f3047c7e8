from __future__ import annotations

import json

import pytest

from fakes.aws import BROKEN, REFUSED, Cut
from fakes.aws_examples import REGION, blocks, bucket, buckets
from zicha.collectors.aws.s3_buckets import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason


def rows(account):
    table = COLLECTOR.table(COLLECTOR.fetch(account))
    return {row["bucket"]: row for row in table.rows}


def one(**answers):
    """The bucket `a` with some calls answered otherwise."""
    account = buckets("a")
    for call, said in answers.items():
        account.answers[call, "a"] = said
    return rows(account)["a"]


def statement(**changes):
    said = json.loads(bucket("a")["get_bucket_policy", "a"]["Policy"])["Statement"][0]
    return {"Policy": json.dumps({"Statement": [said | changes]})}


GRANT = {"Grants": [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}}]}
PUBLIC = {"PolicyStatus": {"IsPublic": True}}
OPEN = blocks(False)


def test_a_good_bucket_reads_like_one():
    row = one()

    assert row["region"] == REGION
    assert {name for name, said in row.items() if said is True} == {
        "is_encrypted", "keeps_versions", "blocks_public_access", "has_policy",
        "refuses_plain_http", "is_access_logged",
    }  # fmt: skip


def test_nine_questions_a_bucket_are_enough():
    account = buckets("a", "b", "c")

    list(COLLECTOR.fetch(account))

    assert [len([a for a in account.asked if a[2] == name]) for name in "abc"] == [9, 9, 9]


@pytest.mark.parametrize(
    ("own", "whole", "policy", "grants", "exposed"),
    [
        (OPEN, None, PUBLIC, None, True),
        (OPEN, None, None, GRANT, True),
        (None, None, PUBLIC, None, True),
        (blocks(True), None, PUBLIC, GRANT, False),
        (OPEN, blocks(True), PUBLIC, GRANT, False),
        (None, blocks(True), PUBLIC, GRANT, False),
        (OPEN, None, None, None, False),
        (REFUSED, blocks(True), PUBLIC, GRANT, False),
        (blocks(True), REFUSED, PUBLIC, GRANT, False),
        (OPEN, REFUSED, PUBLIC, None, Reason.REFUSED),
        (REFUSED, None, None, None, False),
        (OPEN, None, REFUSED, GRANT, True),
        (OPEN, None, REFUSED, None, Reason.REFUSED),
    ],
)
def test_exposed_is_what_the_blocks_leave_of_policy_and_grants(own, whole, policy, grants, exposed):
    account = buckets("a")
    account.answers["get_public_access_block", "a"] = own
    account.answers["get_public_access_block", ""] = whole
    account.answers["get_bucket_policy_status", "a"] = policy
    account.answers["get_bucket_acl", "a"] = grants or {"Grants": []}

    said = rows(account)["a"]["is_exposed"]

    assert (said.reason if isinstance(said, Unread) else said) == exposed


@pytest.mark.parametrize(
    ("changes", "refuses"),
    [
        ({}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Action": "*"}, True),
        ({"Condition": {"Bool": {"aws:securetransport": ["false"]}}}, True),
        ({"Effect": "Allow"}, False),
        ({"Principal": {"AWS": "arn:aws-cn:iam::1:root"}}, False),
        ({"Action": "s3:GetObject"}, False),
        ({"Resource": "arn:aws-cn:s3:::a"}, False),
        ({"Resource": "arn:aws-cn:s3:::other-a/*"}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"Condition": {}}, False),
        (
            {
                "Condition": {
                    "Bool": {"aws:SecureTransport": "false"},
                    "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
                }
            },
            False,
        ),
    ],
)
def test_plain_http_is_refused_only_to_everyone_for_everything(changes, refuses):
    assert one(get_bucket_policy=statement(**changes))["refuses_plain_http"] is refuses


def test_a_policy_that_is_no_json_costs_its_own_cells():
    row = one(get_bucket_policy={"Policy": "{torn"})

    assert row["refuses_plain_http"].reason is Reason.MALFORMED
    assert row["is_exposed"] is False


def test_a_bucket_that_a_log_service_writes_to_receives_logs():
    said = statement(Effect="Allow", Principal={"Service": "logging.s3.amazonaws.com"})

    assert one(get_bucket_policy=said)["receives_logs"] is True


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ([{"Status": "Enabled", "Expiration": {"Days": 400}}], 400),
        ([{"Status": "Disabled", "Expiration": {"Days": 3}}], None),
        ([{"Status": "Enabled", "Transitions": [{"Days": 3}]}], None),
        ([{"Status": "Enabled", "Expiration": {"ExpiredObjectDeleteMarker": True}}], None),
        (
            [
                {"Status": "Enabled", "Expiration": {"Days": 400}},
                {"Status": "Enabled", "Expiration": {"Days": 30}},
            ],
            30,
        ),
    ],
)
def test_the_soonest_expiry_counts(rules, days):
    row = one(get_bucket_lifecycle_configuration={"Rules": rules})

    assert row["expires_after_days"] == days


@pytest.mark.parametrize(
    ("said", "kept"), [({"Status": "Suspended"}, False), ({}, False), ({"Status": "Enabled"}, True)]
)
def test_only_versioning_that_is_on_keeps_versions(said, kept):
    assert one(get_bucket_versioning=said)["keeps_versions"] is kept


def test_an_answer_to_another_question_is_malformed():
    assert one(get_bucket_versioning={"Html": 1})["keeps_versions"].reason is Reason.MALFORMED


def test_a_refusal_costs_one_bucket_one_cell():
    account = buckets("a", "b")
    account.answers["get_bucket_encryption", "a"] = REFUSED

    found = rows(account)

    assert found["a"]["is_encrypted"].permission == "s3:GetEncryptionConfiguration"
    assert found["b"]["is_encrypted"] is True
    assert found["a"]["keeps_versions"] is True


def test_tags_come_from_one_listing_of_the_region():
    account = buckets("a", "b")
    tags = [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "计费"}]
    listed = {"ResourceARN": "arn:aws-cn:s3:::a", "Tags": tags}
    account.answers["get_resources", REGION] = {"ResourceTagMappingList": [listed]}

    found = rows(account)

    assert (found["a"]["tags"], found["b"]["tags"]) == ('{"a":"计费","b":"2"}', "{}")


def test_a_cut_listing_of_tags_says_nothing_of_the_rest():
    account = buckets("a")
    account.answers["get_resources", REGION] = Cut({"ResourceTagMappingList": []})

    assert rows(account)["a"]["tags"].reason is Reason.PARTIAL


def test_regions_that_the_listing_leaves_out_are_asked_for():
    account = buckets("a", "b")
    account.answers |= {
        ("list_buckets", ""): {"Buckets": [{"Name": "a"}, {"Name": "b"}]},
        ("list_buckets", REGION): {"Buckets": [{"Name": "a"}]},
        ("get_bucket_location", "b"): {},
        ("get_resources", "us-east-1"): {"ResourceTagMappingList": []},
    }

    found = rows(account)

    assert (found["a"]["region"], found["b"]["region"]) == (REGION, "us-east-1")


def test_a_region_that_could_not_be_learnt_is_unread_and_the_rest_is_asked():
    account = buckets("a")
    account.answers |= {
        ("list_buckets", ""): {"Buckets": [{"Name": "a"}]},
        ("list_buckets", REGION): {"Buckets": []},
        ("get_bucket_location", "a"): BROKEN,
    }

    row = rows(account)["a"]

    assert row["region"].reason is Reason.UNREACHABLE
    assert row["is_encrypted"] is True


def test_a_refused_listing_is_the_state_of_the_place_and_asks_no_further():
    account = buckets("a")
    account.answers["list_buckets", ""] = REFUSED

    table = COLLECTOR.table(COLLECTOR.fetch(account))

    (state,) = table.states.values()
    assert (state.reason, state.permission) == (Reason.REFUSED, "s3:ListAllMyBuckets")
    assert table.rows == ()
