"""RDS instances: encryption, backup, exposure, standby, updates, logs, and TLS that is demanded.

A member of a cluster shares its cluster's backup, standby, protection, logs and demand for TLS:
`rds_clusters` says them. Whether TLS is demanded stands in the parameter group, asked about once
for all that wear it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import Wanted, filtered, kept, sought_in
from zicha.collectors.aws.rds_parameters import DEMANDS_TLS, demands_tls, tags_listed, wanted
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, cell
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FIELDS = (
    "AutoMinorVersionUpgrade",
    "BackupRetentionPeriod",
    "DBClusterIdentifier",
    "DBInstanceArn",
    "DBInstanceIdentifier",
    "DBParameterGroups",
    "DeletionProtection",
    "EnabledCloudwatchLogsExports",
    "Engine",
    "EngineVersion",
    "MultiAZ",
    "PubliclyAccessible",
    "StorageEncrypted",
    "TagList",
)
CALL, ASK = "describe_db_instances", "describe_db_parameters"
LOGS = "EnabledCloudwatchLogsExports"


def fetch(account: AwsAccount, those: Wanted = ()) -> Iterator[Reply]:
    """A region's instances, and the parameter groups they wear."""
    from zicha.sources.aws import members

    for region, sought in sought_in(account, those, "database"):
        rds = account.client("rds", region)
        said = rds.ask(CALL, expects="DBInstances", **filtered("db-instance-id", sought))
        listing = kept(said, "DBInstances", FIELDS)
        yield listing
        worn = {
            group
            for one in members(listing, "DBInstances", "DBInstanceIdentifier")
            if _decides_on_tls(one) and (group := _group(one))
        }
        for group in sorted(worn):
            said = rds.ask(ASK, about=group, expects="Parameters", DBParameterGroupName=group)
            yield wanted(said)


def _decides_on_tls(one: Mapping[str, Any]) -> bool:
    return one.get("Engine") in DEMANDS_TLS and not one.get("DBClusterIdentifier")


def _group(one: Mapping[str, Any]) -> str:
    """The parameter group that is worn; none is asked about where the listing is torn."""
    groups = one.get("DBParameterGroups")
    first = groups[0] if isinstance(groups, list) and groups else None
    name = first.get("DBParameterGroupName") if isinstance(first, Mapping) else None
    return name if isinstance(name, str) else ""


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per instance; None for what its cluster decides."""
    for listing in replies.to(CALL):
        account, region = listing.place
        for one in listing.each("DBInstances"):
            in_cluster = bool(one.get("DBClusterIdentifier"))
            yield {
                "account": account,
                "region": region,
                "database": one["DBInstanceArn"],
                "name": one["DBInstanceIdentifier"],
                "engine": cell(one, "Engine"),
                "version": cell(one, "EngineVersion"),
                "belongs_to_cluster": in_cluster,
                "is_encrypted": cell(one, "StorageEncrypted"),
                "is_public": cell(one, "PubliclyAccessible"),
                "takes_minor_upgrades": cell(one, "AutoMinorVersionUpgrade"),
                "backup_days": None if in_cluster else cell(one, "BackupRetentionPeriod"),
                "has_standby": None if in_cluster else cell(one, "MultiAZ"),
                "is_protected": None if in_cluster else cell(one, "DeletionProtection"),
                # AWS leaves the list out where nothing is exported.
                "exports_logs": None if in_cluster else bool(one.get(LOGS)),
                # A member's own group does not hold the parameter: it would read as off.
                "demands_tls": None if in_cluster else _demands_tls(replies, one),
                "tags": tags_listed(one),
            }


def _demands_tls(replies: Replies, one: Mapping[str, Any]) -> Any:
    applied = [cell(group, "ParameterApplyStatus") for group in one.get("DBParameterGroups") or ()]
    return demands_tls(replies.about(_group(one), ASK), cell(one, "Engine"), applied)


COLLECTOR = Collector(
    id="aws/rds_instances",
    title=Text(zh="RDS 数据库实例", en="RDS database instances"),
    max_age=timedelta(hours=26),
    permissions=("rds:DescribeDBInstances", "rds:DescribeDBParameters"),
    lists=CALL,
    places=("account", "region"),
    subject=("account", "database"),
    subject_type="AWS::RDS::DBInstance",
    columns={
        "account": str,
        "region": str,
        "database": str,
        "name": str,
        "engine": str,
        "version": str,
        "belongs_to_cluster": bool,
        "is_encrypted": bool,
        "is_public": bool,
        "takes_minor_upgrades": bool,
        "backup_days": int,
        "has_standby": bool,
        "is_protected": bool,
        "exports_logs": bool,
        "demands_tls": bool,
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
