"""CloudFront distributions: who filters their requests, and whether they speak only sound TLS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, cell
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CALL, LISTED = "list_distributions", "DistributionList"
FIELDS = (
    "ARN",
    "Aliases",
    "CacheBehaviors",
    "DefaultCacheBehavior",
    "DomainName",
    "Enabled",
    "Id",
    "ViewerCertificate",
    "WebACLId",
)
ENCRYPTED = ("https-only", "redirect-to-https")
OUTDATED = ("SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """One listing holds them all: they belong to no region."""
    said = account.client("cloudfront").ask(CALL, expects=LISTED)
    yield _shortened(said)


def _shortened(said: Reply) -> Reply:
    """What is judged of each; where its content comes from stays with AWS."""
    body = said.body if isinstance(said, Answer) else None
    told = body.get(LISTED) if body else None
    if not isinstance(said, Answer) or not isinstance(told, Mapping) or "Quantity" not in told:
        return said
    # Without any there is no list either.
    listed = told.get("Items") or ([] if told["Quantity"] == 0 else None)
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        return said
    kept = [{name: one[name] for name in FIELDS if name in one} for one in listed]
    for one in kept:
        for key in ("DefaultCacheBehavior", "CacheBehaviors"):
            one[key] = _behaviours(one.get(key))
    return replace(said, body={"Items": kept})


def _behaviours(said: Any) -> list[Any]:
    """How visitors are answered, behaviour by behaviour; None for what does not say."""
    if not isinstance(said, Mapping):
        return [None]
    counted = "Quantity" in said
    listed = said.get("Items", [] if said["Quantity"] == 0 else [None]) if counted else [said]
    return [one.get("ViewerProtocolPolicy") if isinstance(one, Mapping) else None for one in listed]


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per distribution."""
    for listing in replies.to(CALL):
        for one in listing.each("Items"):
            told = replace(listing, body=one)
            yield {
                "account": listing.place[0],
                "distribution": one["ARN"],
                "domain": cell(one, "DomainName"),
                "names": read(
                    told, lambda body: " ".join(sorted(body["Aliases"].get("Items", [])))
                ),
                "is_on": cell(one, "Enabled"),
                "has_web_firewall": read(told, lambda body: bool(body["WebACLId"])),
                "is_encrypted": read(told, _is_encrypted),
                "accepts_old_tls": read(told, _accepts_old),
            }


def _is_encrypted(body: Mapping[str, Any]) -> bool:
    """Whether every path leads a visitor to HTTPS or knows nothing else."""
    policies = [*body["DefaultCacheBehavior"], *body["CacheBehaviors"]]
    if None in policies:
        raise ValueError("a behaviour does not say how visitors are answered")
    return all(policy in ENCRYPTED for policy in policies)


def _accepts_old(body: Mapping[str, Any]) -> bool:
    return str(body["ViewerCertificate"]["MinimumProtocolVersion"]) in OUTDATED


COLLECTOR = Collector(
    id="aws/distributions",
    title=Text(zh="CloudFront 分发", en="CloudFront distributions"),
    max_age=timedelta(hours=26),
    permissions=("cloudfront:ListDistributions",),
    lists=CALL,
    places=("account",),
    subject=("account", "distribution"),
    subject_type="AWS::CloudFront::Distribution",
    columns={
        "account": str,
        "distribution": str,
        "domain": str,
        "names": str,
        "is_on": bool,
        "has_web_firewall": bool,
        "is_encrypted": bool,
        "accepts_old_tls": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
