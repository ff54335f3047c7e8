"""Secrets Manager: whether each secret rotates, when it was last renewed, and whether it is read.

Names and moments only: the listing holds no value, and no value is ever asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept, tags_of
from zicha.collectors.moments import latest
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, cell
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FIELDS = (
    "ARN",
    "CreatedDate",
    "KmsKeyId",
    "LastAccessedDate",
    "LastChangedDate",
    "LastRotatedDate",
    "Name",
    "OwningService",
    "RotationEnabled",
    "Tags",
)


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """One listing per region."""
    for region in account.regions:
        listing = account.client("secretsmanager", region).ask("list_secrets", expects="SecretList")
        yield kept(listing, "SecretList", FIELDS)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per secret; one that never rotated says nothing of rotation."""
    for listing in replies.to("list_secrets"):
        account, region = listing.place
        for secret in listing.each("SecretList"):
            made = _moment(secret, "CreatedDate")
            yield {
                "account": account,
                "region": region,
                "secret": secret["ARN"],
                "name": secret["Name"],
                "belongs_to_service": bool(secret.get("OwningService")),
                "rotates": cell(secret, "RotationEnabled", absent=False),
                "renewed_at": latest(
                    made, _moment(secret, "LastChangedDate"), _moment(secret, "LastRotatedDate")
                ),
                # AWS tells the day only.
                "last_active_at": latest(made, _moment(secret, "LastAccessedDate")),
                "tags": tags_of(secret),
            }


def _moment(secret: Mapping[str, Any], key: str) -> Any:
    return cell(secret, key, absent=None)


COLLECTOR = Collector(
    id="aws/secrets",
    title=Text(zh="Secrets Manager 凭据", en="Secrets of Secrets Manager"),
    max_age=timedelta(hours=26),
    permissions=("secretsmanager:ListSecrets",),
    lists="list_secrets",
    places=("account", "region"),
    subject=("account", "secret"),
    subject_type="AWS::SecretsManager::Secret",
    columns={
        "account": str,
        "region": str,
        "secret": str,
        "name": str,
        "belongs_to_service": bool,
        "rotates": bool,
        "renewed_at": datetime,
        "last_active_at": datetime,
        "tags": str,
    },
    volatile=("last_active_at",),
    fetch=fetch,
    tabulate=tabulate,
)
