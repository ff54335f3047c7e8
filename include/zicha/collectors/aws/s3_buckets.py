"""S3 buckets: who can reach them, how they are encrypted, and whether earlier versions are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, cell
from zicha.model.logic import both, either, negated, read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount, AwsClient

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
LOG_WRITERS = (
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "logging.s3.amazonaws.com",
)
EVERYONE = ("global/AllUsers", "global/AuthenticatedUsers")
# The most that one call may list; with it the answer also names each bucket's region.
MAX_BUCKETS = 10_000
PER_BUCKET = (
    "get_bucket_encryption",
    "get_bucket_versioning",
    "get_public_access_block",
    "get_bucket_policy",
    "get_bucket_policy_status",
    "get_bucket_acl",
    "get_bucket_logging",
    "get_object_lock_configuration",
    "get_bucket_lifecycle_configuration",
)


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """List the account's buckets, then ask nine questions about each, in its own region."""
    place = (account.id,)
    listing = account.client("s3", place=place).ask(
        "list_buckets", expects="Buckets", MaxBuckets=MAX_BUCKETS
    )
    yield listing
    yield from _settings_of(account, list(_named(listing)))


def narrow(account: AwsAccount, wanted: Sequence[Mapping[str, str]]) -> Iterator[Reply]:
    """The same questions about these buckets only: one that is gone is not in the listing."""
    names = sorted({one["bucket"] for one in wanted})
    # One call lists any number of them; a prefix only keeps the others out of the evidence.
    only: dict[str, Any] = {"Prefix": names[0]} if len(names) == 1 else {}
    listing = account.client("s3", place=(account.id,)).ask(
        "list_buckets", expects="Buckets", MaxBuckets=MAX_BUCKETS, **only
    )
    yield listing
    yield from _settings_of(account, [one for one in _named(listing) if one["Name"] in names])


def _settings_of(account: AwsAccount, buckets: Sequence[Mapping[str, Any]]) -> Iterator[Reply]:
    place = (account.id,)
    s3 = account.client("s3", place=place)
    control = account.client("s3control", place=place)
    yield control.ask("get_public_access_block", AccountId=account.id)
    regions = {bucket["Name"]: bucket.get("BucketRegion") for bucket in buckets}
    if not all(regions.values()):
        yield from _located(account, s3, regions)
    for region in sorted({region for region in regions.values() if region}):
        tagging = account.client("resourcegroupstaggingapi", region, place)
        yield tagging.ask(
            "get_resources",
            about=region,
            expects="ResourceTagMappingList",
            ResourceTypeFilters=["s3"],
        )
    for name, region in regions.items():
        near = account.client("s3", region, place) if region else s3
        for call in PER_BUCKET:
            yield near.ask(call, about=name, Bucket=name)


def _named(listing: Reply) -> Iterator[Mapping[str, Any]]:
    from zicha.sources.aws import members

    return members(listing, "Buckets", "Name")


def _located(account: AwsAccount, s3: AwsClient, regions: dict[str, str | None]) -> Iterator[Reply]:
    """Where the listing does not say: one question per region, then one per bucket left over."""
    for region in account.regions:
        there = s3.ask("list_buckets", about=region, expects="Buckets", BucketRegion=region)
        yield there
        regions.update({bucket["Name"]: region for bucket in _named(there)})
    for name in [name for name, region in regions.items() if not region]:
        said = s3.ask("get_bucket_location", about=name, Bucket=name)
        yield said
        where = _region_of(said)
        regions[name] = where if isinstance(where, str) else None


def _region_of(said: Reply) -> Any:
    """Silence means the oldest region, and `EU` the second oldest."""

    def lay(body: Mapping[str, Any]) -> Any:
        where = _only(body, "LocationConstraint").get("LocationConstraint")
        return {None: "us-east-1", "EU": "eu-west-1"}.get(where, where)

    return read(said, lay)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per bucket."""
    listings = replies.to("list_buckets")
    located = {
        bucket["Name"]: listing.about
        for listing in listings
        if listing.about
        for bucket in listing.each("Buckets")
    }
    for listing in listings:
        for bucket in () if listing.about else listing.each("Buckets"):
            name = bucket["Name"]
            region = bucket.get("BucketRegion") or located.get(name)
            if not region:
                region = _region_asked_for(replies, name)
            yield {
                "account": listing.place[0],
                "bucket": name,
                "region": region,
                "created_at": cell(bucket, "CreationDate", absent=None),
                **_settings(replies, name),
                **_exposure(replies, name),
                "tags": _tags(replies.about(str(region), "get_resources"), name),
            }


def _region_asked_for(replies: Replies, name: str) -> Any:
    said = replies.about(name, "get_bucket_location")
    if said.place:
        return _region_of(said)
    # It was not asked: a listing by region went wrong, and that says why.
    for gap in replies.gaps("list_buckets"):
        return Unread(gap.reason, gap.remedy, gap.permission)
    for listing in replies.to("list_buckets"):
        if listing.cut:
            return Unread(listing.cut, listing.remedy, listing.permission)
    return _region_of(said)


def _settings(replies: Replies, name: str) -> dict[str, Any]:
    encryption = replies.about(name, "get_bucket_encryption")
    versions = replies.about(name, "get_bucket_versioning")
    policy = replies.about(name, "get_bucket_policy")
    lock = replies.about(name, "get_object_lock_configuration")
    return {
        "is_encrypted": read(encryption, lambda body: any(_algorithms(body)), absent=False),
        "is_encrypted_with_own_key": read(
            encryption,
            lambda body: any(name.startswith("aws:kms") for name in _algorithms(body)),
            absent=False,
        ),
        "keeps_versions": read(
            versions, lambda body: _only(body, "Status", "MFADelete").get("Status") == "Enabled"
        ),
        "has_policy": read(policy, lambda body: bool(body["Policy"]), absent=False),
        "refuses_plain_http": read(
            policy,
            lambda body: any(_refuses_plain_http(said, name) for said in _statements(body)),
            absent=False,
        ),
        "receives_logs": read(
            policy,
            lambda body: any(_lets_logs_in(said) for said in _statements(body)),
            absent=False,
        ),
        "is_access_logged": read(
            replies.about(name, "get_bucket_logging"),
            lambda body: bool(_only(body, "LoggingEnabled")),
        ),
        "is_locked": read(
            lock,
            lambda body: body["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled",
            absent=False,
        ),
        "locks_for_days": read(lock, _locked_days),
        "expires_after_days": read(
            replies.about(name, "get_bucket_lifecycle_configuration"), _soonest_expiry
        ),
    }


def _only(body: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Where nothing set is an empty answer, a key we do not know is no answer to our question."""
    if body.keys() - set(keys):
        raise ValueError(f"unexpected {', '.join(sorted(body.keys() - set(keys)))}")
    return body


def _algorithms(body: Mapping[str, Any]) -> list[str]:
    rules = body["ServerSideEncryptionConfiguration"]["Rules"]
    named = (rule.get("ApplyServerSideEncryptionByDefault") for rule in rules)
    return [default["SSEAlgorithm"] for default in named if default]


def _exposure(replies: Replies, name: str) -> dict[str, Any]:
    """What the world can reach once the blocks of bucket and account have had their say."""
    own = replies.about(name, "get_public_access_block")
    whole = replies.about("", "get_public_access_block")
    blocked = {flag: either(_blocks(own, flag), _blocks(whole, flag)) for flag in BLOCKS}
    policy = read(
        replies.about(name, "get_bucket_policy_status"),
        lambda body: body["PolicyStatus"]["IsPublic"],
        absent=False,
    )
    grants = read(replies.about(name, "get_bucket_acl"), _grants_to_everyone)
    return {
        "blocks_public_access": both(*blocked.values()),
        "has_public_policy": policy,
        "has_public_grants": grants,
        "is_exposed": either(
            both(policy, negated(blocked["RestrictPublicBuckets"])),
            both(grants, negated(blocked["IgnorePublicAcls"])),
        ),
    }


def _blocks(said: Reply, flag: str) -> Any:
    return read(
        said, lambda body: body["PublicAccessBlockConfiguration"].get(flag, False), absent=False
    )


def _grants_to_everyone(body: Mapping[str, Any]) -> bool:
    return any(grant["Grantee"].get("URI", "").endswith(EVERYONE) for grant in body["Grants"])


def _statements(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    said = json.loads(body["Policy"])["Statement"]
    return [said] if isinstance(said, Mapping) else said


def _lets_logs_in(statement: Mapping[str, Any]) -> bool:
    """Whether a service that writes logs may write here: then this is where logs are kept."""
    principal = statement.get("Principal")
    services = _listed(principal.get("Service")) if isinstance(principal, Mapping) else ()
    return statement.get("Effect") == "Allow" and any(name in LOG_WRITERS for name in services)


def _refuses_plain_http(statement: Mapping[str, Any], name: str) -> bool:
    """Denied to everyone, for every action, on every object, if and only if there is no TLS."""
    tests = {
        (operator.lower(), key.lower()): _listed(value)
        for operator, keys in statement.get("Condition", {}).items()
        for key, value in keys.items()
    }
    asked = tests.pop(("bool", "aws:securetransport"), [])
    resources = _listed(statement.get("Resource"))
    return all(
        (
            statement.get("Effect") == "Deny",
            statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]}),
            {"*", "s3:*"} & set(_listed(statement.get("Action"))),
            any(resource == "*" or resource.endswith(f":{name}/*") for resource in resources),
            [str(value).lower() for value in asked] == ["false"],
            not tests,
        )
    )


def _listed(value: Any) -> Sequence[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _locked_days(body: Mapping[str, Any]) -> int | None:
    retention = body["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {})
    return retention.get("Days") or 365 * retention.get("Years", 0) or None


def _soonest_expiry(body: Mapping[str, Any]) -> int | None:
    """The soonest expiry of any enabled rule; a fixed date counts as at once."""
    expiries = [
        rule["Expiration"]
        for rule in body["Rules"]
        if rule["Status"] == "Enabled" and "Expiration" in rule
    ]
    days = [0 if "Date" in e else e["Days"] for e in expiries if "Date" in e or "Days" in e]
    return min(days, default=None)


def _tags(said: Reply, name: str) -> Any:
    """A bucket without tags is not in the listing; of a cut listing nothing follows."""

    def lay(body: Mapping[str, Any]) -> str | Unread:
        for resource in body["ResourceTagMappingList"]:
            if resource["ResourceARN"].endswith(f":::{name}"):
                tags = {tag["Key"]: tag["Value"] for tag in resource["Tags"]}
                return json.dumps(tags, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if isinstance(said, Answer) and said.cut:
            return Unread(said.cut, said.remedy, said.permission)
        return "{}"

    return read(said, lay)


COLLECTOR = Collector(
    id="aws/s3_buckets",
    title=Text(zh="S3 存储桶", en="S3 buckets"),
    max_age=timedelta(hours=26),
    permissions=(
        "s3:ListAllMyBuckets",
        "s3:GetAccountPublicAccessBlock",
        "s3:GetBucketAcl",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketVersioning",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "tag:GetResources",
    ),
    lists="list_buckets",
    places=("account",),
    subject=("account", "bucket"),
    subject_type="AWS::S3::Bucket",
    columns={
        "account": str,
        "bucket": str,
        "region": str,
        "created_at": datetime,
        "is_encrypted": bool,
        "is_encrypted_with_own_key": bool,
        "keeps_versions": bool,
        "blocks_public_access": bool,
        "has_public_policy": bool,
        "has_public_grants": bool,
        "is_exposed": bool,
        "has_policy": bool,
        "refuses_plain_http": bool,
        "receives_logs": bool,
        "is_access_logged": bool,
        "is_locked": bool,
        "locks_for_days": int,
        "expires_after_days": int,
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=narrow,
)
