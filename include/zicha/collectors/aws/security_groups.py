"""Security groups: what they open to the world over IPv4 and IPv6, and whether one is in use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import Wanted, filtered, found_in, sought_in, tags_of
from zicha.collectors.aws.open_ports import ALL_PORTS, REMOTE_ADMINISTRATION, is_wide, ports
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

# MySQL, PostgreSQL, SQL Server, Oracle, MongoDB, Redis, Elasticsearch, Memcached, and the
# Chinese DM and KingbaseES.
DATABASES = (3306, 5432, 1433, 1521, 27017, 6379, 9200, 11211, 5236, 54321)
WEB = (80, 443)


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """Two listings per region: the groups, and the interfaces that wear them."""
    for region, sought in sought_in(account, wanted, "group_id"):
        only = filtered("group-id", sought)
        ec2 = account.client("ec2", region)
        yield ec2.ask("describe_security_groups", expects="SecurityGroups", **only)
        yield ec2.ask("describe_network_interfaces", expects="NetworkInterfaces", **only)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per group."""
    interfaces = replies.about("", "describe_network_interfaces")
    worn = found_in(interfaces, "NetworkInterfaces", _groups_of)
    for listing in replies.to("describe_security_groups"):
        account, region = listing.place
        for group in listing.each("SecurityGroups"):
            rules = group.get("IpPermissions", [])
            yield {
                "account": account,
                "region": region,
                "group_id": group["GroupId"],
                "name": group.get("GroupName"),
                "vpc": group.get("VpcId"),
                "is_default": group.get("GroupName") == "default",
                "is_attached": worn(group["GroupId"]),
                "has_inbound_rules": bool(rules),
                **opened(rules),
                "tags": tags_of(group),
            }


def _groups_of(interface: Mapping[str, Any]) -> Iterator[str]:
    return (group["GroupId"] for group in interface["Groups"])


def opened(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the rules open to the world, by column."""
    names = (
        "opens_remote_administration",
        "opens_databases",
        "opens_more_than_web",
        "opens_every_port",
    )
    try:
        open_ports = [_ports(rule) for rule in rules if _is_for_the_world(rule)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return dict.fromkeys(
            names, Unread(Reason.MALFORMED, f"a rule cannot be read ({type(error).__name__})")
        )
    opened = sum(len(ports) for ports in open_ports)
    found = (
        any(port in ports for ports in open_ports for port in REMOTE_ADMINISTRATION),
        any(port in ports for ports in open_ports for port in DATABASES),
        opened > sum(port in ports for ports in open_ports for port in WEB),
        any(len(ports) == len(ALL_PORTS) for ports in open_ports),
    )
    return dict(zip(names, found, strict=True))


def _is_for_the_world(rule: Mapping[str, Any]) -> bool:
    networks = [entry["CidrIp"] for entry in rule.get("IpRanges", [])]
    networks += [entry["CidrIpv6"] for entry in rule.get("Ipv6Ranges", [])]
    return any(is_wide(network) for network in networks)


def _ports(rule: Mapping[str, Any]) -> range:
    return ports(rule["IpProtocol"], rule.get("FromPort", -1), rule.get("ToPort", -1))


COLLECTOR = Collector(
    id="aws/security_groups",
    title=Text(zh="安全组", en="Security groups"),
    max_age=timedelta(hours=26),
    permissions=("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
    lists="describe_security_groups",
    places=("account", "region"),
    subject=("account", "group_id"),
    subject_type="AWS::EC2::SecurityGroup",
    columns={
        "account": str,
        "region": str,
        "group_id": str,
        "name": str,
        "vpc": str,
        "is_default": bool,
        "is_attached": bool,
        "has_inbound_rules": bool,
        "opens_remote_administration": bool,
        "opens_databases": bool,
        "opens_more_than_web": bool,
        "opens_every_port": bool,
        "tags": str,
    },
    volatile=("is_attached",),
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
