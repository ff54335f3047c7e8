"""What the demo's server does not answer by itself: sharing of snapshots, and a region's blocks."""

from __future__ import annotations

import json
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
    _add_standards()
    _add_protected()
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


def _add_standards() -> None:
    """The hub remembers whether it was switched on with its default standards, and says which."""
    from moto.securityhub import urls
    from moto.securityhub.models import SecurityHubBackend
    from moto.securityhub.responses import SecurityHubResponse

    enable = SecurityHubBackend.enable_security_hub

    def enable_security_hub(
        self: Any, enable_default_standards: bool = True, tags: Any = None
    ) -> Any:
        self.standards = enable_default_standards
        return enable(self, enable_default_standards, tags)

    def get_enabled_standards(self: Any) -> str:
        one = {"StandardsArn": "best-practices", "StandardsStatus": "READY"}
        said = {"StandardsSubscriptionArn": "one", "StandardsInput": {}, **one}
        listed = [said] if self.securityhub_backend.standards else []
        return json.dumps({"StandardsSubscriptions": listed})

    SecurityHubBackend.enable_security_hub = enable_security_hub
    if not hasattr(SecurityHubResponse, "get_enabled_standards"):
        SecurityHubResponse.get_enabled_standards = get_enabled_standards
        urls.url_paths["{0}/standards/get$"] = SecurityHubResponse.dispatch


def _add_protected() -> None:
    """What a region's backup protects is what somebody laid down in the server's own memory."""
    from moto.backup import urls
    from moto.backup.responses import BackupResponse

    def list_protected_resources(self: Any) -> str:
        return json.dumps({"Results": getattr(self.backup_backend, "protected", [])})

    if not hasattr(BackupResponse, "list_protected_resources"):
        BackupResponse.list_protected_resources = list_protected_resources
        urls.url_paths["{0}/resources/$"] = BackupResponse.dispatch


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
