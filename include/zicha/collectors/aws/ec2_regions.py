"""What a region does by default with disks, snapshots and images: encrypt them, keep them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, cell
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

BLOCKS = ("block-all-sharing", "block-new-sharing")
OPEN = "unblocked"


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """Three questions per region."""
    for region in account.regions:
        ec2 = account.client("ec2", region)
        yield ec2.ask("get_ebs_encryption_by_default", expects="EbsEncryptionByDefault")
        yield ec2.ask("get_snapshot_block_public_access_state", expects="State")
        yield ec2.ask("get_image_block_public_access_state", expects="ImageBlockPublicAccessState")


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per region; None where a region does not offer the block."""
    for said in replies.to("get_ebs_encryption_by_default"):
        account, region = said.place
        snapshots = replies.about("", "get_snapshot_block_public_access_state")
        images = replies.about("", "get_image_block_public_access_state")
        yield {
            "account": account,
            "region": region,
            "encrypts_new_disks": cell(said, "EbsEncryptionByDefault"),
            "blocks_public_snapshots": read(snapshots, lambda body: _blocks(body, "State")),
            "blocks_public_images": read(
                images, lambda body: _blocks(body, "ImageBlockPublicAccessState")
            ),
        }


def _blocks(body: Mapping[str, Any], key: str) -> bool:
    if body[key] not in (*BLOCKS, OPEN):
        raise ValueError(f"{key} is not a state that is known")
    return body[key] in BLOCKS


COLLECTOR = Collector(
    id="aws/ec2_regions",
    title=Text(zh="EC2 地域默认设置", en="EC2 settings of a region"),
    max_age=timedelta(hours=26),
    permissions=(
        "ec2:GetEbsEncryptionByDefault",
        "ec2:GetImageBlockPublicAccessState",
        "ec2:GetSnapshotBlockPublicAccessState",
    ),
    lists="get_ebs_encryption_by_default",
    places=("account", "region"),
    subject=("account", "region"),
    subject_type="AWS::EC2::Region",
    columns={
        "account": str,
        "region": str,
        "encrypts_new_disks": bool,
        "blocks_public_snapshots": bool,
        "blocks_public_images": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
