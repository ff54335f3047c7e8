"""Listings of EC2 that several collectors read: asked once in a run, each with the fields needed.

A filter (`members.filtered`) narrows each to what a change named.

User data, key names and whatever else EC2 tells is never kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Reply

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

SNAPSHOT = ("SnapshotId", "VolumeId", "State", "StartTime", "Encrypted", "KmsKeyId", "Tags")
IMAGE = ("ImageId", "Name", "CreationDate", "Public", "State", "BlockDeviceMappings", "Tags")
INSTANCE = (
    "IamInstanceProfile",
    "ImageId",
    "InstanceId",
    "LaunchTime",
    "MetadataOptions",
    "NetworkInterfaces",
    "Placement",
    "PublicIpAddress",
    "SecurityGroups",
    "State",
    "Tags",
    "VpcId",
)
INTERFACE = (
    "Association",
    "Attachment",
    "Groups",
    "InterfaceType",
    "Ipv6Addresses",
    "NetworkInterfaceId",
    "RequesterId",
    "RequesterManaged",
    "TagSet",
    "VpcId",
)


def own_snapshots(account: AwsAccount, region: str, **only: Any) -> Reply:
    """The account's own snapshots in a region."""
    ec2 = account.client("ec2", region)
    said = ec2.ask("describe_snapshots", expects="Snapshots", OwnerIds=[account.id], **only)
    return kept(said, "Snapshots", SNAPSHOT)


def own_images(account: AwsAccount, region: str, **only: Any) -> Reply:
    """The images that the account made in a region."""
    ec2 = account.client("ec2", region)
    said = ec2.ask("describe_images", expects="Images", Owners=["self"], **only)
    return kept(said, "Images", IMAGE)


def listed_interfaces(account: AwsAccount, region: str, **only: Any) -> Reply:
    """The network interfaces of a region."""
    ec2 = account.client("ec2", region)
    said = ec2.ask("describe_network_interfaces", expects="NetworkInterfaces", **only)
    return kept(said, "NetworkInterfaces", INTERFACE)


def listed_instances(account: AwsAccount, region: str, **only: Any) -> Reply:
    """The instances of a region, without their reservations, which say nothing more."""
    ec2 = account.client("ec2", region)
    said = ec2.ask("describe_instances", expects="Reservations", **only)
    if not isinstance(said, Answer):
        return said
    try:
        instances = [
            {name: one[name] for name in INSTANCE if name in one}
            for reservation in said.each("Reservations")
            for one in reservation["Instances"]
        ]
    except (KeyError, TypeError, MalformedAnswerError):
        # Another shape than expected stays as it is, to be called malformed later.
        return said
    return replace(said, body={"Instances": instances})
