"""Routes: each leads to a collector that can be narrowed, by a column that names its subject."""

from __future__ import annotations

import json

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
def test_a_route_leads_to_a_collector_that_can_ask_for_one_subject(key):
    found = ROUTES.by_event[key]
    if found.collector:
        collector = collectors()[found.collector]
        assert collector.narrow is not None
        named = set(found.subject) | {"account", "region"}
        assert {*collector.subject, *collector.places} <= named


@pytest.mark.parametrize("kind", sorted(ROUTES.by_resource))
def test_a_type_of_resource_leads_to_the_collector_of_that_type(kind):
    id_, _, column = ROUTES.by_resource[kind].partition("#")

    assert collectors()[id_].subject_type == kind
    assert column.partition("=")[0] in collectors()[id_].subject


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


def test_a_notice_that_names_too_many_is_cut_and_says_how_many_are_left_out():
    items = [{"groupId": f"sg-{n:04}"} for n in range(MOST_SUBJECTS + 7)]
    body = trail(
        "ModifySecurityGroupRules", {}, responseElements={"securityGroupRuleSet": {"items": items}}
    )

    found = routed(body)

    assert (len(found.targets), found.left_out) == (MOST_SUBJECTS, 7)


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
