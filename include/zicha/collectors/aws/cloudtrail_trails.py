"""CloudTrail trails: what they record, where it goes, and who could rewrite it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import Wanted, sought_in
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, cell
from zicha.model.logic import both, read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

EVERYTHING = frozenset({"read", "write"})


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """List every region in scope, then ask about each trail once: one reply per call."""
    from zicha.sources.aws import members

    asked: set[str] = set()
    for region, sought in sought_in(account, wanted, "trail_arn"):
        cloudtrail, s3 = account.client("cloudtrail", region), account.client("s3", region)
        # Shadows are listed too: a trail whose home is outside the scope still records inside it.
        listing = cloudtrail.ask("describe_trails", expects="trailList", includeShadowTrails=True)
        yield listing
        for trail in members(listing, "trailList", "TrailARN", sought):
            arn = trail["TrailARN"]
            home = trail.get("HomeRegion", region)
            if arn in asked or (home != region and home in account.regions):
                continue
            asked.add(arn)
            bucket = trail.get("S3BucketName", "")
            yield cloudtrail.ask("get_trail_status", about=arn, Name=arn)
            yield cloudtrail.ask("get_event_selectors", about=arn, TrailName=arn)
            yield s3.ask("get_bucket_policy_status", about=arn, Bucket=bucket)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per trail, where it was asked about. A cell whose call went unanswered says why."""
    for listing in replies.to("describe_trails"):
        for trail in listing.each("trailList"):
            if _was_asked(replies, trail["TrailARN"]):
                yield _row(replies, listing, trail)


def _was_asked(replies: Replies, arn: str) -> bool:
    said = replies.about(arn, "get_trail_status")
    return isinstance(said, Answer) or bool(said.place)


def _row(replies: Replies, listing: Answer, trail: Mapping[str, Any]) -> Row:
    account, region = listing.place
    arn = trail["TrailARN"]
    status = replies.about(arn, "get_trail_status")
    selectors = replies.about(arn, "get_event_selectors")
    policy = replies.about(arn, "get_bucket_policy_status")
    is_multi_region = cell(trail, "IsMultiRegionTrail")
    is_recording = cell(status, "IsLogging")
    records_everything = read(selectors, lambda body: _recorded(body) == EVERYTHING)
    return {
        "account": account,
        "region": region,
        "trail_arn": arn,
        "is_multi_region": is_multi_region,
        "is_recording": is_recording,
        "is_delivering": read(status, lambda body: not _told(body).get("LatestDeliveryError")),
        "last_delivered_at": read(status, lambda body: _told(body).get("LatestDeliveryTime")),
        "records_reads_and_writes": records_everything,
        "covers_account": both(is_multi_region, is_recording, records_everything),
        "includes_global_services": cell(trail, "IncludeGlobalServiceEvents"),
        "validates_files": cell(trail, "LogFileValidationEnabled"),
        "is_encrypted_with_own_key": bool(trail.get("KmsKeyId")),
        "has_public_bucket": read(
            policy, lambda body: body["PolicyStatus"]["IsPublic"], absent=False
        ),
        "bucket": cell(trail, "S3BucketName"),
    }


def _told(status: Mapping[str, Any]) -> Mapping[str, Any]:
    """A status that says whether it records; without that, what it leaves out means nothing."""
    if "IsLogging" not in status:
        raise KeyError("IsLogging")
    return status


def _recorded(body: Mapping[str, Any]) -> set[str]:
    """Which management events the selectors let through whole, of old and new style alike."""
    old, new = body.get("EventSelectors"), body.get("AdvancedEventSelectors")
    if old is None and new is None:
        raise KeyError("EventSelectors")
    found: set[str] = set()
    for selector in old or ():
        if selector["IncludeManagementEvents"] and not selector.get(
            "ExcludeManagementEventSources"
        ):
            found |= _kinds(selector["ReadWriteType"])
    for selector in new or ():
        found |= _advanced(selector["FieldSelectors"])
    return found


def _kinds(word: str) -> set[str]:
    return {"All": set(EVERYTHING), "ReadOnly": {"read"}, "WriteOnly": {"write"}}[word]


def _advanced(fields: Sequence[Mapping[str, Any]]) -> set[str]:
    tests = {field["Field"]: field for field in fields}
    if tests.pop("eventCategory", {}).get("Equals") != ["Management"]:
        return set()
    only = tests.pop("readOnly", {}).get("Equals", ["true", "false"])
    # Any further test lets only a part of the events through.
    if tests:
        return set()
    return {{"true": "read", "false": "write"}[value] for value in only}


COLLECTOR = Collector(
    id="aws/cloudtrail_trails",
    title=Text(zh="操作审计跟踪", en="CloudTrail trails"),
    max_age=timedelta(hours=26),
    permissions=(
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetTrailStatus",
        "s3:GetBucketPolicyStatus",
    ),
    lists="describe_trails",
    places=("account", "region"),
    subject=("account", "trail_arn"),
    subject_type="AWS::CloudTrail::Trail",
    columns={
        "account": str,
        "region": str,
        "trail_arn": str,
        "is_multi_region": bool,
        "is_recording": bool,
        "is_delivering": bool,
        "last_delivered_at": datetime,
        "records_reads_and_writes": bool,
        "covers_account": bool,
        "includes_global_services": bool,
        "validates_files": bool,
        "is_encrypted_with_own_key": bool,
        "has_public_bucket": bool,
        "bucket": str,
    },
    volatile=("last_delivered_at",),
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
