"""Hours of the period that log files should cover: one row each, also where nothing came."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.moments import moment
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Gap, Replies, Reply, Row, Unread
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.log_folder import LogFolder

LIST = "read_logs"
HOUR = timedelta(hours=1)


def fetch(folder: LogFolder) -> Iterator[Reply]:
    """List the files of the period, and which of them could not be read; not what is in them."""
    for reply in folder.replies():
        if not reply.about or isinstance(reply, Gap):
            yield reply


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per hour of the period."""
    for listing in replies.to(LIST):
        if listing.body is None:
            raise MalformedAnswerError("the listing names no period")
        begins_at, ends_at = (_read(listing.body[key]) for key in ("begins_at", "ends_at"))
        files: Counter[datetime] = Counter()
        unread: Counter[datetime] = Counter()
        for file in listing.each("files"):
            counted = files if file["is_read"] else unread
            counted[_hour(_read(file["delivered_at"]))] += 1
        hour = begins_at
        while hour < ends_at:
            yield {
                "account": listing.place[0],
                "region": listing.place[1],
                "hour": hour.strftime("%Y-%m-%dT%HZ"),
                "began_at": hour,
                "files": files[hour],
                "unread_files": unread[hour],
            }
            hour += HOUR


def _read(written: Any) -> datetime:
    found = moment(written)
    if isinstance(found, Unread):
        raise MalformedAnswerError(found.remedy)
    return found


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


COLLECTOR = Collector(
    id="cloudtrail/log_hours",
    title=Text(zh="日志逐小时送达情况", en="Delivery of the audit log hour by hour"),
    max_age=timedelta(hours=26),
    permissions=("read: the folder of delivered log files",),
    lists=LIST,
    places=("account", "region"),
    subject=("account", "region", "hour"),
    subject_type="cloudtrail/hour",
    columns={
        "account": str,
        "region": str,
        "hour": str,
        "began_at": datetime,
        "files": int,
        "unread_files": int,
    },
    fetch=fetch,
    tabulate=tabulate,
)
