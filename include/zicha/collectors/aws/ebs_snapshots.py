"""EBS snapshots of the account: whether each is encrypted, and whether anyone may restore it.

Sharing with the public is asked once per region; with named accounts, which takes a call for each
of what may be many thousand snapshots, it is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.ec2_listings import own_snapshots
from zicha.collectors.aws.members import Wanted, filtered, found_in, kept, sought_in, tags_of
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, cell
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CALL = "describe_snapshots"
EVERYONE = "everyone"


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """Two listings per region: one's own, and which of them everyone may restore."""
    for region, sought in sought_in(account, wanted, "snapshot_id"):
        only = filtered("snapshot-id", sought)
        yield own_snapshots(account, region, **only)
        shared = account.client("ec2", region).ask(
            CALL,
            about=EVERYONE,
            expects="Snapshots",
            OwnerIds=[account.id],
            RestorableByUserIds=["all"],
            **only,
        )
        yield kept(shared, "Snapshots", ("SnapshotId",))


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
                "tags": tags_of(snapshot),
            }


def _id_of(snapshot: Mapping[str, Any]) -> tuple[str, ...]:
    return (snapshot["SnapshotId"],)


COLLECTOR = Collector(
    id="aws/ebs_snapshots",
    title=Text(zh="EBS 快照", en="EBS snapshots"),
    max_age=timedelta(hours=26),
    permissions=("ec2:DescribeSnapshots",),
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
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
