"""Peerings between virtual networks: with whom, and whether the request was ever decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept, tags_of
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CALL = "describe_vpc_peering_connections"
FIELDS = ("VpcPeeringConnectionId", "Status", "AccepterVpcInfo", "RequesterVpcInfo", "Tags")
# What is over is listed for some hours more.
OVER = ("deleted", "deleting", "expired", "failed", "rejected")
UNDECIDED = ("initiating-request", "pending-acceptance")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """One listing per region."""
    for region in account.regions:
        listing = account.client("ec2", region).ask(CALL, expects="VpcPeeringConnections")
        yield kept(listing, "VpcPeeringConnections", FIELDS)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per peering that stands or waits."""
    for listing in replies.to(CALL):
        account, region = listing.place
        for peering in listing.each("VpcPeeringConnections"):
            if peering["Status"]["Code"] in OVER:
                continue
            other = _other_side(peering, account)
            yield {
                "account": account,
                "region": region,
                "peering_id": peering["VpcPeeringConnectionId"],
                "is_decided": peering["Status"]["Code"] not in UNDECIDED,
                "other_account": other["OwnerId"],
                "other_region": other.get("Region"),
                "is_with_other_account": other["OwnerId"] != account,
                "tags": tags_of(peering),
            }


def _other_side(peering: Mapping[str, Any], account: str) -> Mapping[str, Any]:
    """The side that is not ours; of two that both are, the one that accepted."""
    accepter: Mapping[str, Any] = peering["AccepterVpcInfo"]
    requester: Mapping[str, Any] = peering["RequesterVpcInfo"]
    return requester if accepter["OwnerId"] == account else accepter


COLLECTOR = Collector(
    id="aws/vpc_peerings",
    title=Text(zh="网络对等连接", en="Network peerings"),
    max_age=timedelta(hours=26),
    permissions=("ec2:DescribeVpcPeeringConnections",),
    lists=CALL,
    places=("account", "region"),
    subject=("account", "peering_id"),
    subject_type="AWS::EC2::VPCPeeringConnection",
    columns={
        "account": str,
        "region": str,
        "peering_id": str,
        "is_decided": bool,
        "other_account": str,
        "other_region": str,
        "is_with_other_account": bool,
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
)
