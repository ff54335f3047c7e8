"""Settings of the running kernel that make attacks over the network and from inside harder."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.folders import settings_of
from zicha.collectors.linux.texts import listed_text
from zicha.model.collector import Collector
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST = "sysctl"
V4 = "net.ipv4.conf"
# Column to the settings that bear on it; one that a kernel does not have is left out by `-e`.
BOTH = ("all", "default")
SETTINGS = {
    "accepts_source_routes": tuple(f"{V4}.{each}.accept_source_route" for each in BOTH),
    "accepts_redirects": tuple(f"{V4}.{each}.accept_redirects" for each in BOTH),
    "sends_redirects": tuple(f"{V4}.{each}.send_redirects" for each in BOTH),
    "logs_odd_packets": (f"{V4}.all.log_martians",),
    "answers_floods_with_cookies": ("net.ipv4.tcp_syncookies",),
    "ignores_broadcast_pings": ("net.ipv4.icmp_echo_ignore_broadcasts",),
    "forwards_packets": ("net.ipv4.ip_forward",),
    "randomises_addresses": ("kernel.randomize_va_space",),
    "dumps_privileged_programs": ("fs.suid_dumpable",),
}
NAMES = tuple(name for names in SETTINGS.values() for name in names)
# Where "on" is one number and not every other than zero: half a randomisation is none, and a dump
# that root alone may read (2) is not the one that is meant.
MEANT = {"kernel.randomize_va_space": {"2"}, "fs.suid_dumpable": {"1"}}
SWITCHED_ON = {"1", "2"}


def fetch(host: Host) -> Iterator[Reply]:
    """Ask for the values in force, all at once."""
    yield host.run(LIST, ["sysctl", "-e", *NAMES], expects="net.ipv4.")


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host; a setting that was not printed leaves its cell unread."""
    for listing in replies.to(LIST):
        said = settings_of([listed_text(listing) or ""])
        cells = {column: _any(said, names) for column, names in SETTINGS.items()}
        yield {"host": listing.place[0], **cells}


def _any(said: dict[str, str], names: tuple[str, ...]) -> Cell:
    missing = next((name for name in names if name not in said), None)
    if missing:
        return Unread(Reason.MALFORMED, f"sysctl printed no {missing}")
    return any(said[name] in MEANT.get(name, SWITCHED_ON) for name in names)


COLLECTOR = Collector(
    id="linux/kernel_settings",
    title=Text(zh="内核安全参数", en="Security settings of the kernel"),
    max_age=timedelta(hours=26),
    permissions=(" ".join(("sysctl", "-e", *NAMES)),),
    lists=LIST,
    places=("host",),
    subject=("host",),
    subject_type="linux/kernel",
    columns={"host": str, **dict.fromkeys(SETTINGS, bool)},
    fetch=fetch,
    tabulate=tabulate,
)
