"""A change and its notice: an account on loopback, its queue, and notices shaped as EventBridge's.

The server of the account tells nobody of a change to EC2, so the test puts the notice on the queue
itself: what AWS takes from the call to the queue is not in any figure.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from demo.aws_account import serving

from fakes import scopes
from zicha.pipeline.workplace import Workplace, open_workplace

ACCOUNT = scopes.ACCOUNT
REGION = "cn-north-1"
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
SOURCE = {
    "id": "aws-one",
    "kind": "aws",
    "name": scopes.said("一"),
    "account": ACCOUNT,
    "partition": "aws-cn",
    "regions": [REGION],
}


def trail(name: str, request: Mapping[str, Any], **more: Any) -> str:
    """A management event of EC2, as EventBridge delivers it."""
    detail = {
        "eventID": str(uuid.uuid4()),
        "eventName": name,
        "eventSource": "ec2.amazonaws.com",
        "eventTime": "2026-11-22T03:59:58Z",
        "awsRegion": REGION,
        "recipientAccountId": ACCOUNT,
        "userIdentity": {"type": "IAMUser", "userName": "somebody", "arn": "arn:aws-cn:iam::1"},
        "requestParameters": dict(request),
    } | more
    return bridged("AWS API Call via CloudTrail", detail)


def bridged(kind: str, detail: Mapping[str, Any], source: str = "aws.ec2") -> str:
    """EventBridge's envelope."""
    return json.dumps(
        {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": kind,
            "source": source,
            "account": ACCOUNT,
            "time": "2026-11-22T04:00:00Z",
            "region": REGION,
            "detail": dict(detail),
        }
    )


def opened_group(group: str, **more: Any) -> str:
    """Port 22 of a group was opened to the world."""
    rule = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22}
    rule |= {"ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}
    request = {"groupId": group, "ipPermissions": {"items": [rule]}}
    return trail("AuthorizeSecurityGroupIngress", request, **more)


def changed_user(name: str, user: str) -> str:
    """Something of a user was changed."""
    return trail(name, {"userName": user}, eventSource="iam.amazonaws.com")


def changed_bucket(name: str) -> str:
    """The policy of a bucket was changed."""
    more = {"eventSource": "s3.amazonaws.com"}
    return trail("PutBucketAcl", {"bucketName": name}, **more)


@dataclass
class Cloud:
    """An account and its queues."""

    url: str
    queue: str
    dead: str
    users: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        import boto3

        return boto3.Session("testing", "testing", region_name=REGION).client(
            service, endpoint_url=self.url
        )

    def group(self, name: str, *, is_open: bool = False) -> str:
        """A new security group; its id."""
        ec2 = self.client("ec2")
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        # The server keeps what an earlier test of this process made.
        own = f"{name}-{uuid.uuid4().hex[:8]}"
        made = ec2.create_security_group(GroupName=own, Description=name, VpcId=vpc)["GroupId"]
        if is_open:
            self.open(made)
        return str(made)

    def open(self, group: str) -> None:
        """Open port 22 of a group to the world."""
        self.client("ec2").authorize_security_group_ingress(
            GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
        )

    def close(self, group: str) -> None:
        """Close it again."""
        self.client("ec2").revoke_security_group_ingress(
            GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
        )

    def bucket(self, name: str) -> str:
        """A new bucket."""
        self.client("s3").create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        return name

    def user(self, name: str, *, second_factor: bool = True) -> str:
        """A new user with a password; its name."""
        iam, own = self.client("iam"), f"{name}-{uuid.uuid4().hex[:8]}"
        iam.create_user(UserName=own)
        self.users.append(own)
        iam.create_login_profile(UserName=own, Password="Test-only-0000")
        if second_factor:
            self.bind(own)
        return own

    def bind(self, user: str) -> None:
        """Give a user a second factor."""
        iam = self.client("iam")
        serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=uuid.uuid4().hex)
        codes = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000001"}
        iam.enable_mfa_device(
            UserName=user, SerialNumber=serial["VirtualMFADevice"]["SerialNumber"], **codes
        )

    def unbind(self, user: str) -> None:
        """Take a user's second factors away."""
        iam = self.client("iam")
        for device in iam.list_mfa_devices(UserName=user)["MFADevices"]:
            iam.deactivate_mfa_device(UserName=user, SerialNumber=device["SerialNumber"])

    def send(self, body: str) -> None:
        """Put a notice on the queue."""
        self.client("sqs").send_message(QueueUrl=self.queue, MessageBody=body)

    def left(self) -> int:
        """Messages on the queue, hidden ones included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        said = self.client("sqs").get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)
        return sum(int(said["Attributes"][name]) for name in names)

    def environ(self, folder: Path) -> dict[str, str]:
        """What names the account, the queue, the scope and a data folder."""
        files = scopes.files() | {"sources": {"sources": [SOURCE]}}
        files["objects"]["objects"] = [files["objects"]["objects"][1]]
        return KEYS | {
            "AWS_ENDPOINT_URL": self.url,
            "ZICHA_EVENT_QUEUE": self.queue,
            "ZICHA_SCOPE": str(scopes.write(folder / "scope", files)),
            "ZICHA_DATA": str(folder / "data"),
        }


@contextmanager
def cloud() -> Iterator[Cloud]:
    """An empty account on loopback with a queue and one for what cannot be read."""
    with serving() as url:
        made = Cloud(url, "", "")
        sqs = made.client("sqs")
        made.queue = sqs.create_queue(QueueName="changes")["QueueUrl"]
        made.dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        yield made


class Steps:
    """Hears the steps of a run."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []

    def step(self, name: str, **counts: int | str) -> None:
        self.heard.append((name, counts))


@contextmanager
def workplace(cloud: Cloud, folder: Path, **more: str) -> Iterator[Workplace]:
    """A workplace over the account; boto reads the process's environment, so that is set too."""
    environ = cloud.environ(folder) | more
    before = dict(os.environ)
    os.environ.update({k: v for k, v in environ.items() if k.startswith("AWS_")})
    place = open_workplace(environ, progress=Steps(), clock=Clock())
    try:
        yield place
    finally:
        place.database.close()
        os.environ.clear()
        os.environ.update(before)


class Clock:
    """A clock that goes on by a second whenever somebody looks."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return NOW + timedelta(seconds=self.looks)
