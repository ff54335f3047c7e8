"""Interfaces with a public address: what stands behind each, and which ports its groups let in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.ec2_listings import listed_interfaces
from zicha.collectors.aws.members import tags_of
from zicha.collectors.aws.security_groups import opened
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Gap, Replies, Reply, Row, Unread
from zicha.model.logic import either
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CALL = "describe_network_interfaces"
SERVICES = {
    "api_gateway_managed": "gateway",
    "gateway_load_balancer": "balancer",
    "gateway_load_balancer_endpoint": "balancer",
    "global_accelerator_managed": "gateway",
    "load_balancer": "balancer",
    "nat_gateway": "gateway",
    "natGateway": "gateway",
    "network_load_balancer": "balancer",
    "transit_gateway": "gateway",
}


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """Two listings per region: the interfaces, and the security groups that they wear."""
    for region in account.regions:
        yield listed_interfaces(account, region)
        ec2 = account.client("ec2", region)
        yield ec2.ask("describe_security_groups", expects="SecurityGroups")


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per interface that the world can address; of IPv6 all are public."""
    groups = replies.about("", "describe_security_groups")
    rules = _rules(groups)
    for listing in replies.to(CALL):
        account, region = listing.place
        for interface in listing.each("NetworkInterfaces"):
            address = (interface.get("Association") or {}).get("PublicIp")
            if not address and not interface.get("Ipv6Addresses"):
                continue
            worn = [group["GroupId"] for group in interface["Groups"]]
            behind = _behind(interface)
            yield {
                "account": account,
                "region": region,
                "interface_id": interface["NetworkInterfaceId"],
                "address": address or interface["Ipv6Addresses"][0]["Ipv6Address"],
                "stands_before": behind,
                "is_accounted_for": behind != "unknown",
                "opens_more_than_web": _opens(worn, rules, "opens_more_than_web"),
                "opens_remote_administration": _opens(worn, rules, "opens_remote_administration"),
                "tags": tags_of({"Tags": interface.get("TagSet")}),
            }


def _behind(interface: Mapping[str, Any]) -> str:
    """A machine, a balancer, a gateway, a service of AWS's; `unknown` where nothing wears it."""
    kind = SERVICES.get(interface.get("InterfaceType", "interface"))
    if kind:
        return kind
    if (interface.get("Attachment") or {}).get("InstanceId"):
        return "machine"
    if "elb" in str(interface.get("RequesterId", "")):
        return "balancer"
    return "service" if interface.get("RequesterManaged") else "unknown"


def _rules(said: Reply) -> Mapping[str, Mapping[str, Any]] | Unread:
    """What each group opens, by its id; a group that a listing lacks is not closed but unread."""
    if isinstance(said, Gap):
        return Unread(said.reason, said.remedy, said.permission)
    try:
        known = {
            one["GroupId"]: opened(one.get("IpPermissions", []))
            for one in said.each("SecurityGroups")
        }
    except (KeyError, TypeError, MalformedAnswerError) as error:
        return Unread(Reason.MALFORMED, f"{said.call}: {type(error).__name__} {error}")
    return _Known(known, Unread(said.cut or Reason.PARTIAL, said.remedy or _MISSING))


_MISSING = "a security group in use is not in the listing: collect again"


class _Known(dict[str, Mapping[str, Any]]):
    """Groups by id; one that is missing opens who knows what."""

    def __init__(self, known: Mapping[str, Mapping[str, Any]], missing: Unread) -> None:
        super().__init__(known)
        self._missing = missing

    def __missing__(self, _: str) -> Mapping[str, Any]:
        return dict.fromkeys(("opens_more_than_web", "opens_remote_administration"), self._missing)


def _opens(worn: list[str], rules: Mapping[str, Mapping[str, Any]] | Unread, column: str) -> Any:
    """Whether any of the groups opens it: an interface lets in what any of its groups does."""
    if isinstance(rules, Unread):
        return rules if worn else False
    return either(*(rules[group][column] for group in worn))


COLLECTOR = Collector(
    id="aws/public_interfaces",
    title=Text(zh="面向互联网的网络接口", en="Interfaces that face the internet"),
    max_age=timedelta(hours=26),
    permissions=("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
    lists=CALL,
    places=("account", "region"),
    subject=("account", "interface_id"),
    subject_type="AWS::EC2::NetworkInterface",
    columns={
        "account": str,
        "region": str,
        "interface_id": str,
        "address": str,
        "stands_before": str,
        "is_accounted_for": bool,
        "opens_more_than_web": bool,
        "opens_remote_administration": bool,
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
)
