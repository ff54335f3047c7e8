"""The account's own machine images: who may use them, whether they are encrypted, and how old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.ec2_listings import listed_instances, own_images
from zicha.collectors.aws.members import (
    Wanted,
    filtered,
    found_in,
    kept,
    names_another,
    sought_in,
    tags_of,
)
from zicha.collectors.moments import moment
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, cell
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CALL, SHARES = "describe_images", "describe_image_attribute"
PERMISSIONS = "LaunchPermissions"
OTHERS = ("UserId", "OrganizationArn", "OrganizationalUnitArn")


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """A region's images, the instances that started from them, and who else may use each image."""
    from zicha.sources.aws import members

    for region, sought in sought_in(account, wanted, "image_id"):
        only = filtered("image-id", sought)
        listing = own_images(account, region, **only)
        yield listing
        yield listed_instances(account, region, **only)
        ec2 = account.client("ec2", region)
        for one in members(listing, "Images", "ImageId"):
            said = ec2.ask(
                SHARES,
                about=one["ImageId"],
                expects=PERMISSIONS,
                ImageId=one["ImageId"],
                Attribute="launchPermission",
            )
            yield kept(said, PERMISSIONS, ("Group", *OTHERS))


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
                "made_at": moment(cell(image, "CreationDate")),
                "is_public": cell(image, "Public"),
                "is_lent": names_another(
                    replies.about(image["ImageId"], SHARES),
                    PERMISSIONS,
                    dict.fromkeys(OTHERS) | {"UserId": account},
                ),
                "is_encrypted": _is_encrypted(image),
                "is_in_use": is_used(image["ImageId"]),
                "tags": tags_of(image),
            }


def _is_encrypted(image: Mapping[str, Any]) -> Any:
    """Whether every disk in it is; one without a disk of its own has nothing to encrypt."""
    disks = [disk["Ebs"] for disk in image["BlockDeviceMappings"] if "Ebs" in disk]
    found = [cell(disk, "Encrypted") for disk in disks]
    return False if False in found else next((one for one in found if one is not True), True)


COLLECTOR = Collector(
    id="aws/ec2_images",
    title=Text(zh="EC2 自制镜像", en="EC2 images of one's own"),
    max_age=timedelta(hours=26),
    permissions=("ec2:DescribeImageAttribute", "ec2:DescribeImages", "ec2:DescribeInstances"),
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
        "is_lent": bool,
        "is_encrypted": bool,
        "is_in_use": bool,
        "tags": str,
    },
    volatile=("is_in_use",),
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
