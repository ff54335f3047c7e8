from __future__ import annotations

import pytest

from fakes.aws import REFUSED, Cut, FakeAccount
from fakes.aws_examples import group, groups
from zicha.collectors.aws.security_groups import COLLECTOR
from zicha.model.verdict import Reason

WORLD = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
WORLD_6 = {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
OPENINGS = (
    "opens_remote_administration",
    "opens_databases",
    "opens_more_than_web",
    "opens_every_port",
)


def rows(account):
    table = COLLECTOR.table(COLLECTOR.fetch(account))
    return {row["group_id"]: row for row in table.rows}


def opened(*rules):
    row = rows(groups(group("g", *rules)))["g"]
    return [name.removeprefix("opens_") for name in OPENINGS if row[name]]


def tcp(first, last, who, protocol="tcp"):
    return {"IpProtocol": protocol, "FromPort": first, "ToPort": last, **who}


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (tcp(22, 22, WORLD), ["remote_administration", "more_than_web"]),
        (tcp(22, 22, WORLD_6), ["remote_administration", "more_than_web"]),
        (tcp(20, 25, WORLD, "6"), ["remote_administration", "more_than_web"]),
        (tcp(3389, 3389, WORLD, "udp"), ["remote_administration", "more_than_web"]),
        (tcp(3300, 3400, WORLD_6), ["remote_administration", "databases", "more_than_web"]),
        (tcp(5236, 5236, WORLD), ["databases", "more_than_web"]),
        (tcp(443, 443, WORLD), []),
        (tcp(80, 443, WORLD), ["more_than_web"]),
        (tcp(8080, 8080, WORLD), ["more_than_web"]),
        (
            {"IpProtocol": "-1", **WORLD},
            ["remote_administration", "databases", "more_than_web", "every_port"],
        ),
        (
            tcp(0, 65535, WORLD_6),
            ["remote_administration", "databases", "more_than_web", "every_port"],
        ),
        (
            {"IpProtocol": "tcp", **WORLD},
            ["remote_administration", "databases", "more_than_web", "every_port"],
        ),
        (
            tcp(22, 22, {"IpRanges": [{"CidrIp": "0.0.0.0/1"}]}),
            ["remote_administration", "more_than_web"],
        ),
        (
            tcp(22, 22, {"Ipv6Ranges": [{"CidrIpv6": "2000::/3"}]}),
            ["remote_administration", "more_than_web"],
        ),
        (tcp(22, 22, {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}), []),
        (tcp(22, 22, {"IpRanges": [{"CidrIp": "203.0.113.8/29"}]}), []),
        (tcp(22, 22, {"UserIdGroupPairs": [{"GroupId": "g"}]}), []),
        (tcp(22, -1, WORLD, "icmp"), []),
        (tcp(-1, -1, WORLD, "icmpv6"), []),
    ],
)
def test_what_a_rule_opens_to_the_world(rule, found):
    assert opened(rule) == found


def test_a_rule_that_cannot_be_read_costs_its_group_the_openings():
    account = groups(group("a", {"IpProtocol": "tcp", "IpRanges": [{}]}), group("b"))

    found = rows(account)

    assert found["a"]["opens_databases"].reason is Reason.MALFORMED
    assert found["b"]["opens_databases"] is False


def test_a_group_is_worn_if_an_interface_wears_it():
    account = groups(group("a"), group("b"))
    account.answers["describe_network_interfaces", ""] = {
        "NetworkInterfaces": [{"Groups": [{"GroupId": "a"}]}]
    }

    found = rows(account)

    assert (found["a"]["is_attached"], found["b"]["is_attached"]) == (True, False)


def test_of_a_cut_listing_of_interfaces_only_a_yes_is_certain():
    account = groups(group("a"), group("b"))
    worn = [{"Groups": [{"GroupId": "a"}]}]
    account.answers["describe_network_interfaces", ""] = Cut({"NetworkInterfaces": worn})

    found = rows(account)

    assert found["a"]["is_attached"] is True
    assert found["b"]["is_attached"].reason is Reason.PARTIAL


def test_refused_interfaces_cost_that_one_cell():
    account = groups(group("a"))
    account.answers["describe_network_interfaces", ""] = REFUSED

    row = rows(account)["a"]

    assert row["is_attached"].permission == "ec2:DescribeNetworkInterfaces"
    assert row["opens_every_port"] is False


def test_a_cut_listing_keeps_what_came_and_says_so():
    account = groups(group("a"))
    account.answers["describe_security_groups", ""] = Cut({"SecurityGroups": [group("a")]})

    table = COLLECTOR.table(COLLECTOR.fetch(account))

    assert [state.reason for state in table.states.values()] == [Reason.PARTIAL]
    assert len(table.rows) == 1


def test_each_region_is_a_place_of_its_own():
    one, two = "cn-north-1", "cn-northwest-1"
    account = FakeAccount(
        {
            ("describe_security_groups", "", one): {"SecurityGroups": [group("a")]},
            ("describe_security_groups", "", two): REFUSED,
            ("describe_network_interfaces", ""): {"NetworkInterfaces": []},
        },
        regions=(one, two),
    )

    table = COLLECTOR.table(COLLECTOR.fetch(account))

    assert {place[1]: state.reason for place, state in table.states.items()} == {
        one: None,
        two: Reason.REFUSED,
    }


def test_the_default_group_is_known_by_its_name():
    found = rows(groups(group("a", name="default"), group("b", tcp(1, 2, WORLD))))

    assert (found["a"]["is_default"], found["a"]["has_inbound_rules"]) == (True, False)
    assert (found["b"]["is_default"], found["b"]["has_inbound_rules"]) == (False, True)
