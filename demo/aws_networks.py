"""Networks of the demo's accounts: tight access lists, recorded traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.aws_account_builder import Builder

WORLD = "0.0.0.0/0"
# The web and what answers come back on; remote desktops are refused before them.
INBOUND = (
    (100, "allow", 80, 80),
    (110, "allow", 443, 443),
    (120, "deny", 3389, 3389),
    (130, "allow", 1024, 65535),
)


def only_network(account: Builder, logs_to: str) -> tuple[str, str, str]:
    """One network instead of the server's own; its id, its subnet's and its default group's."""
    ec2 = account.client("ec2")
    _clear(account)
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.1.0/24")["Subnet"]["SubnetId"]
    (default,) = (
        group["GroupId"]
        for group in ec2.describe_security_groups()["SecurityGroups"]
        if group["VpcId"] == vpc
    )
    _tighten_list(account, vpc)
    ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=account.arn("s3", logs_to),
    )
    return vpc, subnet, default


def _clear(account: Builder) -> None:
    from moto.ec2.models import ec2_backends

    ec2 = account.client("ec2")
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        if group["GroupName"] != "default":
            ec2.delete_security_group(GroupId=group["GroupId"])
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for vpc in ec2.describe_vpcs()["Vpcs"]:
        ec2.delete_vpc(VpcId=vpc["VpcId"])
    # The server keeps the access lists of networks that are gone.
    ec2_backends[account.account][account.region].network_acls.clear()


def _tighten_list(account: Builder, vpc: str) -> None:
    ec2 = account.client("ec2")
    (acl,) = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
    where = {"NetworkAclId": acl["NetworkAclId"], "Egress": False}
    ec2.delete_network_acl_entry(RuleNumber=100, **where)
    for number, action, first, last in INBOUND:
        ec2.create_network_acl_entry(
            RuleNumber=number,
            Protocol="6",
            RuleAction=action,
            CidrBlock=WORLD,
            PortRange={"From": first, "To": last},
            **where,
        )
