"""Routes: each leads to a collector that can be narrowed, by a column that names its subject."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.changes import ACCOUNT, REGION, bridged, opened_group, trail
from zicha.catalog.event_routes import load_routes
from zicha.collectors import collectors
from zicha.events.notice import read_notice
from zicha.events.routing import MOST_SUBJECTS, Target, collapsed, route

ROUTES = load_routes()
GROUP = Target(ACCOUNT, REGION, "aws/security_groups", (("group_id", "sg-1"),))


def routed(body):
    return route(read_notice(body), ROUTES)


@pytest.mark.parametrize("key", sorted(ROUTES.by_event), ids=" ".join)
def test_a_route_leads_to_collectors_that_exist_and_can_do_what_it_asks(key):
    found = ROUTES.by_event[key]
    for id_ in found.also:
        assert collectors()[id_].source == "aws"
    if found.collector:
        collector = collectors()[found.collector]
        assert collector.source == "aws"
        if found.subject:
            assert collector.narrow is not None
            assert {*found.subject} <= {*collector.subject}
            assert {*collector.subject, *collector.places} <= {*found.subject, "account", "region"}


@pytest.mark.parametrize("kind", sorted(ROUTES.by_resource))
def test_a_type_of_resource_leads_to_a_collector_that_can_do_what_it_asks(kind):
    id_, _, column = ROUTES.by_resource[kind].partition("#")

    if column:
        assert collectors()[id_].subject_type == kind
        assert column.partition("=")[0] in collectors()[id_].subject
        assert collectors()[id_].narrow is not None
    assert id_ in collectors()


def test_every_collector_that_can_be_narrowed_has_a_route_that_does():
    narrowed = {one.collector for one in ROUTES.by_event.values() if one.subject}

    assert {id_ for id_, one in collectors().items() if one.narrow is not None} == narrowed


def test_a_listing_that_is_hours_old_by_design_is_never_asked_after_a_change_only_one_resource():
    old = {id_ for id_, one in collectors().items() if one.made_at}
    led = [one for one in ROUTES.by_event.values() if old & {one.collector, *one.also}]

    assert led
    assert all(one.subject and not old & {*one.also} for one in led)
    assert not any(ROUTES.names[one.collector].or_all for one in led)
    kinds = [said for said in ROUTES.by_resource.values() if said.partition("#")[0] in old]
    assert all("#" in said for said in kinds)


def iam(name, request_=None, **more):
    return routed(trail(name, request_ or {}, eventSource="iam.amazonaws.com", **more))


def a_user(name):
    return Target(ACCOUNT, REGION, "aws/iam_users", (("user", name),))


SUMMARY = Target(ACCOUNT, REGION, "aws/iam_account")
ROOT = {"userIdentity": {"type": "Root", "arn": f"arn:aws-cn:iam::{ACCOUNT}:root"}}
A_ROLE = {
    "userIdentity": {
        "type": "AssumedRole",
        "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "deploy"}},
    }
}


@pytest.mark.parametrize(
    ("found", "targets"),
    [
        (iam("DeactivateMFADevice", {"userName": "li.na"}), (a_user("li.na"), SUMMARY)),
        (iam("DeleteLoginProfile", {"userName": "li.na"}, **ROOT), (a_user("li.na"),)),
        (iam("UpdateUser", {"userName": "li", "newUserName": "li.na"}), (a_user("li.na"),)),
        (iam("CreateAccessKey"), (a_user("somebody"), SUMMARY)),
        (iam("CreateAccessKey", **ROOT), (SUMMARY,)),
        (iam("EnableMFADevice", {"userName": "AWS ROOT USER"}, **ROOT), (SUMMARY,)),
        (iam("CreateAccessKey", **A_ROLE), (SUMMARY,)),
        (iam("CreateUser", {"userName": "<root_account>"}), ()),
        (iam("CreateUser", {"userName": "a/../b"}), ()),
        (iam("DeleteAccessKey", {"userName": "li"}, errorCode="AccessDenied"), (a_user("li"),)),
        (iam("ChangePassword"), ()),
    ],
)
def test_an_event_of_iam_leads_to_the_user_it_names_or_who_called_and_never_to_all(found, targets):
    assert found.is_known
    assert found.targets == targets


def test_a_configuration_item_of_a_user_leads_to_that_user():
    item = {
        "resourceType": "AWS::IAM::User", "resourceId": "AIDA", "resourceName": "li.na",
        "awsAccountId": ACCOUNT, "awsRegion": REGION,
    }  # fmt: skip
    body = bridged("Config Configuration Item Change", {"configurationItem": item})

    assert routed(body).targets == (a_user("li.na"),)


ARN = f"arn:aws-cn:%s:{REGION}:{ACCOUNT}:%s"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
LISTENER = "listener/app/web/50dc6c495c0c9188"
HASH = "12abc34d567e8fa901bc2d34e56789f0"


@pytest.mark.parametrize(
    ("source", "name", "request_", "collector", "subject"),
    [
        ("cloudtrail", "StopLogging", {"name": "main"}, "cloudtrail_trails", ARN % ("cloudtrail", "trail/main")),
        ("cloudtrail", "StopLogging", {"name": ARN % ("cloudtrail", "trail/main")}, "cloudtrail_trails", ARN % ("cloudtrail", "trail/main")),
        ("ec2", "CreateNetworkAclEntry", {"networkAclId": "acl-1"}, "network_acls", "acl-1"),
        ("ec2", "ModifySnapshotAttribute", {"snapshotId": "snap-1"}, "ebs_snapshots", "snap-1"),
        ("ec2", "StopInstances", {"instancesSet": {"items": [{"instanceId": "i-1"}]}}, "ec2_instances", "i-1"),
        ("rds", "ModifyDBInstance", {"dBInstanceIdentifier": "books"}, "rds_instances", ARN % ("rds", "db:books")),
        ("rds", "ModifyDBCluster", {"dBClusterIdentifier": "books"}, "rds_clusters", ARN % ("rds", "cluster:books")),
        ("kms", "DisableKey", {"keyId": KEY}, "kms_keys", KEY),
        ("kms", "DisableKey", {"keyId": ARN % ("kms", f"key/{KEY}")}, "kms_keys", KEY),
        ("lambda", "AddPermission20150331v2", {"functionName": "f"}, "lambda_functions", ARN % ("lambda", "function:f")),
        ("lambda", "AddPermission20150331v2", {"functionName": ARN % ("lambda", "function:f:PROD")}, "lambda_functions", ARN % ("lambda", "function:f")),
        ("elasticloadbalancing", "ModifyListener", {"listenerArn": ARN % ("elasticloadbalancing", f"{LISTENER}/f2f7dc8efc522ab2")}, "load_balancers", ARN % ("elasticloadbalancing", "loadbalancer/app/web/50dc6c495c0c9188")),
        ("eks", "UpdateClusterConfig", {"name": "c"}, "eks_clusters", "c"),
        ("guardduty", "UpdateDetector", {"detectorId": HASH}, "guardduty_detectors", HASH),
        ("logs", "PutRetentionPolicy", {"logGroupName": "/app"}, "log_groups", "/app"),
        ("ec2", "DeleteVpc", {"vpcId": "vpc-1"}, "vpcs", "vpc-1"),
        ("ec2", "DeleteVolume", {"volumeId": "vol-1"}, "ebs_volumes", "vol-1"),
        ("ec2", "DeregisterImage", {"imageId": "ami-1"}, "ec2_images", "ami-1"),
    ],
)  # fmt: skip
def test_what_an_event_calls_its_resource_becomes_the_collectors_name_of_it(
    source, name, request_, collector, subject
):
    (target, *_) = routed(trail(name, request_, eventSource=f"{source}.amazonaws.com")).targets

    assert (target.collector, dict(target.names).popitem()[1]) == (f"aws/{collector}", subject)


@pytest.mark.parametrize(
    ("source", "name", "request_", "collector"),
    [
        ("kms", "PutKeyPolicy", {"keyId": "alias/books"}, "kms_keys"),
        ("elasticloadbalancing", "CreateLoadBalancer", {"loadBalancerName": "classic"}, "load_balancers"),
        ("config", "StopConfigurationRecorder", {"configurationRecorderName": "default"}, "config_recorders"),
        ("ec2", "StopInstances", {"instancesSet": {"items": [{"instanceId": "not an id"}]}}, "ec2_instances"),
        ("rds", "ModifyDBInstance", {"dBInstanceIdentifier": "{account}"}, "rds_instances"),
    ],
)  # fmt: skip
def test_an_event_that_names_no_resource_of_ours_asks_for_all_of_its_region(
    source, name, request_, collector
):
    (target,) = routed(trail(name, request_, eventSource=f"{source}.amazonaws.com")).targets

    assert target == Target(ACCOUNT, REGION, f"aws/{collector}")


def test_a_call_that_was_refused_asks_for_nothing_it_does_not_name():
    refused = {"errorCode": "Client.UnauthorizedOperation"}

    assert routed(trail("CreateSecurityGroup", {"groupName": "x"}, **refused)).targets == ()
    assert routed(opened_group("sg-1", **refused)).targets == (GROUP,)


def test_an_opened_group_is_its_subject_and_an_act():
    found = routed(opened_group("sg-1"))

    assert (found.targets, found.act, found.resource) == ((GROUP,), "opens-port", "sg-1")


def test_a_group_opened_to_a_neighbour_is_no_act():
    ranges = {"ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]}}
    request = {"groupId": "sg-1", "ipPermissions": {"items": [ranges]}}

    assert routed(trail("AuthorizeSecurityGroupIngress", request)).act == ""


@pytest.mark.parametrize(
    ("source", "name", "request_", "act"),
    [
        ("iam", "CreateAccessKey", {"userName": "x"}, "makes-key"),
        ("iam", "DeactivateMFADevice", {}, "removes-second-factor"),
        ("cloudtrail", "StopLogging", {"name": "t"}, "stops-recording"),
        ("ec2", "ModifySnapshotAttribute", {"createVolumePermission": {"add": {"items": [{"group": "all"}]}}}, "shares-snapshot"),
        ("ec2", "ModifySnapshotAttribute", {"createVolumePermission": {"remove": {"items": [{"group": "all"}]}}}, ""),
        ("iam", "PutRolePolicy", {"policyDocument": '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'}, "widens-policy"),
        ("iam", "PutRolePolicy", {"policyDocument": '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}]}'}, ""),
        ("iam", "PutRolePolicy", {"policyDocument": "not readable"}, "widens-policy"),
        ("rds", "ModifyDBSnapshotAttribute", {"attributeName": "restore", "valuesToAdd": ["all"]}, "shares-snapshot"),
        ("rds", "ModifyDBSnapshotAttribute", {"attributeName": "restore", "valuesToRemove": ["all"]}, ""),
        ("lambda", "AddPermission20150331v2", {"functionName": "f", "principal": "*"}, "widens-policy"),
        ("lambda", "AddPermission20150331v2", {"functionName": "f", "principal": "s3.amazonaws.com"}, ""),
        ("kms", "PutKeyPolicy", {"policy": '{"Statement": [{"Effect": "Allow", "Action": "kms:*", "Principal": {"AWS": "*"}}]}'}, "widens-policy"),
        ("guardduty", "DeleteDetector", {}, "stops-detection"),
        ("guardduty", "UpdateDetector", {"enable": False}, "stops-detection"),
        ("guardduty", "UpdateDetector", {"enable": True}, ""),
        ("securityhub", "DisableSecurityHub", {}, "stops-detection"),
        ("s3", "PutAccountPublicAccessBlock", {"PublicAccessBlockConfiguration": {"BlockPublicAcls": False}}, "exposes-storage"),
        ("s3", "DeleteBucketPublicAccessBlock", {"bucketName": "b"}, "exposes-storage"),
        ("ec2", "DeleteFlowLogs", {}, "stops-recording"),
        ("config", "StopConfigurationRecorder", {}, "stops-recording"),
        ("logs", "DeleteRetentionPolicy", {"logGroupName": "g"}, "weakens-logging"),
        ("signin", "ConsoleLogin", {}, ""),
        ("iam", "AttachUserPolicy", {"policyArn": "arn:aws-cn:iam::aws:policy/AdministratorAccess"}, "widens-policy"),
    ],
)  # fmt: skip
def test_an_act_is_what_the_request_says(source, name, request_, act):
    assert routed(trail(name, request_, eventSource=f"{source}.amazonaws.com")).act == act


def test_root_is_an_act_also_where_no_route_knows_the_event():
    who = {"type": "Root"}

    assert routed(trail("SomethingNew", {}, userIdentity=who)).act == "uses-root"
    assert not routed(trail("SomethingNew", {})).is_known


def test_an_object_notice_is_known_and_asks_for_nothing():
    found = routed(bridged("Object Created", {"bucket": {"name": "b"}}, source="aws.s3"))

    assert (found.is_known, found.targets, found.act) == (True, (), "")


def test_a_configuration_item_leads_to_its_subject():
    item = {
        "resourceType": "AWS::EC2::SecurityGroup", "resourceId": "sg-1",
        "awsAccountId": ACCOUNT, "awsRegion": REGION,
    }  # fmt: skip
    body = bridged("Config Configuration Item Change", {"configurationItem": item})

    assert routed(body).targets == (GROUP,)


def test_a_notice_that_names_too_many_asks_for_all_of_its_region():
    items = [{"groupId": f"sg-{n:04}"} for n in range(MOST_SUBJECTS + 7)]
    body = trail(
        "ModifySecurityGroupRules", {}, responseElements={"securityGroupRuleSet": {"items": items}}
    )

    assert routed(body).targets == (Target(ACCOUNT, REGION, "aws/security_groups"),)


def test_all_of_a_region_swallows_its_parts_and_no_other_regions():
    whole, elsewhere = Target(ACCOUNT, REGION, "aws/kms_keys"), Target(ACCOUNT, "x", "aws/kms_keys")
    parts = [replace(one, names=(("key_id", KEY),)) for one in (whole, elsewhere)]

    assert collapsed([whole, *parts]) == [whole, parts[1]]


def test_bucket_notices_of_several_records_name_every_bucket():
    records = [
        {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "a"}},
        },
        {"eventSource": "aws:s3", "eventName": "ObjectAcl:Put", "s3": {"bucket": {"name": "b"}}},
        {"eventSource": "aws:s3", "eventName": "ObjectAcl:Put", "s3": {"bucket": {"name": "c"}}},
    ]

    found = routed(json.dumps({"Records": records}))

    assert [dict(one.names)["bucket"] for one in found.targets] == ["b", "c"]


@given(st.lists(st.sampled_from("abc")), st.randoms())
def test_a_storm_collapses_to_its_subjects_in_any_order(names, random):
    targets = [Target(ACCOUNT, REGION, "aws/s3_buckets", (("bucket", n),)) for n in names]
    shuffled = list(targets)
    random.shuffle(shuffled)

    assert collapsed(shuffled) == collapsed(targets) == sorted(set(targets))


@given(
    st.recursive(
        st.text() | st.none() | st.integers(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["groupId", "items", "ipPermissions", "policyDocument"]), x
            )
        ),
    )
)
def test_no_request_breaks_the_routing(request_):
    for source, name in ROUTES.by_event:
        detail = {"eventSource": source, "eventName": name, "requestParameters": request_}
        found = read_notice(json.dumps({"detail-type": "x via CloudTrail", "detail": detail}))
        route(found, ROUTES)
