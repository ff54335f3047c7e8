"""What the demo's server does not answer by itself: sharing of snapshots, and a region's blocks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
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
    _date_reports(ActionResult)
    _tell_last_use(ActionResult)
    _add_standards()
    _add_protected()
    _add_guarded()
    _add_machines(ActionResult)
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


def _date_reports(result: Any) -> None:
    """A credential report is made when it is asked for, not at a moment of the server's own."""
    from moto.iam.responses import IamResponse

    def get_credential_report(self: Any) -> Any:
        made = datetime.now(UTC).replace(microsecond=0)
        content = self.backend.get_credential_report()
        return result({"Content": content, "ReportFormat": "text/csv", "GeneratedTime": made})

    IamResponse.get_credential_report = get_credential_report


def _tell_last_use(result: Any) -> None:
    """The last use of a key whose moment was laid down in the server's own memory."""
    from moto.iam.responses import IamResponse

    told = IamResponse.get_access_key_last_used

    def get_access_key_last_used(self: Any) -> Any:
        said = self.backend.get_access_key_last_used(self._get_param("AccessKeyId"))
        if not isinstance(said["last_used"], datetime):
            return told(self)
        used = {"LastUsedDate": said["last_used"], "Region": "cn-north-1", "ServiceName": "s3"}
        return result({"UserName": said["user_name"], "AccessKeyLastUsed": used})

    IamResponse.get_access_key_last_used = get_access_key_last_used


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


def _add_guarded() -> None:
    """What a web firewall guards; in the demo these are load balancers only."""
    from moto.wafv2.responses import WAFV2Response

    def list_resources_for_web_acl(self: Any) -> Any:
        acl = self.wafv2_backend.wacls[self._get_param("WebACLArn")]
        is_balancer = self._get_param("ResourceType") == "APPLICATION_LOAD_BALANCER"
        found = acl.associated_resources if is_balancer else []
        return 200, {}, json.dumps({"ResourceArns": found})

    if not hasattr(WAFV2Response, "list_resources_for_web_acl"):
        WAFV2Response.list_resources_for_web_acl = list_resources_for_web_acl


def _add_machines(result: Any) -> None:
    """What Systems Manager knows of machines was laid down in the server's own memory."""
    from moto.ssm.responses import SimpleSystemManagerResponse as Ssm

    def describe_instance_information(self: Any) -> Any:
        return result({"InstanceInformationList": getattr(self.ssm_backend, "machines", [])})

    def describe_instance_patch_states(self: Any) -> Any:
        asked = self._get_param("InstanceIds")
        known = getattr(self.ssm_backend, "patches", [])
        return result({"InstancePatchStates": [p for p in known if p["InstanceId"] in asked]})

    for does in (describe_instance_information, describe_instance_patch_states):
        if not hasattr(Ssm, does.__name__):
            setattr(Ssm, does.__name__, does)


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
