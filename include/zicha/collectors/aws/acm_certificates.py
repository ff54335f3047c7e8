"""ACM certificates: until when they are valid, whether they renew by themselves, which key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread, cell
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FIELDS = (
    "CertificateArn",
    "DomainName",
    "InUse",
    "KeyAlgorithm",
    "NotAfter",
    "RenewalEligibility",
    "Status",
    "Type",
)
# Without being asked for by name, certificates with any other than these two kinds of RSA key are
# left out of the listing.
KEYS = (
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
)
WEAK = ("RSA_1024", "RSA-1024")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """One listing per region, of certificates with any kind of key."""
    for region in account.regions:
        listing = account.client("acm", region).ask(
            "list_certificates",
            expects="CertificateSummaryList",
            Includes={"keyTypes": list(KEYS)},
        )
        yield kept(listing, "CertificateSummaryList", FIELDS)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per certificate that was ever issued; one still asked for has no end."""
    for listing in replies.to("list_certificates"):
        account, region = listing.place
        for one in listing.each("CertificateSummaryList"):
            yield {
                "account": account,
                "region": region,
                "certificate": one["CertificateArn"],
                "name": cell(one, "DomainName", absent=None),
                "state": cell(one, "Status"),
                "is_in_use": cell(one, "InUse"),
                "is_imported": _is(one, "Type", "IMPORTED"),
                "valid_until": cell(one, "NotAfter", absent=None),
                "has_weak_key": _has_weak_key(one),
            }


def _is(one: Mapping[str, Any], key: str, wanted: str) -> Any:
    said = cell(one, key)
    return said if isinstance(said, Unread) else said == wanted


def _has_weak_key(one: Mapping[str, Any]) -> Any:
    said = cell(one, "KeyAlgorithm")
    return said if isinstance(said, Unread) else said in WEAK


COLLECTOR = Collector(
    id="aws/acm_certificates",
    title=Text(zh="ACM 证书", en="ACM certificates"),
    max_age=timedelta(hours=26),
    permissions=("acm:ListCertificates",),
    lists="list_certificates",
    places=("account", "region"),
    subject=("account", "certificate"),
    subject_type="AWS::CertificateManager::Certificate",
    columns={
        "account": str,
        "region": str,
        "certificate": str,
        "name": str,
        "state": str,
        "is_in_use": bool,
        "is_imported": bool,
        "valid_until": datetime,
        "has_weak_key": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
