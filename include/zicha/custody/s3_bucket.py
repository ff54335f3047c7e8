"""Whether the bucket is set up as evidence needs it, and what to do where it is not."""

from __future__ import annotations

from zicha.custody.s3_wire import HOW_TO, S3Wire
from zicha.model.errors import StoreError, ZichaError

SWITCH = "aws s3api put"
ON = "Status=Enabled"
LOCK = "--object-lock-configuration ObjectLockEnabled=Enabled"
NO_LOCK = "ObjectLockConfigurationNotFoundError"


def shortfall(wire: S3Wire) -> tuple[str, str]:
    """What the bucket lacks, and the remedy; twice empty when it is as it should be."""
    bucket = wire.settings.bucket
    try:
        wire.ask("head_bucket")
        versions = wire.ask("get_bucket_versioning").get("Status", "")
        if versions != "Enabled":
            return (
                f"{bucket} keeps no versions: whoever may write can replace evidence unnoticed",
                f"{SWITCH}-bucket-versioning --bucket {bucket} --versioning-configuration {ON}",
            )
        lock = _lock(wire)
    except ZichaError as error:
        return str(error), f"grant what is named, or correct ZICHA_STORE… ({HOW_TO})"
    if lock.get("ObjectLockEnabled") != "Enabled":
        return (
            f"{bucket} has no Object Lock: whoever may delete can remove evidence for good",
            f"{SWITCH}-object-lock-configuration --bucket {bucket} {LOCK}",
        )
    if not wire.settings.lock_days and not lock.get("Rule"):
        return (
            f"{bucket} could lock objects, and nothing says for how long",
            "set ZICHA_STORE_LOCK_DAYS, as long as the longest time that evidence must be kept",
        )
    return "", ""


def _lock(wire: S3Wire) -> dict[str, object]:
    try:
        said = wire.ask("get_object_lock_configuration")
    except StoreError as error:
        if NO_LOCK in str(error):
            return {}
        raise
    return dict(said.get("ObjectLockConfiguration", {}))
