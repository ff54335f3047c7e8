"""Security groups: what they open to the world over IPv4 and IPv6, and whether one is in use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Gap, Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

REMOTE_ADMINISTRATION = (22, 23, 3389, 5900, 5985, 5986)
# MySQL, PostgreSQL, SQL Server, Oracle, MongoDB, Redis, Elasticsearch, Memcached, and the
# Chinese DM and KingbaseES.
DATABASES = (3306, 5432, 1433, 1521, 27017, 6379, 9200, 11211, 5236, 54321)
WEB = (80, 443)
TRANSPORTS = ("tcp", "udp", "6", "17")
ALL_PORTS = range(65536)
# A rule for half of the address space is a rule for the world, written twice.
WIDEST = {4: 8, 6: 16}


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """Two listings per region: the groups, and the interfaces that wear them."""
    for region in account.regions:
        ec2 = account.client("ec2", region)
        yield ec2.ask("describe_security_groups", expects="SecurityGroups")
        yield ec2.ask("describe_network_interfaces", expects="NetworkInterfaces")


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per group."""
    worn = _worn(replies.about("", "describe_network_interfaces"))
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
                **_opened(rules),
                "tags": _tags(group),
            }


def _worn(said: Reply) -> Any:
    """Whether a group is worn by an interface; in a cut listing only a yes is certain."""
    if isinstance(said, Gap):
        gap = Unread(said.reason, said.remedy, said.permission)
        return lambda _: gap
    try:
        worn = {
            group["GroupId"]
            for interface in said.each("NetworkInterfaces")
            for group in interface["Groups"]
        }
    except (KeyError, TypeError):
        torn = Unread(Reason.MALFORMED, f"{said.call}: an interface does not name its groups")
        return lambda _: torn
    rest = _rest(said)
    return lambda group: True if group in worn else rest


def _rest(said: Answer) -> bool | Unread:
    return Unread(said.cut, said.remedy, said.permission) if said.cut else False


def _opened(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
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
    wide = (ip_network(network, strict=False) for network in networks)
    return any(network.prefixlen < WIDEST[network.version] for network in wide)


def _ports(rule: Mapping[str, Any]) -> range:
    """The TCP or UDP ports of a rule; none for ICMP, whose numbers are types and not ports."""
    protocol = str(rule["IpProtocol"]).lower()
    if protocol == "-1":
        return ALL_PORTS
    if protocol not in TRANSPORTS:
        return range(0)
    first, last = rule.get("FromPort", -1), rule.get("ToPort", -1)
    return ALL_PORTS if first == -1 else range(first, last + 1)


def _tags(group: Mapping[str, Any]) -> str:
    tags = {tag["Key"]: tag["Value"] for tag in group.get("Tags") or ()}
    return json.dumps(tags, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


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
)
