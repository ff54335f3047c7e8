"""EC2 instances: how each guards its identity, what it started from, and how it can be reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.ec2_listings import listed_instances, own_images
from zicha.collectors.aws.members import Wanted, filtered, found_in, sought_in, tags_of
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, cell
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CALL = "describe_instances"
ENDED = ("shutting-down", "terminated")


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """Two listings per region: the instances, and the account's own images."""
    for region, sought in sought_in(account, wanted, "instance_id"):
        yield listed_instances(account, region, **filtered("instance-id", sought))
        yield own_images(account, region)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per instance that has not ended."""
    is_own = found_in(replies.about("", "describe_images"), "Images", lambda one: (one["ImageId"],))
    for listing in replies.to(CALL):
        account, region = listing.place
        for one in listing.each("Instances"):
            if one["State"]["Name"] in ENDED:
                continue
            metadata = cell(one, "MetadataOptions")
            yield {
                "account": account,
                "region": region,
                "instance_id": one["InstanceId"],
                "zone": cell(one, "Placement", "AvailabilityZone"),
                "vpc": cell(one, "VpcId", absent=None),
                "image": cell(one, "ImageId"),
                "is_running": one["State"]["Name"] == "running",
                "started_at": cell(one, "LaunchTime"),
                "runs_own_image": is_own(one["ImageId"]),
                "has_role": bool(one.get("IamInstanceProfile")),
                "metadata_needs_token": _needs_token(metadata),
                "has_public_address": _has_public_address(one),
                "wears_default_group": _wears_default_group(one),
                "tags": tags_of(one),
            }


def _needs_token(metadata: Any) -> Any:
    """Whether the metadata service is off, or answers only whoever shows a session token."""
    if not isinstance(metadata, Mapping):
        return metadata
    if metadata.get("HttpEndpoint") == "disabled":
        return True
    tokens = cell(metadata, "HttpTokens")
    return tokens == "required" if isinstance(tokens, str) else tokens


def _has_public_address(one: Mapping[str, Any]) -> bool:
    """An address of its own on any of its interfaces; of IPv6 all are public."""
    interfaces = one.get("NetworkInterfaces", [])
    return bool(one.get("PublicIpAddress")) or any(
        "PublicIp" in (interface.get("Association") or {}) or interface.get("Ipv6Addresses")
        for interface in interfaces
    )


def _wears_default_group(one: Mapping[str, Any]) -> bool:
    groups = list(one.get("SecurityGroups", []))
    for interface in one.get("NetworkInterfaces", []):
        groups += interface.get("Groups", [])
    return any(group["GroupName"] == "default" for group in groups)


COLLECTOR = Collector(
    id="aws/ec2_instances",
    title=Text(zh="EC2 实例", en="EC2 instances"),
    max_age=timedelta(hours=26),
    permissions=("ec2:DescribeImages", "ec2:DescribeInstances"),
    lists=CALL,
    places=("account", "region"),
    subject=("account", "instance_id"),
    subject_type="AWS::EC2::Instance",
    columns={
        "account": str,
        "region": str,
        "instance_id": str,
        "zone": str,
        "vpc": str,
        "image": str,
        "is_running": bool,
        "started_at": datetime,
        "runs_own_image": bool,
        "has_role": bool,
        "metadata_needs_token": bool,
        "has_public_address": bool,
        "wears_default_group": bool,
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
