"""Whether a host's clock follows a source, so that its records say when."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.texts import listed_text, text_of
from zicha.model.collector import Collector
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST, CHRONY = "timedatectl show", "chronyc tracking"


def fetch(host: Host) -> Iterator[Reply]:
    """Ask systemd, then chrony; where neither is installed, nobody keeps the time."""
    yield host.run(LIST, ["timedatectl", "show"], expects="NTPSynchronized=", may_be_absent=True)
    yield host.run(CHRONY, ["chronyc", "-n", "tracking"], expects="Leap", may_be_absent=True)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host; either of the two may show that the clock follows."""
    for listing in replies.to(LIST):
        systemd = _flag(listed_text(listing))
        chrony = text_of(replies.about("", CHRONY))
        leap, offset = _leap(chrony), _offset(chrony)
        yield {
            "host": listing.place[0],
            "is_synchronised": _either(systemd, leap),
            "offset_milliseconds": offset,
        }


def _flag(text: str | None) -> Cell:
    if text is None:
        return None
    found = re.search(r"^NTPSynchronized=(yes|no)$", text, re.MULTILINE)
    return found[1] == "yes" if found else Unread(Reason.MALFORMED, "timedatectl says neither")


def _leap(text: str | Unread | None) -> Cell:
    if text is None or isinstance(text, Unread):
        return text
    found = re.search(r"^Leap status\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() != "Not synchronised" if found else _no("Leap status")


def _offset(text: str | Unread | None) -> Cell:
    if text is None or isinstance(text, Unread):
        return text
    found = re.search(r"^System time\s*:\s*([\d.]+) seconds", text, re.MULTILINE)
    return round(float(found[1]) * 1000) if found else _no("System time")


def _no(name: str) -> Unread:
    return Unread(Reason.MALFORMED, f"chronyc printed no {name}")


def _either(systemd: Cell, chrony: Cell) -> Cell:
    """A yes of either counts; a no needs both to have been read."""
    if True in (systemd, chrony):
        return True
    unread = next((each for each in (systemd, chrony) if isinstance(each, Unread)), None)
    return unread or False


COLLECTOR = Collector(
    id="linux/time_sync",
    title=Text(zh="时钟同步", en="Clock synchronisation"),
    max_age=timedelta(hours=26),
    permissions=("timedatectl show", "chronyc -n tracking"),
    lists=LIST,
    places=("host",),
    subject=("host",),
    subject_type="linux/clock",
    columns={"host": str, "is_synchronised": bool, "offset_milliseconds": int},
    volatile=("offset_milliseconds",),
    fetch=fetch,
    tabulate=tabulate,
)
