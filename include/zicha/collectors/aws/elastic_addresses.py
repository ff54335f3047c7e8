"""Public addresses that the account reserved: whether each leads anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.aws.members import kept, tags_of
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FIELDS = ("AllocationId", "AssociationId", "InstanceId", "NetworkInterfaceId", "PublicIp", "Tags")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """One listing per region."""
    for region in account.regions:
        listing = account.client("ec2", region).ask("describe_addresses", expects="Addresses")
        yield kept(listing, "Addresses", FIELDS)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per address."""
    for listing in replies.to("describe_addresses"):
        account, region = listing.place
        for address in listing.each("Addresses"):
            yield {
                "account": account,
                "region": region,
                "address": address["PublicIp"],
                "is_in_use": bool(address.get("AssociationId") or address.get("InstanceId")),
                "interface": address.get("NetworkInterfaceId") or None,
                "tags": tags_of(address),
            }


COLLECTOR = Collector(
    id="aws/elastic_addresses",
    title=Text(zh="弹性公网地址", en="Elastic addresses"),
    max_age=timedelta(hours=26),
    permissions=("ec2:DescribeAddresses",),
    lists="describe_addresses",
    places=("account", "region"),
    subject=("account", "address"),
    subject_type="AWS::EC2::EIP",
    columns={
        "account": str,
        "region": str,
        "address": str,
        "is_in_use": bool,
        "interface": str,
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
)
