"""Jobs that single users left with cron and at: who may change or read them, never what they do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.listed_files import listed_files
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST = "list_jobs"
# Debian's folders stand below or beside those of the RHEL family; no host has all of them.
KINDS = {
    "/var/spool/cron": "cron",
    "/var/spool/cron/crontabs": "cron",
    "/var/spool/at": "at",
    "/var/spool/cron/atjobs": "at",
}
PRINTED = "%m %u %p\\n"


def fetch(host: Host) -> Iterator[Reply]:
    """Ask folder by folder for mode and owner of each job."""
    for folder in KINDS:
        argv = ["find", folder, "-maxdepth", "1", "-type", "f", "-not", "-name", ".*"]
        yield host.run(LIST, [*argv, "-printf", PRINTED], about=folder, may_be_absent=True)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per job; a crontab is named by its user."""
    for listing in replies.to(LIST):
        kind = KINDS[listing.about]
        for file in listed_files(listing):
            name = file.path.rpartition("/")[2]
            yield {
                "host": listing.place[0],
                "path": file.path,
                "kind": kind,
                "user": name if kind == "cron" else file.owner,
                "belongs_to_its_user": file.owner in {name, "root"} if kind == "cron" else True,
                "others_may_write": file.others_may_write,
                "everybody_may_read": file.everybody_may_read,
            }


COLLECTOR = Collector(
    id="linux/scheduled_jobs",
    title=Text(zh="用户定时任务", en="Scheduled jobs of users"),
    max_age=timedelta(hours=26),
    permissions=tuple(f"find {folder} -maxdepth 1 -type f *" for folder in KINDS),
    lists=LIST,
    places=("host",),
    subject=("host", "path"),
    subject_type="linux/scheduled_job",
    columns={
        "host": str,
        "path": str,
        "kind": str,
        "user": str,
        "belongs_to_its_user": bool,
        "others_may_write": bool,
        "everybody_may_read": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
