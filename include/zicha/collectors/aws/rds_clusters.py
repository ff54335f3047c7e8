"""RDS and Aurora clusters: encryption, backup, standby, protection, logs, and TLS that is demanded.

What a cluster decides for all its members is said here, once. Amazon DocumentDB and Neptune answer
under the same call and are held to the same.
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
    "BackupRetentionPeriod",
    "DBClusterArn",
    "DBClusterIdentifier",
    "DBClusterMembers",
    "DBClusterParameterGroup",
    "DeletionProtection",
    "EnabledCloudwatchLogsExports",
    "Engine",
    "EngineVersion",
    "MultiAZ",
    "PubliclyAccessible",
    "StorageEncrypted",
    "TagList",
)
CALL, ASK = "describe_db_clusters", "describe_db_cluster_parameters"
GROUP, LOGS = "DBClusterParameterGroup", "EnabledCloudwatchLogsExports"


def fetch(account: AwsAccount, those: Wanted = ()) -> Iterator[Reply]:
    """A region's clusters, and the parameter groups they wear."""
    from zicha.sources.aws import members

    for region, sought in sought_in(account, those, "cluster"):
        rds = account.client("rds", region)
        said = rds.ask(CALL, expects="DBClusters", **filtered("db-cluster-id", sought))
        listing = kept(said, "DBClusters", FIELDS)
        yield listing
        worn = {
            group
            for one in members(listing, "DBClusters", "DBClusterIdentifier")
            if one.get("Engine") in DEMANDS_TLS and isinstance(group := one.get(GROUP), str)
        }
        for group in sorted(worn):
            said = rds.ask(
                ASK, about=group, expects="Parameters", DBClusterParameterGroupName=group
            )
            yield wanted(said)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per cluster."""
    for listing in replies.to(CALL):
        account, region = listing.place
        for one in listing.each("DBClusters"):
            yield {
                "account": account,
                "region": region,
                "cluster": one["DBClusterArn"],
                "name": one["DBClusterIdentifier"],
                "engine": cell(one, "Engine"),
                "version": cell(one, "EngineVersion"),
                "is_encrypted": cell(one, "StorageEncrypted"),
                # Only clusters that are not Aurora's say it; of Aurora's, each member does.
                "is_public": cell(one, "PubliclyAccessible", absent=None),
                "backup_days": cell(one, "BackupRetentionPeriod"),
                "has_standby": cell(one, "MultiAZ"),
                "is_protected": cell(one, "DeletionProtection"),
                # AWS leaves the list out where nothing is exported.
                "exports_logs": bool(one.get(LOGS)),
                "demands_tls": _demands_tls(replies, one),
                "tags": tags_listed(one),
            }


def _demands_tls(replies: Replies, one: Mapping[str, Any]) -> Any:
    members = one.get("DBClusterMembers") or ()
    applied = [cell(member, "DBClusterParameterGroupStatus") for member in members]
    said = replies.about(str(one.get(GROUP)), ASK)
    return demands_tls(said, cell(one, "Engine"), applied)


COLLECTOR = Collector(
    id="aws/rds_clusters",
    title=Text(zh="RDS 与 Aurora 数据库集群", en="RDS and Aurora database clusters"),
    max_age=timedelta(hours=26),
    permissions=("rds:DescribeDBClusterParameters", "rds:DescribeDBClusters"),
    lists=CALL,
    places=("account", "region"),
    subject=("account", "cluster"),
    subject_type="AWS::RDS::DBCluster",
    columns={
        "account": str,
        "region": str,
        "cluster": str,
        "name": str,
        "engine": str,
        "version": str,
        "is_encrypted": bool,
        "is_public": bool,
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
