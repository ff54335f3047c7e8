"""Whether something watches the host's own files for changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.agents import COUNT, PROGRAMS, agent_that_guards, only_agents
from zicha.collectors.linux.texts import newest, text_of
from zicha.model.collector import Collector
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST, DATED = "list_programs", "date_database"
SCHEDULES = ("/etc/cron.d", "/etc/cron.daily", "/etc/systemd/system/timers.target.wants")
DATABASE = ("find", "/var/lib/aide", "-maxdepth", "1", "-name", "aide.db*")
PRINTED = ("-printf", "%T@ %f\\n")


def fetch(host: Host) -> Iterator[Reply]:
    """Name the running agents; then look for AIDE's schedule and its database."""
    yield host.run(LIST, PROGRAMS, expects=COUNT, keep=only_agents)
    for folder in SCHEDULES:
        yield host.list(folder, "*aide*")
    yield host.run(DATED, [*DATABASE, *PRINTED], may_be_absent=True)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host."""
    for listing in replies.to(LIST):
        agent = agent_that_guards(listing, "files")
        made = newest(text_of(replies.about("", DATED)))
        scheduled = _any([text_of(replies.about(folder, "list")) for folder in SCHEDULES])
        watches = _watches(agent, _both(scheduled, made))
        yield {
            "host": listing.place[0],
            "watches_its_files": watches,
            "watched_by": "aide" if watches is True and not isinstance(agent, str) else agent,
            "aide_is_scheduled": scheduled,
            "aide_database_made_at": made,
        }


def _watches(agent: str | Unread | None, aide: Cell) -> Cell:
    """An agent or AIDE is enough; without either, both have to have been read."""
    if isinstance(agent, str) or aide is True:
        return True
    return agent if isinstance(agent, Unread) else aide


def _any(listed: list[str | Unread | None]) -> Cell:
    """One schedule is enough; none needs every folder to have been read."""
    if any(isinstance(text, str) and text.strip() for text in listed):
        return True
    return next((text for text in listed if isinstance(text, Unread)), None) or False


def _both(scheduled: Cell, made: Cell) -> Cell:
    """A schedule without a database compares with nothing."""
    if scheduled is False or made is None:
        return False
    unread = next((each for each in (scheduled, made) if isinstance(each, Unread)), None)
    return unread or True


COLLECTOR = Collector(
    id="linux/integrity_tools",
    title=Text(zh="文件完整性监测", en="Watch over the host's own files"),
    max_age=timedelta(hours=26),
    permissions=(
        " ".join(PROGRAMS),
        *(f"find {folder} -maxdepth 1 *" for folder in SCHEDULES),
        "find /var/lib/aide -maxdepth 1 *",
    ),
    lists=LIST,
    places=("host",),
    subject=("host",),
    subject_type="linux/integrity",
    columns={
        "host": str,
        "watches_its_files": bool,
        "watched_by": str,
        "aide_is_scheduled": bool,
        "aide_database_made_at": datetime,
    },
    fetch=fetch,
    tabulate=tabulate,
)
