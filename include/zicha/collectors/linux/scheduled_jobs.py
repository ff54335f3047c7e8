"""Jobs that single users left with cron and at: who may change or read them, never what they do."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.texts import listed_text
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Replies, Reply, Row
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
LINE = re.compile(r"([0-7]{1,4}) (\S+) (/.+)")
PRINTED = "%m %u %p\\n"
OTHERS_WRITE, GROUP_WRITES, OTHERS_READ = 0o002, 0o020, 0o004


def fetch(host: Host) -> Iterator[Reply]:
    """Ask folder by folder for mode and owner of each job."""
    for folder in KINDS:
        argv = ["find", folder, "-maxdepth", "1", "-type", "f", "-not", "-name", ".*"]
        yield host.run(LIST, [*argv, "-printf", PRINTED], about=folder, may_be_absent=True)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per job; a crontab is named by its user."""
    for listing in replies.to(LIST):
        for line in (listed_text(listing) or "").splitlines():
            yield _row(listing, line)


def _row(listing: Answer, line: str) -> Row:
    found = LINE.fullmatch(line)
    if found is None:
        raise MalformedAnswerError("find printed a line without mode, owner and path")
    mode, owner, path = int(found[1], 8), found[2], found[3]
    kind, name = KINDS[listing.about], path.rpartition("/")[2]
    return {
        "host": listing.place[0],
        "path": path,
        "kind": kind,
        "user": name if kind == "cron" else owner,
        "belongs_to_its_user": owner in {name, "root"} if kind == "cron" else True,
        "others_may_write": bool(mode & (OTHERS_WRITE | GROUP_WRITES)),
        "everybody_may_read": bool(mode & OTHERS_READ),
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
