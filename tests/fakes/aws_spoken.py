"""An AWS account whose every answer a test says word by word, asked with little patience."""

from __future__ import annotations

import json
from functools import cache

from fakes.aws_wire import JSON, Spoken
from zicha.sources.aws import AwsAccount
from zicha.sources.aws_wire import Limits

REGION = "cn-north-1"
ID = "111122223333"
QUICK = Limits(connect_seconds=1, read_seconds=0.3, attempts=2, patience=30)
SECRET = "canary-7f3a"


@cache
def session():
    import boto3

    return boto3.Session("AKIACANARY", SECRET, region_name=REGION)


def limited(limits: Limits = QUICK) -> AwsAccount:
    return AwsAccount(session(), ID, (REGION,), "aws-cn", source="prod", limits=limits)


def says(spoken, *answers):
    """Say these in turn, and the last one for ever."""
    left = list(answers)
    spoken.say = lambda _: left.pop(0) if len(left) > 1 else left[0]


def trails(**said):
    return Spoken(json.dumps({"trailList": []} | said), kind=JSON)


def groups(*names, token=""):
    listed = "".join(f"<item><groupId>{name}</groupId></item>" for name in names)
    more = f"<nextToken>{token}</nextToken>" if token else ""
    return Spoken(
        "<DescribeSecurityGroupsResponse><securityGroupInfo>"
        f"{listed}</securityGroupInfo>{more}</DescribeSecurityGroupsResponse>"
    )


def list_groups(account):
    return account.client("ec2", REGION).ask("describe_security_groups", expects="SecurityGroups")
