"""EBS snapshots of the account: whether each is encrypted, and who else may restore it.

Sharing with the public is asked once per region, sharing with named accounts once per snapshot:
AWS has no listing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.ec2_listings import own_snapshots
from zicha.collectors.aws.members import (
    Wanted,
    filtered,
    found_in,
    kept,
    names_another,
    sought_in,
    tags_of,
)
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, cell
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CALL, SHARES = "describe_snapshots", "describe_snapshot_attribute"
EVERYONE = "everyone"
PERMISSIONS = "CreateVolumePermissions"


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """A region's own snapshots, which of them everyone may restore, and of each who else may."""
    from zicha.sources.aws import members

    for region, sought in sought_in(account, wanted, "snapshot_id"):
        only = filtered("snapshot-id", sought)
        ec2 = account.client("ec2", region)
        listing = own_snapshots(account, region, **only)
        yield listing
        shared = ec2.ask(
            CALL,
            about=EVERYONE,
            expects="Snapshots",
            OwnerIds=[account.id],
            RestorableByUserIds=["all"],
            **only,
        )
        yield kept(shared, "Snapshots", ("SnapshotId",))
        for one in members(listing, "Snapshots", "SnapshotId"):
            said = ec2.ask(
                SHARES,
                about=one["SnapshotId"],
                expects=PERMISSIONS,
                SnapshotId=one["SnapshotId"],
                Attribute="createVolumePermission",
            )
            yield kept(said, PERMISSIONS, ("UserId", "Group"))


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per snapshot."""
    is_public = found_in(replies.about(EVERYONE, CALL), "Snapshots", _id_of)
    for listing in replies.to(CALL):
        account, region = listing.place
        for snapshot in () if listing.about else listing.each("Snapshots"):
            yield {
                "account": account,
                "region": region,
                "snapshot_id": snapshot["SnapshotId"],
                "volume_id": cell(snapshot, "VolumeId", absent=None),
                "made_at": cell(snapshot, "StartTime"),
                "is_encrypted": cell(snapshot, "Encrypted"),
                "is_public": is_public(snapshot["SnapshotId"]),
                "is_lent": names_another(
                    replies.about(snapshot["SnapshotId"], SHARES), PERMISSIONS, {"UserId": account}
                ),
                "tags": tags_of(snapshot),
            }


def _id_of(snapshot: Mapping[str, Any]) -> tuple[str, ...]:
    return (snapshot["SnapshotId"],)


COLLECTOR = Collector(
    id="aws/ebs_snapshots",
    title=Text(zh="EBS 快照", en="EBS snapshots"),
    max_age=timedelta(hours=26),
    permissions=("ec2:DescribeSnapshotAttribute", "ec2:DescribeSnapshots"),
    lists=CALL,
    places=("account", "region"),
    subject=("account", "snapshot_id"),
    subject_type="AWS::EC2::Snapshot",
    columns={
        "account": str,
        "region": str,
        "snapshot_id": str,
        "volume_id": str,
        "made_at": datetime,
        "is_encrypted": bool,
        "is_public": bool,
        "is_lent": bool,
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
