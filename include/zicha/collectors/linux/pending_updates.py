"""Security updates that a host knows of and has not installed, by its own package manager."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.texts import newest, text_of
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Cell, Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST, DATED = "list_updates", "date_index"
# Both work from what the host has downloaded: nothing is fetched, nothing changed. `--all` names
# installed advisories too: where none at all is known, an empty list would prove nothing.
APT = ("apt-get", "-s", "dist-upgrade")
DNF = ("dnf", "-q", "-C", "updateinfo", "list", "--all", "--security")
DAYS = "%T@ %f\\n"
INDEX = {
    "apt": ("find", "/var/lib/apt/lists", "-maxdepth", "1", "-name", "*Release", "-printf", DAYS),
    "dnf": ("find", "/var/cache/dnf", "-maxdepth", "1", "-name", "*.solv", "-printf", DAYS),
}
APT_LINE = re.compile(r"Inst \S+ (?:\[[^\]]*\] )?\(([^)]*)\)")


def fetch(host: Host) -> Iterator[Reply]:
    """Ask apt, or dnf where there is no apt; then how old its index is."""
    said = host.run(LIST, APT, about="apt", may_be_absent=True, keep=only_updates)
    name = "apt"
    if isinstance(said, Answer) and said.body is None:
        said, name = host.run(LIST, DNF, about="dnf", keep=only_updates), "dnf"
    yield said
    yield host.run(DATED, INDEX[name], may_be_absent=True)


def only_updates(text: str) -> str:
    """One line per package, with where it would come from."""
    lines = [line for line in text.splitlines() if APT_LINE.match(line) or _is_dnf(line)]
    return "".join(f"{line}\n" for line in lines) or "none\n"


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host."""
    for listing in replies.to(LIST):
        text = text_of(listing)
        index = text_of(replies.about("", DATED))
        yield {
            "host": listing.place[0],
            "package_manager": listing.about,
            "pending_security_updates": _count(text, listing.about, index),
            "index_updated_at": newest(index),
        }


def _count(text: str | Unread | None, manager: str, index: str | Unread | None) -> Cell:
    if not text or isinstance(text, Unread):
        return text or Unread(Reason.MALFORMED, f"{manager} printed nothing")
    lines = text.splitlines()
    if manager == "apt":
        waiting = [line for line in lines if "security" in line.lower() and APT_LINE.match(line)]
        return len(waiting) or _none_of_apt(index)
    if not any(_is_dnf(line) for line in lines):
        remedy = "dnf knows of no advisory at all: enable the update repository of the distribution"
        return Unread(Reason.MALFORMED, remedy)
    waiting = [line for line in lines if _is_dnf(line) and not line.startswith("i ")]
    return len({line.split()[-1] for line in waiting})


def _none_of_apt(index: str | Unread | None) -> Cell:
    """No update waits, if apt knows of an archive that would have named one."""
    if isinstance(index, Unread):
        return index
    if "security" in (index or "").lower():
        return 0
    remedy = "apt knows of no archive of security updates: add the distribution's own"
    return Unread(Reason.MALFORMED, remedy)


def _is_dnf(line: str) -> bool:
    return re.match(r"(?:i\s+|\s+)?\S+SA-\S+\s+\S*Sec\.\s+\S+", line) is not None


COLLECTOR = Collector(
    id="linux/pending_updates",
    title=Text(zh="待安装的安全更新", en="Security updates not yet installed"),
    max_age=timedelta(hours=26),
    permissions=(
        " ".join(APT),
        " ".join(DNF),
        "find /var/lib/apt/lists -maxdepth 1 *",
        "find /var/cache/dnf -maxdepth 1 *",
    ),
    lists=LIST,
    places=("host",),
    subject=("host",),
    subject_type="linux/packages",
    columns={
        "host": str,
        "package_manager": str,
        "pending_security_updates": int,
        "index_updated_at": datetime,
    },
    fetch=fetch,
    tabulate=tabulate,
)
