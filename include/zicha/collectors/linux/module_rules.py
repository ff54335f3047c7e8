"""Kernel modules that a server has no use for, and whether they can be loaded."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from zicha.collectors.linux.folders import computed, each_file, paths_of, texts_of
from zicha.collectors.linux.texts import listed_text
from zicha.model.collector import Collector
from zicha.model.evidence import Cell, Replies, Reply, Row
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST, FOLDER, SHIPPED = "list_module_rules", "/etc/modprobe.d", "/usr/lib/modprobe.d"
# Column to the module: removable storage, and protocols with a history of holes.
MODULES = {
    "loads_usb_storage": "usb_storage",
    "loads_dccp": "dccp",
    "loads_sctp": "sctp",
    "loads_rds": "rds",
    "loads_tipc": "tipc",
}
LINE = re.compile(r"(?:blacklist|install)\s+[\w-]+")
OFF = re.compile(r"install\s+([\w-]+)\s+(?:/usr)?/bin/(?:true|false)")


def fetch(host: Host) -> Iterator[Reply]:
    """Read the rules that say what modprobe does instead of loading."""
    listing = host.list(FOLDER, "*.conf", call=LIST)
    yield listing
    yield from each_file(host, listing, only_rules)
    shipped = host.list(SHIPPED, "*.conf")
    yield shipped
    yield from each_file(host, shipped, only_rules)


def only_rules(text: str) -> str:
    """The lines that keep a module out."""
    lines = (line.strip() for line in text.splitlines())
    return "".join(
        f"{found[0]}\n" for line in lines if (found := OFF.match(line) or LINE.match(line))
    )


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host; `blacklist` alone still lets a module be asked for by name."""
    for listing in replies.to(LIST):
        listed_text(listing)
        texts = texts_of(replies, paths_of(listing), [replies.about(SHIPPED, "list")])
        off = {
            column: computed(partial(_loads, module), texts) for column, module in MODULES.items()
        }
        yield {"host": listing.place[0], **off}


def _loads(module: str, texts: list[str]) -> Cell:
    off = {found.replace("-", "_") for text in texts for found in OFF.findall(text)}
    return module not in off


COLLECTOR = Collector(
    id="linux/module_rules",
    title=Text(zh="内核模块限制", en="Kernel modules that are kept out"),
    max_age=timedelta(hours=26),
    permissions=tuple(
        form.format(folder)
        for folder in (FOLDER, SHIPPED)
        for form in ("find {} -maxdepth 1 *", "cat -- {}/*")
    ),
    lists=LIST,
    places=("host",),
    subject=("host",),
    subject_type="linux/modules",
    columns={"host": str, **dict.fromkeys(MODULES, bool)},
    fetch=fetch,
    tabulate=tabulate,
)
