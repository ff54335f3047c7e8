"""CloudWatch log groups: how long each keeps its logs, and with whose key they are encrypted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import Wanted, kept, sought_in
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, cell
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FIELDS = ("arn", "kmsKeyId", "logGroupClass", "logGroupName", "retentionInDays")


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """One listing per region."""
    for region, sought in sought_in(account, wanted, "log_group"):
        # A prefix takes one name; for several, one listing of all is the fewest calls.
        only: dict[str, Any] = (
            {"logGroupNamePrefix": sought[0]} if sought and len(sought) == 1 else {}
        )
        logs = account.client("logs", region)
        listing = logs.ask("describe_log_groups", expects="logGroups", **only)
        yield kept(listing, "logGroups", FIELDS)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per group; AWS says nothing of days where nobody set any, and keeps for good."""
    for listing in replies.to("describe_log_groups"):
        account, region = listing.place
        for group in listing.each("logGroups"):
            yield {
                "account": account,
                "region": region,
                "log_group": group["logGroupName"],
                "has_term": "retentionInDays" in group,
                "kept_days": cell(group, "retentionInDays", absent=None),
                "is_encrypted_with_own_key": bool(group.get("kmsKeyId")),
            }


COLLECTOR = Collector(
    id="aws/log_groups",
    title=Text(zh="CloudWatch 日志组", en="CloudWatch log groups"),
    max_age=timedelta(hours=26),
    permissions=("logs:DescribeLogGroups",),
    lists="describe_log_groups",
    places=("account", "region"),
    subject=("account", "region", "log_group"),
    subject_type="AWS::Logs::LogGroup",
    columns={
        "account": str,
        "region": str,
        "log_group": str,
        "has_term": bool,
        "kept_days": int,
        "is_encrypted_with_own_key": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
