"""Accounts with databases and clusters of databases; whatever is not said is done right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes.aws import FakeAccount
from fakes.aws_examples import NOW, arn
from fakes.aws_resources import answering


def database(name: str, **details: Any) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": arn("rds", f"db:{name}"),
        "Engine": "postgres",
        "EngineVersion": "16.4",
        "StorageEncrypted": True,
        "PubliclyAccessible": False,
        "AutoMinorVersionUpgrade": True,
        "BackupRetentionPeriod": 14,
        "MultiAZ": True,
        "DeletionProtection": True,
        "EnabledCloudwatchLogsExports": ["postgresql"],
        "DBParameterGroups": [
            {"DBParameterGroupName": f"{name}-group", "ParameterApplyStatus": "in-sync"}
        ],
        "TagList": [{"Key": "app", "Value": "billing"}],
        **details,
    }


def databases(
    *listed: Mapping[str, Any], parameters: Mapping[str, str | None] | None = None
) -> FakeAccount:
    account = answering(describe_db_instances={"DBInstances": list(listed)})
    said = {"rds.force_ssl": "1"} if parameters is None else parameters
    values = [
        {"ParameterName": name} | ({} if value is None else {"ParameterValue": value})
        for name, value in said.items()
    ]
    for one in listed:
        for group in one["DBParameterGroups"]:
            about = group["DBParameterGroupName"]
            account.answers["describe_db_parameters", about] = {"Parameters": values}
    return account


def database_cluster(name: str, **details: Any) -> dict[str, Any]:
    member = {
        "DBInstanceIdentifier": f"{name}-1",
        "IsClusterWriter": True,
        "DBClusterParameterGroupStatus": "in-sync",
    }
    return {
        "DBClusterIdentifier": name,
        "DBClusterArn": arn("rds", f"cluster:{name}"),
        "Engine": "aurora-postgresql",
        "EngineVersion": "16.4",
        "StorageEncrypted": True,
        "BackupRetentionPeriod": 14,
        "MultiAZ": True,
        "DeletionProtection": True,
        "EnabledCloudwatchLogsExports": ["postgresql"],
        "DBClusterParameterGroup": f"{name}-group",
        "DBClusterMembers": [member],
        "TagList": [{"Key": "app", "Value": "billing"}],
        **details,
    }


def database_clusters(*listed: Mapping[str, Any], forced: str | None = "1") -> FakeAccount:
    account = answering(describe_db_clusters={"DBClusters": list(listed)})
    value = {"ParameterName": "rds.force_ssl"}
    told = value if forced is None else value | {"ParameterValue": forced}
    for one in listed:
        about = one["DBClusterParameterGroup"]
        account.answers["describe_db_cluster_parameters", about] = {"Parameters": [told]}
    return account


def database_snapshots(
    databases: Mapping[str, list[str]], clusters: Mapping[str, list[str]]
) -> FakeAccount:
    """Encrypted manual snapshots, by name, with the accounts that each is shared with."""
    account = answering(
        describe_db_snapshots={
            "DBSnapshots": [
                {
                    "DBSnapshotIdentifier": name,
                    "DBSnapshotArn": arn("rds", f"snapshot:{name}"),
                    "DBInstanceIdentifier": "billing",
                    "SnapshotCreateTime": NOW,
                    "Encrypted": True,
                }
                for name in databases
            ]
        },
        describe_db_cluster_snapshots={
            "DBClusterSnapshots": [
                {
                    "DBClusterSnapshotIdentifier": name,
                    "DBClusterSnapshotArn": arn("rds", f"cluster-snapshot:{name}"),
                    "DBClusterIdentifier": "ledger",
                    "SnapshotCreateTime": NOW,
                    "StorageEncrypted": True,
                }
                for name in clusters
            ]
        },
    )
    for kind, shared in (("DBSnapshot", databases), ("DBClusterSnapshot", clusters)):
        call = "db_snapshot" if kind == "DBSnapshot" else "db_cluster_snapshot"
        for name, lent in shared.items():
            told = [{"AttributeName": "restore", "AttributeValues": lent}]
            account.answers[f"describe_{call}_attributes", name] = {
                f"{kind}AttributesResult": {f"{kind}Attributes": told}
            }
    return account
