"""Accounts with two resources each, `a` and `b`, of the collectors of networks, disks and keys.

The answers have the shape that AWS gives them; whatever is not said is done right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from fakes.aws import FakeAccount, Said
from fakes.aws_examples import ID, NOW, REGION, group

STRANGER = "999988887777"
LATELY = NOW - timedelta(days=2)


def answering(account: str = ID, **said: Said) -> FakeAccount:
    """An account that answers each call, asked about nothing in particular."""
    return FakeAccount({(call, ""): body for call, body in said.items()}, account)


def volume(name: str, **details: Any) -> dict[str, Any]:
    return {
        "VolumeId": name,
        "Encrypted": True,
        "KmsKeyId": f"arn:aws-cn:kms:{REGION}:{ID}:key/k",
        "State": "in-use",
        "CreateTime": NOW - timedelta(days=90),
        "Size": 8,
        **details,
    }


def snapshot(name: str, of: str = "a", **details: Any) -> dict[str, Any]:
    return {
        "SnapshotId": name,
        "VolumeId": of,
        "State": "completed",
        "StartTime": LATELY,
        "Encrypted": True,
        "OwnerId": ID,
        **details,
    }


def volumes(*listed: Mapping[str, Any], copies: list[dict[str, Any]] | None = None) -> FakeAccount:
    made = [snapshot(f"s-{one['VolumeId']}", one["VolumeId"]) for one in listed]
    return answering(
        describe_volumes={"Volumes": list(listed)},
        describe_snapshots={"Snapshots": made if copies is None else copies},
    )


def snapshots(*listed: Mapping[str, Any], public: tuple[str, ...] = ()) -> FakeAccount:
    account = answering(describe_snapshots={"Snapshots": list(listed)})
    shared = [{"SnapshotId": name} for name in public]
    account.answers["describe_snapshots", "everyone"] = {"Snapshots": shared}
    for one in listed:
        everyone = [{"Group": "all"}] if one["SnapshotId"] in public else []
        said = {"SnapshotId": one["SnapshotId"], "CreateVolumePermissions": everyone}
        account.answers["describe_snapshot_attribute", one["SnapshotId"]] = said
    return account


def region_settings(
    encrypts: bool = True,
    snapshots_: Said = {"State": "block-all-sharing"},  # noqa: B006 - never changed
    images_: Said = {"ImageBlockPublicAccessState": "block-new-sharing"},  # noqa: B006
) -> FakeAccount:
    return answering(
        get_ebs_encryption_by_default={"EbsEncryptionByDefault": encrypts},
        get_snapshot_block_public_access_state=snapshots_,
        get_image_block_public_access_state=images_,
    )


def image(name: str, **details: Any) -> dict[str, Any]:
    return {
        "ImageId": name,
        "Name": f"base-{name}",
        "CreationDate": "2026-02-01T08:00:00.000Z",
        "Public": False,
        "State": "available",
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": "s", "Encrypted": True}},
            {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"},
        ],
        **details,
    }


def instance(name: str, **details: Any) -> dict[str, Any]:
    return {
        "InstanceId": name,
        "ImageId": "a",
        "State": {"Code": 16, "Name": "running"},
        "LaunchTime": NOW - timedelta(days=20),
        "VpcId": "vpc-1",
        "Placement": {"AvailabilityZone": f"{REGION}{'a' if name == 'a' else 'b'}"},
        "IamInstanceProfile": {"Arn": f"arn:aws-cn:iam::{ID}:instance-profile/app"},
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
        "SecurityGroups": [{"GroupId": "sg-1", "GroupName": "app"}],
        "NetworkInterfaces": [
            {"NetworkInterfaceId": "eni-1", "Groups": [{"GroupId": "sg-1", "GroupName": "app"}]}
        ],
        **details,
    }


def machines(instances: list[dict[str, Any]], images: list[dict[str, Any]]) -> FakeAccount:
    reservations = [{"ReservationId": "r", "Instances": [one]} for one in instances]
    return answering(
        describe_instances={"Reservations": reservations}, describe_images={"Images": images}
    )


def images(*listed: dict[str, Any], started: tuple[dict[str, Any], ...] = ()) -> FakeAccount:
    account = machines(list(started), list(listed))
    for one in listed:
        said = {"ImageId": one["ImageId"], "LaunchPermissions": []}
        account.answers["describe_image_attribute", one["ImageId"]] = said
    return account


def network(name: str, **details: Any) -> dict[str, Any]:
    return {"VpcId": name, "CidrBlock": "10.20.0.0/16", "IsDefault": False, **details}


def flow_log(of: str, **details: Any) -> dict[str, Any]:
    return {
        "FlowLogId": f"fl-{of}",
        "ResourceId": of,
        "FlowLogStatus": "ACTIVE",
        "DeliverLogsStatus": "SUCCESS",
        "TrafficType": "ALL",
        "LogDestination": "arn:aws-cn:s3:::flow-logs",
        **details,
    }


def networks(
    listed: list[dict[str, Any]], logs: list[dict[str, Any]], used: tuple[str, ...]
) -> FakeAccount:
    interfaces = [{"NetworkInterfaceId": f"eni-{one}", "VpcId": one, "Groups": []} for one in used]
    return answering(
        describe_vpcs={"Vpcs": listed},
        describe_flow_logs={"FlowLogs": logs},
        describe_network_interfaces={"NetworkInterfaces": interfaces},
    )


def entry(number: int, action: str, protocol: str, *ports: int, **where: Any) -> dict[str, Any]:
    said = {"RuleNumber": number, "RuleAction": action, "Protocol": protocol, "Egress": False}
    if ports:
        said["PortRange"] = {"From": ports[0], "To": ports[-1]}
    return said | (where or {"CidrBlock": "0.0.0.0/0"})


LAST = entry(32767, "deny", "-1")


def acl(name: str, *entries: Mapping[str, Any], **details: Any) -> dict[str, Any]:
    return {
        "NetworkAclId": name,
        "VpcId": "vpc-1",
        "IsDefault": False,
        "Associations": [{"SubnetId": "subnet-1"}],
        "Entries": [*(entries or (entry(100, "allow", "6", 443),)), LAST],
        **details,
    }


def peering(name: str, other: str = ID, status: str = "active") -> dict[str, Any]:
    return {
        "VpcPeeringConnectionId": name,
        "Status": {"Code": status, "Message": status},
        "RequesterVpcInfo": {"OwnerId": ID, "VpcId": "vpc-1", "Region": REGION},
        "AccepterVpcInfo": {"OwnerId": other, "VpcId": "vpc-2", "Region": REGION},
    }


def interface(name: str, **details: Any) -> dict[str, Any]:
    return {
        "NetworkInterfaceId": name,
        "VpcId": "vpc-1",
        "InterfaceType": "interface",
        "Association": {"PublicIp": "203.0.113.9"},
        "Attachment": {"InstanceId": "i-1"},
        "Groups": [{"GroupId": "web", "GroupName": "web"}],
        **details,
    }


def exposed(*interfaces: Mapping[str, Any], groups: list[dict[str, Any]]) -> FakeAccount:
    return answering(
        describe_network_interfaces={"NetworkInterfaces": list(interfaces)},
        describe_security_groups={"SecurityGroups": groups},
    )


def web(*ports: int) -> dict[str, Any]:
    world = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    rules = [{"IpProtocol": "tcp", "FromPort": n, "ToPort": n, **world} for n in ports or (443,)]
    return group("web", *rules)


def key_policy(*principals: str, **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": "*" if principals == ("*",) else {"AWS": list(principals)},
        "Action": "kms:*",
        "Resource": "*",
    }
    if condition:
        statement["Condition"] = condition
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


HOUSE = f"arn:aws-cn:iam::{ID}:root"


def key(name: str, **details: Any) -> dict[tuple[str, ...], Said]:
    told = {
        "KeyId": name,
        "KeyManager": "CUSTOMER",
        "KeyState": "Enabled",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "Origin": "AWS_KMS",
        "CreationDate": NOW - timedelta(days=30),
    }
    return {
        ("describe_key", name): {"KeyMetadata": told | details},
        ("get_key_rotation_status", name): {"KeyRotationEnabled": True},
        ("get_key_policy", name): key_policy(HOUSE),
    }


def keys(*described: Mapping[tuple[str, ...], Said], account: str = ID) -> FakeAccount:
    names = [one for each in described for call, one in each if call == "describe_key"]
    found = answering(
        account,
        list_keys={"Keys": [{"KeyId": name} for name in names]},
        list_aliases={
            "Aliases": [
                {"AliasName": "alias/aws/unused"},
                *({"AliasName": f"alias/{name}", "TargetKeyId": name} for name in names),
            ]
        },
    )
    for each in described:
        found.answers.update(each)
    return found


def secret(name: str, **details: Any) -> dict[str, Any]:
    return {
        "ARN": f"arn:aws-cn:secretsmanager:{REGION}:{ID}:secret:{name}",
        "Name": name,
        "RotationEnabled": True,
        "CreatedDate": NOW - timedelta(days=300),
        "LastRotatedDate": NOW - timedelta(days=10),
        "LastAccessedDate": LATELY,
        **details,
    }


def organisation(manager: str = ID, features: str = "ALL", **said: Said) -> FakeAccount:
    told = {"Id": "o-1", "FeatureSet": features, "MasterAccountId": manager}
    root = {
        "Id": "r-1",
        "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    }
    policies = [
        {"Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "AwsManaged": True},
        {"Id": "p-1", "Name": "keep-the-log", "AwsManaged": False},
    ]
    answers: dict[str, Said] = {
        "describe_organization": {"Organization": told},
        "list_roots": {"Roots": [root]},
        "list_policies": {"Policies": policies},
    }
    return answering(**(answers | said))


RESOURCES: Mapping[str, Callable[[], FakeAccount]] = {
    "aws/ebs_volumes": lambda: volumes(volume("a"), volume("b")),
    "aws/ebs_snapshots": lambda: snapshots(snapshot("a"), snapshot("b"), public=()),
    "aws/ec2_regions": region_settings,
    "aws/ec2_images": lambda: images(
        image("a"), image("b"), started=(instance("i"), instance("j"))
    ),
    "aws/ec2_instances": lambda: machines([instance("a"), instance("b")], [image("a")]),
    "aws/vpcs": lambda: networks(
        [network("a"), network("b")], [flow_log("a"), flow_log("b")], ("a", "b")
    ),
    "aws/network_acls": lambda: answering(
        describe_network_acls={"NetworkAcls": [acl("a"), acl("b")]}
    ),
    "aws/vpc_peerings": lambda: answering(
        describe_vpc_peering_connections={"VpcPeeringConnections": [peering("a"), peering("b")]}
    ),
    "aws/elastic_addresses": lambda: answering(
        describe_addresses={
            "Addresses": [
                {"PublicIp": "203.0.113.8", "AllocationId": "x", "AssociationId": "a"},
                {"PublicIp": "203.0.113.9", "AllocationId": "y", "AssociationId": "b"},
            ]
        }
    ),
    "aws/public_interfaces": lambda: exposed(interface("a"), interface("b"), groups=[web()]),
    "aws/kms_keys": lambda: keys(key("a"), key("b")),
    "aws/secrets": lambda: answering(list_secrets={"SecretList": [secret("a"), secret("b")]}),
    "aws/organizations": organisation,
}
"""By collector: two resources that pass whatever is expected of them."""
