"""The account's own machine images: who may use them, whether they are encrypted, and how old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.ec2_listings import listed_instances, own_images
from zicha.collectors.aws.members import Wanted, filtered, found_in, sought_in, tags_of
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread, cell
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CALL = "describe_images"


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """Two listings per region: the images, and the instances that started from them."""
    for region, sought in sought_in(account, wanted, "image_id"):
        only = filtered("image-id", sought)
        yield own_images(account, region, **only)
        yield listed_instances(account, region, **only)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per image."""
    instances = replies.about("", "describe_instances")
    is_used = found_in(instances, "Instances", lambda one: (one["ImageId"],))
    for listing in replies.to(CALL):
        account, region = listing.place
        for image in listing.each("Images"):
            yield {
                "account": account,
                "region": region,
                "image_id": image["ImageId"],
                "name": cell(image, "Name", absent=None),
                "made_at": _made_at(cell(image, "CreationDate")),
                "is_public": cell(image, "Public"),
                "is_encrypted": _is_encrypted(image),
                "is_in_use": is_used(image["ImageId"]),
                "tags": tags_of(image),
            }


def _made_at(said: Any) -> Any:
    if not isinstance(said, str):
        return said
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return Unread(Reason.MALFORMED, "CreationDate is not a moment")


def _is_encrypted(image: Mapping[str, Any]) -> Any:
    """Whether every disk in it is; one without a disk of its own has nothing to encrypt."""
    disks = [disk["Ebs"] for disk in image["BlockDeviceMappings"] if "Ebs" in disk]
    found = [cell(disk, "Encrypted") for disk in disks]
    return False if False in found else next((one for one in found if one is not True), True)


COLLECTOR = Collector(
    id="aws/ec2_images",
    title=Text(zh="EC2 自制镜像", en="EC2 images of one's own"),
    max_age=timedelta(hours=26),
    permissions=("ec2:DescribeImages", "ec2:DescribeInstances"),
    lists=CALL,
    places=("account", "region"),
    subject=("account", "image_id"),
    subject_type="AWS::EC2::Image",
    columns={
        "account": str,
        "region": str,
        "image_id": str,
        "name": str,
        "made_at": datetime,
        "is_public": bool,
        "is_encrypted": bool,
        "is_in_use": bool,
        "tags": str,
    },
    volatile=("is_in_use",),
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
