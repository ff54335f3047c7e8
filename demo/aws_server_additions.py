"""What the demo's server does not answer by itself: sharing of snapshots, and a region's blocks."""

from __future__ import annotations

from typing import Any

OPEN = "unblocked"


def add_to_server() -> None:
    """Teach the server, once; where a newer one knows a call by itself, its own word stands."""
    from moto.core.responses import ActionResult
    from moto.ec2.models.amis import Ami
    from moto.ec2.responses import EC2Response
    from moto.ec2.responses.elastic_block_store import ElasticBlockStore

    if hasattr(Ami, "disks_before"):
        return
    Ami.disks_before = Ami.block_device_mappings
    Ami.block_device_mappings = property(_disks)
    listed = ElasticBlockStore.describe_snapshots

    def describe_snapshots(self: Any) -> Any:
        said = listed(self)
        if self._get_param("RestorableByUserIds", []):
            said.result["Snapshots"] = [
                one
                for one in said.result["Snapshots"]
                if "all" in one.create_volume_permission_groups
            ]
        return said

    EC2Response.describe_snapshots = describe_snapshots
    _tell_regions_of_buckets()
    for what, answer in (("snapshot", "State"), ("image", "ImageBlockPublicAccessState")):
        _add_block(EC2Response, ActionResult, what, answer)


def _tell_regions_of_buckets() -> None:
    """A paged listing of buckets names the region of each, as the real one does."""
    from moto.core.responses import ActionResult
    from moto.s3.responses import S3Response

    listed = S3Response.all_buckets

    def all_buckets(self: Any) -> Any:
        serialized = self.serialized

        def with_regions(said: Any) -> Any:
            for one in said.result["Buckets"] if self._get_param("max-buckets") else ():
                one["BucketRegion"] = self.backend.buckets[one["Name"]].region_name
            return serialized(ActionResult(said.result))

        self.serialized = with_regions
        try:
            return listed(self)
        finally:
            del self.serialized

    S3Response.all_buckets = all_buckets


def _disks(image: Any) -> list[dict[str, Any]]:
    disks: list[dict[str, Any]] = type(image).disks_before.fget(image)
    for disk in disks:
        disk["Ebs"]["Encrypted"] = image.ebs_snapshot.encrypted
    return disks


def _add_block(response: Any, result: Any, what: str, answer: str) -> None:
    asked = "State" if what == "snapshot" else "ImageBlockPublicAccessState"
    kept = f"{what}_block"

    def enable(self: Any) -> Any:
        setattr(self.ec2_backend, kept, self._get_param(asked))
        return result({answer: self._get_param(asked)})

    def get(self: Any) -> Any:
        return result({answer: getattr(self.ec2_backend, kept, OPEN)})

    for name, does in (
        (f"enable_{what}_block_public_access", enable),
        (f"get_{what}_block_public_access_state", get),
    ):
        if not hasattr(response, name):
            setattr(response, name, does)
