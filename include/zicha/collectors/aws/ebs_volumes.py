"""EBS volumes: whether each is encrypted, and since when what is on it has no copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.ec2_listings import own_snapshots
from zicha.collectors.aws.members import Wanted, filtered, kept, sought_in, tags_of
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Gap, Replies, Reply, Row, Unread, cell, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FIELDS = ("VolumeId", "Encrypted", "KmsKeyId", "State", "CreateTime", "Size", "Tags")


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """Two listings per region: the volumes, and the snapshots made of them."""
    for region, sought in sought_in(account, wanted, "volume_id"):
        only = filtered("volume-id", sought)
        volumes = account.client("ec2", region).ask("describe_volumes", expects="Volumes", **only)
        yield kept(volumes, "Volumes", FIELDS)
        yield own_snapshots(account, region, **only)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per volume."""
    copied = _last_copies(replies.about("", "describe_snapshots"))
    for listing in replies.to("describe_volumes"):
        account, region = listing.place
        for volume in listing.each("Volumes"):
            made = cell(volume, "CreateTime")
            last = copied(volume["VolumeId"])
            yield {
                "account": account,
                "region": region,
                "volume_id": volume["VolumeId"],
                "is_encrypted": cell(volume, "Encrypted"),
                "key_arn": cell(volume, "KmsKeyId", absent=None),
                "is_in_use": volume["State"] == "in-use",
                "made_at": made,
                "last_copied_at": last,
                "without_copy_since": derived(made, last) or max(filter(None, (made, last))),
                "tags": tags_of(volume),
            }


def _last_copies(said: Reply) -> Callable[[str], Any]:
    """When each volume was last copied; in a cut listing a later copy may be missing."""
    if isinstance(said, Gap):
        gap = Unread(said.reason, said.remedy, said.permission)
        return lambda _: gap
    last: dict[str, datetime] = {}
    try:
        for snapshot in said.each("Snapshots"):
            if snapshot["State"] == "completed" and (volume := snapshot.get("VolumeId")):
                last[volume] = max(snapshot["StartTime"], last.get(volume, snapshot["StartTime"]))
    except (KeyError, TypeError, MalformedAnswerError) as error:
        torn = Unread(Reason.MALFORMED, f"{said.call}: {type(error).__name__} {error}")
        return lambda _: torn
    if said.cut:
        rest = Unread(said.cut, said.remedy, said.permission)
        return lambda _: rest
    return last.get


COLLECTOR = Collector(
    id="aws/ebs_volumes",
    title=Text(zh="EBS 卷", en="EBS volumes"),
    max_age=timedelta(hours=26),
    permissions=("ec2:DescribeSnapshots", "ec2:DescribeVolumes"),
    lists="describe_volumes",
    places=("account", "region"),
    subject=("account", "volume_id"),
    subject_type="AWS::EC2::Volume",
    columns={
        "account": str,
        "region": str,
        "volume_id": str,
        "is_encrypted": bool,
        "key_arn": str,
        "is_in_use": bool,
        "made_at": datetime,
        "last_copied_at": datetime,
        "without_copy_since": datetime,
        "tags": str,
    },
    volatile=("last_copied_at", "without_copy_since"),
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
