"""An account of known size and known faults, built over HTTP, with the truth about it.

The truth is written here, resource by resource, from what was seeded and in words of its own. It
knows the suites by the ids of their expectations only, and never their code or columns.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from demo import aws_resources_seeds as resources
from demo.aws_account_builder import Builder

from long.held_truth import FAIL, PASS, Truth, given

ACCOUNT = "121212343434"
REGION, BARRED = "cn-north-1", "cn-northwest-1"
WORLD, WORLD_6 = "0.0.0.0/0", "::/0"
SEED = 20261122


@dataclass(frozen=True)
class Size:
    """How many of each."""

    buckets: int
    groups: int
    users: int
    keys: int
    instances: int
    databases: int


FULL = Size(200, 100, 60, 30, 20, 8)
SHORT = Size(20, 10, 6, 3, 2, 1)


def build(builder: Builder, size: Size) -> Truth:
    """Build all of it; the truth about what was built."""
    truth, draw = Truth(), random.Random(SEED)
    _ground(builder, truth)
    for seed in (_buckets, _groups, _users, _instances, _databases):
        seed(builder, size, draw, truth)
    builder.trail("all", "held-000")
    resources._organisation(builder, bounding=True)
    _keys(builder)
    return truth


def _keys(builder: Builder) -> None:
    kms = builder.client("kms")
    kms.enable_key_rotation(KeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    resources._provider_manages_its_keys(builder)


def _cycle(draw: random.Random, kinds: Sequence[Any], count: int) -> Iterator[Any]:
    """Every kind at least once where there is room, in an order that the seed decides."""
    laid = [kinds[n % len(kinds)] for n in range(count)]
    draw.shuffle(laid)
    return iter(laid)


def _ground(builder: Builder, truth: Truth) -> None:
    """What the rest stands on, all of it done right."""
    builder.password_policy()
    builder.policy("work", "s3:GetObject")
    builder.group("people", "work")
    builder.role("machine", {"Service": "ec2.amazonaws.com"}, "s3:PutObject")
    # It keeps the logs of all others, for good: no rule deletes anything.
    builder.bucket("held-000", keeps_logs=True, locked=True)
    builder.network("held-000")
    resources.tidy(builder)
    resources._profile(builder, "machine")
    rules = ("passwords-are-long", "passwords-mix-characters", "passwords-expire")
    rules += ("passwords-do-not-return",)
    root = ("root-has-second-factor", "root-has-no-access-keys")  # none in this partition
    truth.tell("aws/iam_account", ACCOUNT, given(rules + root, (), not_asked=root))


BUCKET = (
    *("buckets-are-not-exposed", "public-access-is-blocked", "objects-are-encrypted"),
    *("plain-http-is-refused", "earlier-versions-are-kept", "access-is-logged"),
    *("log-buckets-are-locked", "logs-are-kept-six-months", "data-stays-in-china"),
)
OF_LOGS = ("log-buckets-are-locked", "logs-are-kept-six-months")
# How a bucket is made, and what is wrong with it then.
BUCKETS: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    ({}, ()),
    ({"blocked": False}, ("public-access-is-blocked",)),
    (
        {"blocked": False, "public_policy": True},
        ("public-access-is-blocked", "buckets-are-not-exposed"),
    ),
    (
        {"blocked": False, "public_list": True},
        ("public-access-is-blocked", "buckets-are-not-exposed"),
    ),
    # A grant to everyone that the blocks hold back: imprudent, and closed.
    ({"public_policy": True}, ()),
    ({"encrypted": False}, ("objects-are-encrypted",)),
    ({"versions": False}, ("earlier-versions-are-kept",)),
    ({"tls_only": False}, ("plain-http-is-refused",)),
    ({"logs_to": ""}, ("access-is-logged",)),
    ({"keeps_logs": True, "locked": True, "expires_after_days": 400}, ()),
    ({"keeps_logs": True, "locked": True, "expires_after_days": 183}, ()),
    (
        {"keeps_logs": True, "locked": True, "expires_after_days": 90},
        ("logs-are-kept-six-months",),
    ),
    ({"keeps_logs": True, "expires_after_days": 400}, ("log-buckets-are-locked",)),
    (
        {"encrypted": False, "versions": False, "tls_only": False, "logs_to": ""},
        (
            *("objects-are-encrypted", "earlier-versions-are-kept"),
            *("plain-http-is-refused", "access-is-logged"),
        ),
    ),
)


def _buckets(builder: Builder, size: Size, draw: random.Random, truth: Truth) -> None:
    not_asked = ("access-is-logged", "logs-are-kept-six-months")
    truth.tell("aws/s3_buckets", "held-000", given(BUCKET, (), not_asked=not_asked))
    kinds = _cycle(draw, BUCKETS, size.buckets - 1)
    for number, (made, wrong) in enumerate(kinds, 1):
        name = f"held-{number:03d}"
        keeps = made.get("keeps_logs", False)
        builder.bucket(name, **({} if keeps else {"logs_to": "held-000"}) | made)
        truth.made[name] = made
        not_asked = ("access-is-logged",) if keeps else OF_LOGS
        truth.tell("aws/s3_buckets", name, given(BUCKET, wrong, not_asked=not_asked))


GROUP = (
    *("remote-administration-is-closed", "databases-are-closed", "not-every-port-is-open"),
    *("only-web-is-open", "default-group-lets-nothing-in", "unused-groups-are-removed"),
)
ADMIN, DATA, ALL, MORE = GROUP[:4]
GROUPS: tuple[tuple[tuple[tuple[str, int, int, str], ...], tuple[str, ...]], ...] = (
    ((("tcp", 443, 443, WORLD), ("tcp", 443, 443, WORLD_6)), ()),
    ((("tcp", 8080, 8080, "10.20.0.0/16"),), ()),
    ((("tcp", 22, 22, "203.0.113.8/29"),), ()),
    ((("icmp", 8, -1, WORLD),), ()),
    ((("tcp", 22, 22, WORLD),), (ADMIN, MORE)),
    ((("tcp", 3389, 3389, WORLD_6),), (ADMIN, MORE)),
    ((("tcp", 20, 25, WORLD),), (ADMIN, MORE)),
    ((("tcp", 3306, 3306, WORLD),), (DATA, MORE)),
    ((("tcp", 5432, 5432, WORLD_6),), (DATA, MORE)),
    ((("tcp", 8443, 8443, WORLD),), (MORE,)),
    ((("-1", -1, -1, WORLD),), (ADMIN, DATA, ALL, MORE)),
    ((("tcp", 0, 65535, WORLD),), (ADMIN, DATA, ALL, MORE)),
)


def _groups(builder: Builder, size: Size, draw: random.Random, truth: Truth) -> None:
    ec2 = builder.client("ec2")
    for number, (rules, wrong) in enumerate(_cycle(draw, GROUPS, size.groups)):
        name = f"group-{number:03d}"
        is_worn = number % 5 != 4
        builder.security_group(name, *rules, worn=is_worn)
        failing = wrong if is_worn else (*wrong, "unused-groups-are-removed")
        verdicts = given(GROUP, failing, not_asked=("default-group-lets-nothing-in",))
        truth.tell("aws/security_groups", builder.groups[name], verdicts)
    # Each of the two networks brings a group of its own, which lets nothing in.
    found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])
    for group in found["SecurityGroups"]:
        verdicts = given(GROUP, (), not_asked=("unused-groups-are-removed",))
        truth.tell("aws/security_groups", group["GroupId"], verdicts)


USER = (
    *("console-users-have-second-factor", "access-keys-are-rotated", "passwords-are-rotated"),
    *("idle-passwords-are-removed", "idle-keys-are-removed", "people-do-not-hold-keys"),
    "one-key-a-user",
)
OF_CONSOLE = (USER[0], USER[2], USER[3])
OF_KEYS = (USER[1], USER[4])
PEOPLE: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    ({}, ()),
    ({"second_factor": False}, ("console-users-have-second-factor",)),
    ({"made_days_ago": 200}, ("passwords-are-rotated",)),
    (
        {"made_days_ago": 400, "seen_days_ago": 300},
        ("passwords-are-rotated", "idle-passwords-are-removed"),
    ),
)
KEY = ("new-keys-are-put-to-use", "disabled-keys-are-deleted")
# How a holder of keys is made, what is wrong with it, and with each of its keys.
PROGRAMS: tuple[tuple[dict[str, Any], tuple[str, ...], tuple[tuple[str, ...], ...]], ...] = (
    ({"keys_days_old": [20]}, (), ((),)),
    ({"keys_days_old": [400]}, ("access-keys-are-rotated",), ((),)),
    (
        {"keys_days_old": [300], "keys_used_days_ago": None},
        ("access-keys-are-rotated", "idle-keys-are-removed"),
        (("new-keys-are-put-to-use",),),
    ),
    ({"keys_days_old": [3], "keys_used_days_ago": None}, (), ((),)),
    ({"keys_days_old": [20], "console": True}, ("people-do-not-hold-keys",), ((),)),
    ({"keys_days_old": [40, 10]}, ("one-key-a-user",), ((), ())),
)


def _users(builder: Builder, size: Size, draw: random.Random, truth: Truth) -> None:
    keys_left, number = size.keys, 0
    programs = _cycle(draw, PROGRAMS, size.keys)
    while keys_left:
        made, wrong, of_keys = next(programs)
        if len(of_keys) > keys_left:
            made, wrong, of_keys = PROGRAMS[0]
        name = f"program-{number:03d}"
        builder.user(name, group="people", **made)
        not_asked = () if made.get("console") else OF_CONSOLE
        truth.tell("aws/iam_users", name, given(USER, wrong, not_asked=not_asked))
        waits = made.get("keys_used_days_ago", 1) is None
        for key, failing in enumerate(of_keys, 1):
            skipped = () if waits else ("new-keys-are-put-to-use",)
            truth.tell(
                "aws/iam_access_keys", f"{name}#{key}", given(KEY, failing, not_asked=skipped)
            )
        keys_left, number = keys_left - len(of_keys), number + 1
    for more, (made, wrong) in enumerate(_cycle(draw, PEOPLE, size.users - number)):
        name = f"person-{more:03d}"
        builder.user(name, group="people", console=True, **made)
        truth.tell("aws/iam_users", name, given(USER, wrong, not_asked=OF_KEYS))


MACHINE = (
    *("metadata-needs-a-token", "instances-have-no-public-address"),
    *("instances-wear-groups-of-their-own", "instances-run-images-of-our-own"),
    *("instances-hold-a-role", "instances-are-renewed"),
)
SNAPSHOT = ("snapshots-are-encrypted", "snapshots-are-not-lent", "snapshots-are-not-public")
DISK = ("volumes-are-encrypted", "volumes-are-copied")
# What is wrong with the machine, and with its disk.
MACHINES: tuple[tuple[str, ...], ...] = (
    (),
    ("metadata-needs-a-token",),
    ("instances-have-no-public-address",),
    ("instances-wear-groups-of-their-own", "volumes-are-copied"),
    ("instances-run-images-of-our-own",),
    ("instances-hold-a-role", "volumes-are-encrypted"),
    ("instances-are-renewed",),
)


def _instances(builder: Builder, size: Size, draw: random.Random, truth: Truth) -> None:
    image = resources._image(builder, "base", encrypted=True, days_old=30)
    for found in builder.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]:
        truth.tell("aws/ebs_snapshots", found["SnapshotId"], given(SNAPSHOT, ()))
    kept = resources._kept_by_server(builder)
    worn = next(id_ for name, id_ in builder.groups.items() if name.startswith("group-"))
    for number, wrong in enumerate(_cycle(draw, MACHINES, size.instances)):
        made = _start(builder, image, worn, set(wrong), f"machine-{number:03d}")
        machine = kept.get_instance(made["InstanceId"])
        old = "instances-are-renewed" in wrong
        machine.launch_time = builder.now - timedelta(days=900 if old else 20)
        machine.placement.zone = f"{builder.region}{'ab'[number % 2]}"
        (disk,) = builder.client("ec2").describe_volumes(
            Filters=[{"Name": "attachment.instance-id", "Values": [made["InstanceId"]]}]
        )["Volumes"]
        if "volumes-are-copied" in wrong:
            kept.volumes[disk["VolumeId"]].create_time = builder.now - timedelta(days=90)
        else:
            copy = builder.client("ec2").create_snapshot(VolumeId=disk["VolumeId"])
            # A copy is as its disk is, and nobody hands it out.
            wrong_copy = [SNAPSHOT[0]] if "volumes-are-encrypted" in wrong else []
            truth.tell("aws/ebs_snapshots", copy["SnapshotId"], given(SNAPSHOT, wrong_copy))
        mine = [name for name in wrong if name in MACHINE]
        truth.tell("aws/ec2_instances", made["InstanceId"], given(MACHINE, mine))
        mine = [name for name in wrong if name in DISK]
        truth.tell("aws/ebs_volumes", disk["VolumeId"], given(DISK, mine))
    zones = {"machines-stand-in-two-zones": PASS if size.instances > 1 else FAIL}
    truth.tell("aws/ec2_instances", REGION, zones)


def _start(builder: Builder, image: str, worn: str, wrong: set[str], name: str) -> dict[str, Any]:
    group = builder.groups["default"] if "instances-wear-groups-of-their-own" in wrong else worn
    profile = {} if "instances-hold-a-role" in wrong else {"IamInstanceProfile": {"Name": "app"}}
    foreign = "instances-run-images-of-our-own" in wrong
    (made,) = builder.client("ec2").run_instances(
        ImageId="ami-03cf127a" if foreign else image,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=resources._tags("instance", name),
        MetadataOptions={
            "HttpTokens": "optional" if "metadata-needs-a-token" in wrong else "required"
        },
        BlockDeviceMappings=[
            {
                "DeviceName": "/dev/sda1",
                "Ebs": {"Encrypted": "volumes-are-encrypted" not in wrong, "VolumeSize": 8},
            }
        ],
        NetworkInterfaces=[
            {
                "DeviceIndex": 0,
                "SubnetId": builder.subnet,
                "Groups": [group],
                "AssociatePublicIpAddress": "instances-have-no-public-address" in wrong,
            }
        ],
        **profile,
    )["Instances"]
    return dict(made)


DATABASE = (
    *("databases-are-encrypted", "databases-are-not-public", "databases-are-backed-up"),
    *("databases-have-a-standby", "databases-demand-tls", "minor-updates-are-taken"),
    *("database-logs-are-gathered", "databases-cannot-be-deleted-by-a-slip"),
)
# How a database is made, and what is wrong with it then.
DATABASES: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    ({}, ()),
    ({"StorageEncrypted": False}, DATABASE[0:1]),
    ({"PubliclyAccessible": True}, DATABASE[1:2]),
    ({"BackupRetentionPeriod": 1}, DATABASE[2:3]),
    ({"MultiAZ": False}, DATABASE[3:4]),
    ({"DBParameterGroupName": "lax"}, DATABASE[4:5]),
    ({"AutoMinorVersionUpgrade": False, "DeletionProtection": False}, (DATABASE[5], DATABASE[7])),
    ({"EnableCloudwatchLogsExports": []}, DATABASE[6:7]),
)


def _databases(builder: Builder, size: Size, draw: random.Random, truth: Truth) -> None:
    rds = builder.client("rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName="inside", DBSubnetGroupDescription="inside", SubnetIds=[builder.subnet]
    )
    for name, forced in (("strict", "1"), ("lax", "0")):
        rds.create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily="postgres16", Description=name
        )
        rds.modify_db_parameter_group(
            DBParameterGroupName=name,
            Parameters=[
                {
                    "ParameterName": "rds.force_ssl",
                    "ParameterValue": forced,
                    "ApplyMethod": "immediate",
                }
            ],
        )
    for number, (made, wrong) in enumerate(_cycle(draw, DATABASES, size.databases)):
        right: dict[str, Any] = {
            "StorageEncrypted": True,
            "PubliclyAccessible": False,
            "BackupRetentionPeriod": 14,
            "MultiAZ": True,
            "DBParameterGroupName": "strict",
            "AutoMinorVersionUpgrade": True,
            "DeletionProtection": True,
            "EnableCloudwatchLogsExports": ["postgresql"],
        }
        name = f"database-{number:02d}"
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="demo",
            MasterUserPassword="Demo-only-0000",
            DBSubnetGroupName="inside",
            VpcSecurityGroupIds=[builder.groups["default"]],
            **right | made,
        )
        truth.tell("aws/rds_instances", builder.arn("rds", f"db:{name}"), given(DATABASE, wrong))
