from __future__ import annotations

import pytest

from fakes.aws import BROKEN, REFUSED, Cut
from fakes.aws_examples import ID, group
from fakes.aws_resources import (
    STRANGER,
    acl,
    answering,
    entry,
    exposed,
    flow_log,
    interface,
    network,
    networks,
    peering,
    web,
)
from zicha.collectors.aws.elastic_addresses import COLLECTOR as ADDRESSES
from zicha.collectors.aws.network_acls import COLLECTOR as ACLS
from zicha.collectors.aws.public_interfaces import COLLECTOR as INTERFACES
from zicha.collectors.aws.vpc_peerings import COLLECTOR as PEERINGS
from zicha.collectors.aws.vpcs import COLLECTOR as NETWORKS
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

WORLD_6 = {"Ipv6CidrBlock": "::/0"}


def table(collector, account):
    return collector.table(collector.fetch(account))


def only(collector, account):
    (row,) = table(collector, account).rows
    return row


@pytest.mark.parametrize(
    ("entries", "administration", "everything"),
    [
        ([entry(100, "allow", "-1")], True, True),
        ([entry(100, "allow", "-1", **WORLD_6)], True, True),
        ([entry(100, "allow", "6", 22)], True, False),
        ([entry(100, "allow", "6", 443)], False, False),
        ([entry(100, "allow", "6", 22, CidrBlock="203.0.113.0/24")], False, False),
        ([entry(100, "allow", "6", 22, CidrBlock="0.0.0.0/1")], True, False),
        # The first rule that speaks decides, whatever order they are told in.
        ([entry(200, "allow", "-1"), entry(100, "deny", "-1")], False, False),
        ([entry(90, "deny", "6", 3389), entry(100, "allow", "6", 1024, 65535)], False, False),
        ([entry(100, "allow", "6", 1024, 65535), entry(110, "deny", "6", 3389)], True, False),
        # One network refused is not the world refused, and UDP is not TCP.
        ([entry(90, "deny", "6", 22, CidrBlock="10.0.0.0/8"), entry(100, "allow", "6", 22)],
         True, False),
        ([entry(90, "deny", "17", 22), entry(100, "allow", "6", 22)], True, False),
        # A rule of one family leaves the other alone.
        ([entry(90, "deny", "-1"), entry(100, "allow", "6", 22, **WORLD_6)], True, False),
        # Of ICMP the numbers are types; TCP without numbers means every port.
        ([entry(100, "allow", "1")], False, False),
        ([entry(100, "allow", "6")], True, False),
        ([{**entry(100, "allow", "-1"), "Egress": True}], False, False),
    ],
)  # fmt: skip
def test_what_a_list_lets_in_from_the_world(entries, administration, everything):
    row = only(ACLS, answering(describe_network_acls={"NetworkAcls": [acl("a", *entries)]}))

    found = (row["opens_remote_administration"], row["opens_everything"])
    assert found == (administration, everything)


def test_a_rule_that_cannot_be_read_costs_its_list_those_cells():
    torn = acl("a", {"RuleNumber": 1, "Egress": False, "CidrBlock": "nonsense", "Protocol": "6"})

    rows = table(ACLS, answering(describe_network_acls={"NetworkAcls": [torn, acl("b")]})).rows

    assert [isinstance(row["opens_remote_administration"], Unread) for row in rows] == [True, False]


@pytest.mark.parametrize(
    ("logs", "recorded", "whole", "arriving"),
    [
        ([], False, False, None),
        ([flow_log("a")], True, True, True),
        ([flow_log("a", TrafficType="REJECT")], True, False, True),
        ([flow_log("a", DeliverLogsStatus="FAILED")], True, True, False),
        ([flow_log("a", FlowLogStatus="INACTIVE")], False, False, None),
        ([flow_log("subnet-1")], False, False, None),
        # A log so young that nothing was delivered yet says nothing of it.
        ([{k: v for k, v in flow_log("a").items() if k != "DeliverLogsStatus"}], True, True, True),
    ],
)
def test_what_is_recorded_of_a_network(logs, recorded, whole, arriving):
    row = only(NETWORKS, networks([network("a")], logs, ()))

    found = (row["records_traffic"], row["records_all_traffic"], row["records_arrive"])
    assert found == (recorded, whole, arriving)


def test_in_a_cut_listing_of_flow_logs_only_a_yes_is_certain():
    account = networks([network("a"), network("b")], [], ())
    account.answers["describe_flow_logs", ""] = Cut({"FlowLogs": [flow_log("a")]})

    one, other = table(NETWORKS, account).rows

    assert one["records_traffic"] is True
    assert other["records_traffic"].reason is Reason.PARTIAL


def test_a_refused_listing_of_flow_logs_leaves_the_network_itself_known():
    account = networks([network("a")], [], ("a",))
    account.answers["describe_flow_logs", ""] = REFUSED

    row = only(NETWORKS, account)

    assert row["records_traffic"].permission == "ec2:DescribeFlowLogs"
    assert row["is_in_use"] is True


def test_a_peering_shows_the_side_that_is_not_ours():
    ours, theirs = peering("a"), peering("b", STRANGER, "pending-acceptance")
    over = peering("c", STRANGER, "rejected")
    listing = {"VpcPeeringConnections": [ours, theirs, over]}

    rows = table(PEERINGS, answering(describe_vpc_peering_connections=listing)).rows

    found = [
        (row["other_account"], row["is_with_other_account"], row["is_decided"]) for row in rows
    ]
    assert found == [(ID, False, True), (STRANGER, True, False)]


def test_an_address_of_the_old_network_counts_by_its_instance():
    listing = {"Addresses": [{"PublicIp": "203.0.113.8", "InstanceId": "i-1"}]}

    assert only(ADDRESSES, answering(describe_addresses=listing))["is_in_use"] is True


@pytest.mark.parametrize(
    ("details", "behind"),
    [
        ({}, "machine"),
        ({"Attachment": {}, "InterfaceType": "nat_gateway"}, "gateway"),
        ({"Attachment": {}, "InterfaceType": "network_load_balancer"}, "balancer"),
        ({"Attachment": {}, "RequesterId": "amazon-elb"}, "balancer"),
        ({"Attachment": {}, "RequesterId": "amazon-rds", "RequesterManaged": True}, "service"),
        ({"Attachment": {}}, "unknown"),
    ],
)
def test_what_stands_behind_a_public_address(details, behind):
    row = only(INTERFACES, exposed(interface("a", **details), groups=[web()]))

    assert (row["stands_before"], row["is_accounted_for"]) == (behind, behind != "unknown")


def test_an_interface_without_a_public_address_has_no_row_and_one_of_ipv6_has():
    inner = interface("a", Association=None)
    new = interface("b", Association=None, Ipv6Addresses=[{"Ipv6Address": "2001:db8::1"}])

    assert only(INTERFACES, exposed(inner, new, groups=[web()]))["address"] == "2001:db8::1"


def test_an_interface_lets_in_what_any_of_its_groups_does():
    both = [{"GroupId": "web"}, {"GroupId": "ssh"}]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    account = exposed(interface("a", Groups=both), groups=[web(), group("ssh", ssh)])

    row = only(INTERFACES, account)

    assert (row["opens_remote_administration"], row["opens_more_than_web"]) == (True, True)


def test_a_group_that_was_not_listed_is_unread_and_never_closed():
    missing = only(INTERFACES, exposed(interface("a"), groups=[]))
    account = exposed(interface("a"), groups=[])
    account.answers["describe_security_groups", ""] = BROKEN

    unanswered = only(INTERFACES, account)

    assert missing["opens_more_than_web"].reason is Reason.PARTIAL
    assert unanswered["opens_more_than_web"].reason is Reason.UNREACHABLE
