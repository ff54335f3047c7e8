"""Who may leave jobs with cron and at: by which of their files are there, never what these hold."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.texts import listed_text, text_of
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST, DECIDED = "list_schedulers", "list_files"
SERVICES = {"crontab": "cron", "at": "at"}
PROGRAMS = ("find", "/usr/bin", "-maxdepth", "1", "(", "-name", "crontab", "-o", "-name", "at", ")")
DEBIAN = "debian_version"
FILES = ("cron.allow", "cron.deny", "at.allow", "at.deny", DEBIAN)
NAMED = [word for name in FILES for word in ("-o", "-name", name)][1:]
PRINTED = ("-printf", "%f\\n")


def fetch(host: Host) -> Iterator[Reply]:
    """Name the schedulers that are there, and the files that say who may use them."""
    yield host.run(LIST, [*PROGRAMS, *PRINTED])
    yield host.run(DECIDED, ["find", "/etc", "-maxdepth", "1", "(", *NAMED, ")", *PRINTED])


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per scheduler."""
    for listing in replies.to(LIST):
        found = text_of(replies.about("", DECIDED))
        for program in sorted(set((listed_text(listing) or "").split()) & SERVICES.keys()):
            service = SERVICES[program]
            by = found if isinstance(found, Unread) else _who(service, (found or "").split())
            yield {
                "host": listing.place[0],
                "scheduler": service,
                "open_to": by,
                "is_limited": by if isinstance(by, Unread) else by in {"those-named", "root"},
            }


def _who(service: str, files: list[str]) -> str:
    """crontab(1) and at(1): an allow file decides alone; without either file the builds differ."""
    if f"{service}.allow" in files:
        return "those-named"
    if f"{service}.deny" in files:
        return "all-but-those-named"
    return "everybody" if service == "cron" and DEBIAN in files else "root"


COLLECTOR = Collector(
    id="linux/job_access",
    title=Text(zh="谁可使用定时任务", en="Who may leave scheduled jobs"),
    max_age=timedelta(hours=26),
    permissions=("find /usr/bin -maxdepth 1 *", "find /etc -maxdepth 1 *"),
    lists=LIST,
    places=("host",),
    subject=("host", "scheduler"),
    subject_type="linux/scheduler",
    columns={"host": str, "scheduler": str, "open_to": str, "is_limited": bool},
    fetch=fetch,
    tabulate=tabulate,
)
