"""Machines, disks, networks, keys and secrets of the demo's accounts, partly wrong."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.aws_account_builder import Builder


def tidy(account: Builder) -> None:
    """A region that encrypts by default and keeps its snapshots and images in."""
    ec2 = account.client("ec2")
    ec2.enable_ebs_encryption_by_default()
    ec2.enable_snapshot_block_public_access(State="block-all-sharing")
    ec2.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
    _default_network(account)


def billing(account: Builder, stranger: str) -> None:
    """The billing account's machines and what they stand on."""
    _billing_machines(account, stranger)
    _billing_networks(account, stranger)
    _billing_addresses(account)
    _billing_keys(account, stranger)
    _billing_secrets(account)
    _organisation(account, bounding=True)


def overseas(account: Builder) -> None:
    """Keys of the provider's only, and an organisation that merely pays the bills."""
    account.client("ec2").create_volume(
        AvailabilityZone=f"{account.region}a",
        Size=1,
        Encrypted=True,
        TagSpecifications=_tags("volume", "spare"),
    )
    _provider_manages_its_keys(account)
    _organisation(account, bounding=False)


def _provider_manages_its_keys(account: Builder) -> None:
    """The server takes the keys that stand behind `alias/aws/…` for the customer's."""
    from moto.kms.models import kms_backends

    for key in kms_backends[account.account][account.region].keys.values():
        if key.description.startswith("Default "):
            key.key_manager = "AWS"


def _organisation(account: Builder, *, bounding: bool) -> None:
    organizations = account.client("organizations")
    organizations.create_organization(FeatureSet="ALL" if bounding else "CONSOLIDATED_BILLING")
    if not bounding:
        return
    (root,) = organizations.list_roots()["Roots"]
    organizations.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    deny = {"Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"}
    organizations.create_policy(
        Name="keep-the-log",
        Description="keep-the-log",
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )


def _tags(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def _kept_by_server(account: Builder) -> Any:
    """Where the server keeps what no interface sets: ages, and whether an image is encrypted."""
    from moto.ec2.models import ec2_backends

    return ec2_backends[account.account][account.region]


def _image(account: Builder, name: str, *, encrypted: bool, days_old: int) -> str:
    made = account.client("ec2").register_image(
        Name=name, RootDeviceName="/dev/sda1", TagSpecifications=_tags("image", name)
    )
    image = _kept_by_server(account).amis[made["ImageId"]]
    image.creation_date = account.now - timedelta(days=days_old)
    image.ebs_snapshot.encrypted = encrypted
    image.ebs_snapshot.add_tags({"Name": f"{name}-disk"})
    return str(made["ImageId"])


def _machine(
    account: Builder,
    name: str,
    image: str,
    *,
    right: bool,
    group: str = "app",
    subnet: str = "",
    zone: str = "a",
    days_running: int = 20,
) -> None:
    ec2 = account.client("ec2")
    (one,) = ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[*_tags("instance", name), *_tags("volume", f"{name}-disk")],
        MetadataOptions={"HttpTokens": "required" if right else "optional"},
        BlockDeviceMappings=[
            {"DeviceName": "/dev/sda1", "Ebs": {"Encrypted": right, "VolumeSize": 8}}
        ],
        NetworkInterfaces=[
            {
                "DeviceIndex": 0,
                "SubnetId": subnet or account.subnet,
                "Groups": [account.groups[group]],
                "AssociatePublicIpAddress": not right,
            }
        ],
        **({"IamInstanceProfile": {"Name": "app"}} if right else {}),
    )["Instances"]
    server = _kept_by_server(account)
    kept = server.get_instance(one["InstanceId"])
    kept.launch_time = account.now - timedelta(days=days_running)
    # The server looks at the subnet only where it is not named by an interface.
    kept.placement.zone = f"{account.region}{zone}"
    (volume,) = ec2.describe_volumes(
        Filters=[{"Name": "attachment.instance-id", "Values": [one["InstanceId"]]}]
    )["Volumes"]
    if right:
        ec2.create_snapshot(
            VolumeId=volume["VolumeId"], TagSpecifications=_tags("snapshot", f"{name}-copy")
        )
    else:
        server.volumes[volume["VolumeId"]].create_time = account.now - timedelta(days=90)


def portal(account: Builder) -> None:
    """One machine, well kept, and nothing beside it."""
    _profile(account, "portal-app")
    image = _image(account, "portal-base", encrypted=True, days_old=30)
    _machine(account, "portal-app", image, right=True, group="portal-web")
    _provider_manages_its_keys(account)


def _profile(account: Builder, role: str) -> None:
    iam = account.client("iam")
    iam.create_instance_profile(InstanceProfileName="app")
    iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName=role)


def _billing_machines(account: Builder, stranger: str) -> None:
    ec2 = account.client("ec2")
    _profile(account, "billing-app")
    base = _image(account, "base", encrypted=True, days_old=30)
    old = _image(account, "old-base", encrypted=False, days_old=500)
    foreign = "ami-03cf127a"
    _machine(account, "billing-app", base, right=True)
    other_zone = ec2.create_subnet(
        VpcId=account.vpc, CidrBlock="10.20.2.0/24", AvailabilityZone=f"{account.region}b"
    )["Subnet"]["SubnetId"]
    _machine(account, "billing-worker", old, right=True, subnet=other_zone, zone="b")
    _machine(account, "jump-old", foreign, right=False, group="default", days_running=900)
    ec2.modify_image_attribute(
        ImageId=old, LaunchPermission={"Add": [{"Group": "all"}, {"UserId": stranger}]}
    )
    scratch = ec2.create_volume(
        AvailabilityZone=f"{account.region}a",
        Size=1,
        Encrypted=True,
        TagSpecifications=_tags("volume", "scratch"),
    )["VolumeId"]
    shared = ec2.create_snapshot(
        VolumeId=scratch, TagSpecifications=_tags("snapshot", "handed-out")
    )["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=shared,
        Attribute="createVolumePermission",
        OperationType="add",
        GroupNames=["all"],
        UserIds=[stranger],
    )


def _billing_networks(account: Builder, stranger: str) -> None:
    ec2 = account.client("ec2")
    default = _default_network(account)
    subnet = _subnet(account, default, "172.31.200.0/24")
    ec2.create_network_interface(
        SubnetId=subnet, TagSpecifications=_tags("network-interface", "in-default")
    )
    partner = _network(account, "partner", "10.30.0.0/16")
    zone = _subnet(account, partner, "10.30.1.0/24")
    ec2.create_network_interface(SubnetId=zone)
    _own_list(account, partner, zone)
    ec2.create_flow_logs(
        ResourceIds=[partner],
        ResourceType="VPC",
        TrafficType="REJECT",
        LogGroupName="gone",
        DeliverLogsPermissionArn=account.arn("iam", "role/log-keeper"),
    )
    ec2.create_network_acl(VpcId=partner, TagSpecifications=_tags("network-acl", "left-over"))
    _name_list(account, default, "default-list")
    inside = ec2.create_vpc_peering_connection(
        VpcId=account.vpc,
        PeerVpcId=partner,
        TagSpecifications=_tags("vpc-peering-connection", "to-partner-zone"),
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=inside)
    ec2.create_vpc_peering_connection(
        VpcId=account.vpc,
        PeerVpcId=_network_of(account, stranger),
        PeerOwnerId=stranger,
        TagSpecifications=_tags("vpc-peering-connection", "to-stranger"),
    )


def _network(account: Builder, name: str, addresses: str) -> str:
    made = account.client("ec2").create_vpc(
        CidrBlock=addresses, TagSpecifications=_tags("vpc", name)
    )
    return str(made["Vpc"]["VpcId"])


def _default_network(account: Builder) -> str:
    """The network that comes with every account; the builder takes the server's own away."""
    made = _network(account, "came-with-the-account", "172.31.0.0/16")
    _kept_by_server(account).vpcs[made].is_default = True
    return made


def _network_of(account: Builder, other: str) -> str:
    from moto.ec2.models import ec2_backends

    return str(ec2_backends[other][account.region].get_default_vpc().id)


def _subnet(account: Builder, vpc: str, addresses: str) -> str:
    made = account.client("ec2").create_subnet(VpcId=vpc, CidrBlock=addresses)
    return str(made["Subnet"]["SubnetId"])


def _name_list(account: Builder, vpc: str, name: str) -> None:
    ec2 = account.client("ec2")
    found = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    ids = [acl["NetworkAclId"] for acl in found["NetworkAcls"]]
    ec2.create_tags(Resources=ids, Tags=[{"Key": "Name", "Value": name}])


def _own_list(account: Builder, vpc: str, subnet: str) -> None:
    """A list of its own for a subnet, which lets in nothing but what is written."""
    ec2 = account.client("ec2")
    found = ec2.describe_network_acls(
        Filters=[{"Name": "association.subnet-id", "Values": [subnet]}]
    )
    (now,) = [
        one["NetworkAclAssociationId"]
        for acl in found["NetworkAcls"]
        for one in acl["Associations"]
        if one["SubnetId"] == subnet
    ]
    made = ec2.create_network_acl(VpcId=vpc, TagSpecifications=_tags("network-acl", "partner-list"))
    ec2.replace_network_acl_association(
        AssociationId=now, NetworkAclId=made["NetworkAcl"]["NetworkAclId"]
    )


def _billing_addresses(account: Builder) -> None:
    ec2 = account.client("ec2")
    ec2.allocate_address(Domain="vpc", TagSpecifications=_tags("elastic-ip", "idle"))
    used = ec2.allocate_address(Domain="vpc", TagSpecifications=_tags("elastic-ip", "web"))
    for name, group, address in (("edge-web", "web", used), ("edge-ssh", "old-ssh", None)):
        interface = ec2.create_network_interface(
            SubnetId=account.subnet,
            Groups=[account.groups[group]],
            TagSpecifications=_tags("network-interface", name),
        )["NetworkInterface"]["NetworkInterfaceId"]
        found = address or ec2.allocate_address(
            Domain="vpc", TagSpecifications=_tags("elastic-ip", name)
        )
        ec2.associate_address(AllocationId=found["AllocationId"], NetworkInterfaceId=interface)


def _billing_keys(account: Builder, stranger: str) -> None:
    kms = account.client("kms")
    house = {"AWS": account.arn("iam", "root")}
    outside = {"AWS": f"arn:{account.partition}:iam::{stranger}:root"}
    for name, principals, rotates in (
        ("billing", [house], True),
        ("legacy", [house], False),
        ("lent", [house, outside], True),
        ("open", [house, "*"], True),
        ("leaving", [house], False),
    ):
        statements = [
            {"Effect": "Allow", "Principal": who, "Action": "kms:*", "Resource": "*"}
            for who in principals
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        key = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
        if rotates:
            kms.enable_key_rotation(KeyId=key)
        if name == "leaving":
            kms.schedule_key_deletion(KeyId=key)
    _provider_manages_its_keys(account)


def _billing_secrets(account: Builder) -> None:
    from moto.secretsmanager.models import secretsmanager_backends

    manager = account.client("secretsmanager")
    for name in ("billing-db", "old-gateway"):
        manager.create_secret(Name=name, SecretString="demo only")
    kept = secretsmanager_backends[account.account][account.region].secrets
    kept.get("billing-db").rotation_requested = True
    kept.get("billing-db").rotation_enabled = True
    long_ago = int((account.now - timedelta(days=400)).timestamp())
    kept.get("old-gateway").created_date = long_ago
    kept.get("old-gateway").last_changed_date = long_ago
