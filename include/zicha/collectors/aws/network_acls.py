"""Access lists of subnets: what they let in from the world, rule by rule in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import Wanted, kept, sought_in, tags_of
from zicha.collectors.aws.open_ports import is_wide, ports
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.model.evidence import Answer
    from zicha.sources.aws import AwsAccount

# The ports of administration below those that answers come back on, which a list without memory
# must let in; and 3389, which it must refuse before.
ADMINISTRATION = (22, 23, 3389)
FIELDS = ("NetworkAclId", "VpcId", "IsDefault", "Entries", "Associations", "Tags")


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """One listing per region, which is no more for one list than for all."""
    for region, _ in sought_in(account, wanted, "acl_id"):
        ec2 = account.client("ec2", region)
        listing = ec2.ask("describe_network_acls", expects="NetworkAcls")
        yield kept(listing, "NetworkAcls", FIELDS)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per list."""
    for listing in replies.to("describe_network_acls"):
        account, region = listing.place
        for acl in listing.each("NetworkAcls"):
            yield {
                "account": account,
                "region": region,
                "acl_id": acl["NetworkAclId"],
                "vpc": acl.get("VpcId"),
                "is_default": acl["IsDefault"],
                "is_in_use": bool(acl["Associations"]),
                "opens_remote_administration": _said(listing, acl, _opens_administration),
                "opens_everything": _said(listing, acl, _opens_everything),
                "tags": tags_of(acl),
            }


def _said(listing: Answer, acl: Mapping[str, Any], judge: Any) -> Any:
    """What the judge makes of the inbound rules of either family; a torn rule costs this cell."""

    def lay(_: Mapping[str, Any]) -> bool:
        inbound = [entry for entry in acl["Entries"] if not entry["Egress"]]
        inbound.sort(key=lambda entry: entry["RuleNumber"])
        return any(
            judge([entry for entry in inbound if family in entry])
            for family in ("CidrBlock", "Ipv6CidrBlock")
        )

    return read(listing, lay)


def _opens_administration(entries: Sequence[Mapping[str, Any]]) -> bool:
    return any(_lets_in(entries, port) for port in ADMINISTRATION)


def _opens_everything(entries: Sequence[Mapping[str, Any]]) -> bool:
    """Every protocol from anywhere, before anything is refused to everyone."""
    for entry in entries:
        if str(entry["Protocol"]) != "-1":
            continue
        if entry["RuleAction"] == "allow" and is_wide(_network(entry)):
            return True
        if entry["RuleAction"] == "deny" and ip_network(_network(entry)).prefixlen == 0:
            return False
    return False


def _lets_in(entries: Sequence[Mapping[str, Any]], port: int) -> bool:
    """The first rule that speaks of the port and of the whole world decides."""
    for entry in entries:
        if port not in _ports(entry):
            continue
        if entry["RuleAction"] == "allow" and is_wide(_network(entry)):
            return True
        # UDP refused is not TCP refused.
        refuses = entry["RuleAction"] == "deny" and str(entry["Protocol"]) in ("-1", "6")
        if refuses and ip_network(_network(entry)).prefixlen == 0:
            return False
    return False


def _network(entry: Mapping[str, Any]) -> str:
    return str(entry.get("CidrBlock") or entry["Ipv6CidrBlock"])


def _ports(entry: Mapping[str, Any]) -> range:
    said = entry.get("PortRange") or {"From": -1, "To": -1}
    return ports(entry["Protocol"], said["From"], said["To"])


COLLECTOR = Collector(
    id="aws/network_acls",
    title=Text(zh="网络访问控制列表", en="Network access lists"),
    max_age=timedelta(hours=26),
    permissions=("ec2:DescribeNetworkAcls",),
    lists="describe_network_acls",
    places=("account", "region"),
    subject=("account", "acl_id"),
    subject_type="AWS::EC2::NetworkAcl",
    columns={
        "account": str,
        "region": str,
        "acl_id": str,
        "vpc": str,
        "is_default": bool,
        "is_in_use": bool,
        "opens_remote_administration": bool,
        "opens_everything": bool,
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
