"""Services that start by themselves, as systemd lists them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.texts import listed_text
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Replies, Reply, Row
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST = "systemctl list-unit-files"
ARGV = ("systemctl", "list-unit-files", "--no-legend", "--no-pager", "--type=service,socket")
STARTED = frozenset({"enabled", "enabled-runtime", "linked", "linked-runtime", "alias"})


def fetch(host: Host) -> Iterator[Reply]:
    """Ask for every service and socket with its state."""
    yield host.run(LIST, ARGV, expects="systemd-")


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per unit."""
    for listing in replies.to(LIST):
        for line in (listed_text(listing) or "").splitlines():
            words = line.split()
            if not words:
                continue
            if len(words) < 2 or "." not in words[0]:  # noqa: PLR2004 - unit and state
                raise MalformedAnswerError("systemctl printed a line without unit and state")
            yield {
                "host": listing.place[0],
                "unit": words[0],
                "state": words[1],
                "starts_by_itself": words[1] in STARTED,
            }


COLLECTOR = Collector(
    id="linux/service_units",
    title=Text(zh="自启动服务", en="Services that start by themselves"),
    max_age=timedelta(hours=26),
    permissions=(" ".join(ARGV),),
    lists=LIST,
    places=("host",),
    subject=("host", "unit"),
    subject_type="linux/service_unit",
    columns={"host": str, "unit": str, "state": str, "starts_by_itself": bool},
    fetch=fetch,
    tabulate=tabulate,
)
