"""For each AWS collector an account with two resources, `a` and `b`, that do everything right."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fakes.aws import FakeAccount, Said

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
REGION = "cn-north-1"
ID = "111122223333"
HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)


def arn(service: str, rest: str) -> str:
    return f"arn:aws-cn:{service}:{REGION}:{ID}:{rest}"


def bucket(name: str) -> dict[tuple[str, ...], Said]:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws-cn:s3:::{name}", f"arn:aws-cn:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    return {
        ("get_bucket_encryption", name): {"ServerSideEncryptionConfiguration": {"Rules": [rule]}},
        ("get_bucket_versioning", name): {"Status": "Enabled"},
        ("get_public_access_block", name): blocks(True),
        ("get_bucket_policy", name): {"Policy": json.dumps({"Statement": [deny]})},
        ("get_bucket_policy_status", name): {"PolicyStatus": {"IsPublic": False}},
        ("get_bucket_acl", name): {"Grants": [{"Grantee": {"ID": "owner"}}]},
        ("get_bucket_logging", name): {"LoggingEnabled": {"TargetBucket": "logs"}},
        ("get_object_lock_configuration", name): None,
        ("get_bucket_lifecycle_configuration", name): None,
    }


def blocks(everything: bool) -> dict[str, Any]:
    flags = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return {"PublicAccessBlockConfiguration": dict.fromkeys(flags, everything)}


def buckets(*names: str, account: str = ID) -> FakeAccount:
    answers: dict[tuple[str, ...], Said] = {
        ("list_buckets", ""): {"Buckets": [{"Name": n, "BucketRegion": REGION} for n in names]},
        ("get_public_access_block", ""): None,
        ("get_resources", REGION): {"ResourceTagMappingList": []},
    }
    for name in names:
        answers |= bucket(name)
    return FakeAccount(answers, account)


def settings(account: str = ID, partition: str = "aws-cn") -> FakeAccount:
    policy = {
        "MinimumPasswordLength": 12,
        "RequireSymbols": True,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": True,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": True,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 5,
    }
    summary = {"Users": 2, "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}
    answers: dict[tuple[str, ...], Said] = {
        ("get_account_summary", ""): {"SummaryMap": summary},
        ("get_account_password_policy", ""): {"PasswordPolicy": policy},
        ("get_caller_identity", ""): {
            "Account": account,
            "Arn": f"arn:{partition}:sts::{account}:x/y",
        },
    }
    return FakeAccount(answers, account, partition=partition)


def line(user: str, **said: str) -> str:
    """One line of a credential report: a person with a second factor and no key."""
    recent = (NOW - timedelta(days=5)).isoformat()
    told = dict.fromkeys(HEADER.split(","), "N/A") | {
        "user": user,
        "arn": f"arn:aws-cn:iam::{ID}:user/{user}",
        "user_creation_time": recent,
        "password_enabled": "true",
        "password_last_used": recent,
        "password_last_changed": recent,
        "mfa_active": "true",
        "access_key_1_active": "false",
        "access_key_2_active": "false",
    }
    return ",".join((told | said).values())


def report(*lines: str) -> dict[str, Any]:
    return {"Content": "\n".join([HEADER, *lines]) + "\n", "GeneratedTime": NOW}


def users(*lines: str, account: str = ID) -> FakeAccount:
    answers: dict[tuple[str, ...], Said] = {
        ("generate_credential_report", ""): {"State": "COMPLETE"},
        ("get_credential_report", ""): report(*lines),
    }
    return FakeAccount(answers, account)


def person(name: str, **details: Any) -> dict[str, Any]:
    arn = f"arn:aws-cn:iam::{ID}:user/{name}"
    return {"UserName": name, "Arn": arn, "GroupList": [], **details}


def role(name: str, trust: Any, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    return {
        "RoleName": name,
        "Arn": f"arn:aws-cn:iam::{ID}:role/{name}",
        "AssumeRolePolicyDocument": {"Statement": [statement]},
    }


def keyed(user: str, **said: str) -> str:
    """A user with one key, in use."""
    recent = (NOW - timedelta(days=5)).isoformat()
    key = {
        "access_key_1_active": "true",
        "access_key_1_last_rotated": recent,
        "access_key_1_last_used_date": recent,
        "access_key_1_last_used_region": REGION,
        "access_key_1_last_used_service": "s3",
    }
    return line(user, **key | said)


def used_role(name: str, trust: Any = None, **details: Any) -> dict[str, Any]:
    """A role of a machine's, assumed a few days ago."""
    made = role(name, trust or {"Service": "ec2.amazonaws.com.cn"})
    used = {"LastUsedDate": NOW - timedelta(days=5), "Region": REGION}
    return made | {"CreateDate": NOW - timedelta(days=500), "RoleLastUsed": used} | details


def permissions(
    people: list[dict[str, Any]],
    roles: list[dict[str, Any]],
    groups: list[dict[str, Any]] | None = None,
    policies: list[dict[str, Any]] | None = None,
    account: str = ID,
) -> FakeAccount:
    listing = {
        "UserDetailList": people,
        "RoleDetailList": roles,
        "GroupDetailList": groups or [],
        "Policies": policies or [],
    }
    return FakeAccount({("get_account_authorization_details", ""): listing}, account)


def group(group_id: str, *rules: Mapping[str, Any], name: str = "web") -> dict[str, Any]:
    return {"GroupId": group_id, "GroupName": name, "VpcId": "vpc-1", "IpPermissions": list(rules)}


def groups(*listed: Mapping[str, Any], account: str = ID) -> FakeAccount:
    worn = [{"Groups": [{"GroupId": one["GroupId"]}]} for one in listed]
    return FakeAccount(
        {
            ("describe_security_groups", ""): {"SecurityGroups": list(listed)},
            ("describe_network_interfaces", ""): {"NetworkInterfaces": worn},
        },
        account,
    )


def trails(*names: str, account: str = ID, **details: Any) -> FakeAccount:
    listed = [
        {
            "TrailARN": name,
            "HomeRegion": REGION,
            "S3BucketName": f"{name}-bucket",
            "IsMultiRegionTrail": True,
            "IncludeGlobalServiceEvents": True,
            "LogFileValidationEnabled": True,
            "KmsKeyId": "key",
            **details,
        }
        for name in names
    ]
    answers: dict[tuple[str, ...], Said] = {("describe_trails", ""): {"trailList": listed}}
    for name in names:
        selector = {"ReadWriteType": "All", "IncludeManagementEvents": True}
        answers |= {
            ("get_trail_status", name): {"IsLogging": True},
            ("get_event_selectors", name): {"EventSelectors": [selector]},
            ("get_bucket_policy_status", name): {"PolicyStatus": {"IsPublic": False}},
        }
    return FakeAccount(answers, account)


EXAMPLES: dict[str, Callable[[], FakeAccount]] = {
    "aws/s3_buckets": lambda: buckets("a", "b"),
    "aws/iam_account": settings,
    "aws/iam_users": lambda: users(line("a"), line("b")),
    "aws/iam_access_keys": lambda: users(keyed("a"), keyed("b")),
    "aws/iam_roles": lambda: permissions([], [used_role("a"), used_role("b")]),
    "aws/iam_policies": lambda: permissions([person("a"), person("b")], []),
    "aws/security_groups": lambda: groups(group("a"), group("b")),
    "aws/cloudtrail_trails": lambda: trails("a", "b"),
}
"""By collector: two resources that pass whatever is expected of them."""
