"""Manual snapshots of RDS databases and clusters: encryption, and who else may restore them.

Automated ones cannot be shared, and are as encrypted as the database they are taken of. Sharing is
asked once per snapshot: AWS has no listing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from zicha.collectors.aws.members import kept
from zicha.collectors.aws.rds_parameters import tags_listed
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, cell, derived
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount


class _Kind(NamedTuple):
    """How AWS words one kind of snapshot: its calls, and the keys of their answers."""

    listing: str
    listed: str
    name: str
    arn: str
    of: str
    encrypted: str
    sharing: str
    shared: tuple[str, str]


OF_DATABASES = _Kind(
    "describe_db_snapshots",
    "DBSnapshots",
    "DBSnapshotIdentifier",
    "DBSnapshotArn",
    "DBInstanceIdentifier",
    "Encrypted",
    "describe_db_snapshot_attributes",
    ("DBSnapshotAttributesResult", "DBSnapshotAttributes"),
)
OF_CLUSTERS = _Kind(
    "describe_db_cluster_snapshots",
    "DBClusterSnapshots",
    "DBClusterSnapshotIdentifier",
    "DBClusterSnapshotArn",
    "DBClusterIdentifier",
    "StorageEncrypted",
    "describe_db_cluster_snapshot_attributes",
    ("DBClusterSnapshotAttributesResult", "DBClusterSnapshotAttributes"),
)
KINDS = (OF_DATABASES, OF_CLUSTERS)
MORE = ("SnapshotCreateTime", "TagList")
EVERYONE = "all"


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """A region's manual snapshots of both kinds, and with whom each is shared."""
    from zicha.sources.aws import members

    for region in account.regions:
        rds = account.client("rds", region)
        for kind in KINDS:
            said = rds.ask(kind.listing, expects=kind.listed, SnapshotType="manual")
            fields = (kind.name, kind.arn, kind.of, kind.encrypted, *MORE)
            listing = kept(said, kind.listed, fields)
            yield listing
            for one in members(listing, kind.listed, kind.name):
                named: dict[str, Any] = {kind.name: one[kind.name]}
                about: str = one[kind.name]
                yield rds.ask(kind.sharing, about=about, expects=kind.shared[0], **named)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per snapshot."""
    for kind in KINDS:
        for listing in replies.to(kind.listing):
            account, region = listing.place
            for one in listing.each(kind.listed):
                said = replies.about(one[kind.name], kind.sharing)
                lent = read(said, partial(_restorers, kind))
                yield {
                    "account": account,
                    "region": region,
                    "snapshot": one[kind.arn],
                    "name": one[kind.name],
                    "database": cell(one, kind.of),
                    "made_at": cell(one, "SnapshotCreateTime"),
                    "is_encrypted": cell(one, kind.encrypted),
                    "is_public": derived(lent) or EVERYONE in lent,
                    "is_lent": derived(lent) or bool({*lent} - {EVERYONE, account}),
                    "tags": tags_listed(one),
                }


def _restorers(kind: _Kind, body: Mapping[str, Any]) -> list[str]:
    """The accounts that may restore it; without a word of them nothing is known."""
    result, listed = kind.shared
    (lent,) = [
        one["AttributeValues"] for one in body[result][listed] if one["AttributeName"] == "restore"
    ]
    if not isinstance(lent, list) or not all(isinstance(one, str) for one in lent):
        raise TypeError("with whom it is shared cannot be read")
    return lent


COLLECTOR = Collector(
    id="aws/rds_snapshots",
    title=Text(zh="RDS 手动快照", en="Manual RDS snapshots"),
    max_age=timedelta(hours=26),
    permissions=(
        "rds:DescribeDBClusterSnapshotAttributes",
        "rds:DescribeDBClusterSnapshots",
        "rds:DescribeDBSnapshotAttributes",
        "rds:DescribeDBSnapshots",
    ),
    lists=OF_DATABASES.listing,
    lists_too=(OF_CLUSTERS.listing,),
    places=("account", "region"),
    subject=("account", "snapshot"),
    subject_type="AWS::RDS::DBSnapshot",
    columns={
        "account": str,
        "region": str,
        "snapshot": str,
        "name": str,
        "database": str,
        "made_at": datetime,
        "is_encrypted": bool,
        "is_public": bool,
        "is_lent": bool,
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
)
