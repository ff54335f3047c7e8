"""Resources that AWS Backup protects: when each was last copied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from zicha.collectors.aws.members import kept
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, cell
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """One listing per region."""
    for region in account.regions:
        backup = account.client("backup", region)
        listing = backup.ask("list_protected_resources", expects="Results")
        yield kept(listing, "Results", ("LastBackupTime", "ResourceArn", "ResourceType"))


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per resource that was ever copied."""
    for listing in replies.to("list_protected_resources"):
        account, region = listing.place
        for one in listing.each("Results"):
            yield {
                "account": account,
                "region": region,
                "resource": one["ResourceArn"],
                "kind": cell(one, "ResourceType"),
                "last_copied_at": cell(one, "LastBackupTime", absent=None),
            }


COLLECTOR = Collector(
    id="aws/backup_resources",
    title=Text(zh="受备份保护的资源", en="Resources under backup"),
    max_age=timedelta(hours=26),
    permissions=("backup:ListProtectedResources",),
    lists="list_protected_resources",
    places=("account", "region"),
    subject=("account", "region", "resource"),
    subject_type="AWS::Backup::ProtectedResource",
    columns={
        "account": str,
        "region": str,
        "resource": str,
        "kind": str,
        "last_copied_at": datetime,
    },
    volatile=("last_copied_at",),
    fetch=fetch,
    tabulate=tabulate,
)
